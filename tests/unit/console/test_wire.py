"""Between the pages' words and protobuf: nothing invented, nothing lost, and no crash on a word of a newer release."""

from datetime import UTC, date, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from wardmote_console.adapters.wire import case_of, council_of, list_request, notice_of, report_of, submit_request, suggestion_of
from wardmote_console.application.cases import CaseFilter, CaseStatus, PossibleOffence, PossibleOffences
from wardmote_console.application.marks import Span
from wardmote_console.application.notices import DeliveryStatus, NoticeKind
from wardmote_console.application.report_form import ReportForm

from tests.unit.console.fakes import HERE
from wardmote.case_management.v1 import case_pb2 as case_wire
from wardmote.classification.v1 import assessment_pb2 as assessment_wire
from wardmote.classification.v1 import classification_service_pb2 as classification_wire
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.intake.v1 import report_pb2 as report_wire
from wardmote.notification.v1 import notification_pb2 as notification_wire
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote_kernel.taxonomy import Channel, Nation, Outcome, Severity, TargetRole, ThreatLevel

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
STAMP = Timestamp(seconds=int(AT.timestamp()))
GOOD = {"target_role": "staff", "channel": "at_home", "text": "words", "request_id": "0199aa00-0000-7000-8000-0000000000d1"}


def test_a_council_is_shown_with_its_provider_and_colours() -> None:
    tenant = tenant_wire.Tenant(
        tenant_id=str(HERE), slug="northshire", name="Northshire", nation=tenant_wire.NATION_WALES, status=tenant_wire.TENANT_STATUS_ACTIVE,
        identity_provider=tenant_wire.IdentityProvider(issuer="https://login.example", client_id="c"),
        branding=tenant_wire.Branding(brand_colour="#1d5f4a", support_line="Call us"),
    )  # fmt: skip
    council = council_of(tenant)
    assert council.tenant_id == HERE
    assert council.is_active
    assert council.provider.role_claim == "roles"
    assert council.nation is Nation.WALES
    assert council.has_operation_ford
    assert (council.brand_colour, council.support_line) == ("#1d5f4a", "Call us")


@pytest.mark.parametrize("nation", [tenant_wire.NATION_NORTHERN_IRELAND, tenant_wire.NATION_UNSPECIFIED])
def test_no_nation_is_taken_for_england(nation: tenant_wire.Nation.ValueType) -> None:
    assert not council_of(tenant_wire.Tenant(tenant_id=str(HERE), nation=nation)).has_operation_ford


def test_a_draft_becomes_one_item_and_an_anonymous_one_has_no_reporter() -> None:
    request = submit_request(ReportForm.typed(GOOD, "").draft())
    assert request.request_id == GOOD["request_id"]
    assert not request.report.HasField("reporter")
    [item] = request.report.items
    assert (item.text, item.channel) == ("words", taxonomy.CHANNEL_AT_HOME)
    assert not item.HasField("happened_at")
    assert request.report.target_role == taxonomy.TARGET_ROLE_STAFF


def test_a_full_draft_goes_whole() -> None:
    full = GOOD | {
        "in_danger": "yes", "safe": "no", "name": "Ash", "contact": "ash@example.org", "target_name": "Kim", "sender": "them",
        "day": "5", "month": "1", "year": "2026", "earlier_reference": "7k3mp2qx",
    }  # fmt: skip
    report = submit_request(ReportForm.typed(full, "").draft()).report
    assert report.in_danger_now
    assert report.feels_unsafe
    assert (report.reporter.name, report.reporter.contact) == ("Ash", "ash@example.org")
    assert (report.target_name, report.items[0].sender, report.earlier_reference) == ("Kim", "them", "7K3M-P2QX")
    assert report.items[0].happened_at.ToDatetime(UTC) == datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_a_filter_is_asked_for_by_number_and_none_is_unset() -> None:
    request = list_request(CaseFilter(CaseStatus.OPEN, Severity.S3, "abc"))
    assert (request.status, request.severity_from, request.cursor) == (case_wire.CASE_STATUS_OPEN, taxonomy.SEVERITY_S3, "abc")
    unset = list_request(CaseFilter())
    assert (unset.status, unset.severity_from, unset.cursor) == (0, 0, "")


def test_a_case_is_shown_whole() -> None:
    case = case_of(
        case_wire.Case(
            case_id="c", reference="R", status=case_wire.CASE_STATUS_TRIAGE, severity=taxonomy.SEVERITY_S4,
            suggested_outcome=taxonomy.OUTCOME_ABUSE, threat_level=taxonomy.THREAT_LEVEL_T3, types=["TL"], motivations=["H-SEX"],
            needs_person=True, is_urgent=True, target_role=taxonomy.TARGET_ROLE_FAMILY, channel=taxonomy.CHANNEL_EMAIL, opened_at=STAMP,
            contact_due_at=STAMP, assigned_to="x", version=7,
            incidents=[case_wire.CaseIncident(incident_id="i", report_reference="Q", versions={"rules": "1"}, attached_at=STAMP)],
            timeline=[case_wire.TimelineEntry(at=STAMP, kind="opened", by="y")],
        )
    )  # fmt: skip
    assert (case.status, case.severity, case.outcome, case.threat_level) == (CaseStatus.TRIAGE, Severity.S4, Outcome.ABUSE, ThreatLevel.T3)
    assert (case.target_role, case.channel, case.opened_at, case.contact_due_at) == (TargetRole.FAMILY, Channel.EMAIL, AT, AT)
    assert (case.incidents[0].versions, case.incidents[0].attached_at) == ({"rules": "1"}, AT)
    assert (case.timeline[0].kind, case.timeline[0].by) == ("opened", "y")


def test_a_word_of_a_newer_release_is_not_known_and_no_crash() -> None:
    case = case_of(case_wire.Case(status=99, severity=99, channel=99))  # type: ignore[arg-type]
    assert (case.status, case.severity, case.channel, case.opened_at) == (None, None, None, None)


def test_a_report_a_suggestion_and_a_notice_are_shown_whole() -> None:
    item = report_wire.ReceivedItem(item_id="t", channel=taxonomy.CHANNEL_PHONE, happened_at=STAMP)
    report = report_of(report_wire.Report(reference="R", received_at=STAMP, items=[item], urgent_signal_id="s", feels_unsafe=True))
    assert (report.is_urgent, report.feels_unsafe, report.items[0].happened_at) == (True, True, AT)
    span = assessment_wire.Span(start=1, end=4)
    reason = assessment_wire.Reason(code="VT-1", line_test="safety", sentence="Why.", spans=[span])
    judged = assessment_wire.ItemAssessment(item_id="t", outcome=taxonomy.OUTCOME_UNCLEAR, severity=taxonomy.SEVERITY_S2, reasons=[reason])
    assessment = assessment_wire.Assessment(needs_person=True, items=[judged], versions={"model": "2"})
    suggestion = suggestion_of(classification_wire.GetAssessmentResponse(assessment=assessment))
    assert suggestion.items[0].reasons[0].spans == (Span(1, 4),)
    assert suggestion.versions == {"model": "2"}
    assert suggestion.possible_offences == PossibleOffences(None, None)
    sent = notification_wire.Notification(
        kind=notification_wire.NOTIFICATION_KIND_PAGE,
        status=notification_wire.DELIVERY_STATUS_FAILED,
        reference="R",
        created_at=STAMP,
        attempts=3,
    )
    notice = notice_of(sent)
    assert (notice.kind, notice.status, notice.delivered_at, notice.attempts) == (NoticeKind.PAGE, DeliveryStatus.FAILED, None, 3)


def test_possible_offences_are_shown_whole() -> None:
    offence = classification_wire.PossibleOffence(
        code="X-1", title="Title", statute="Act s1", sentence="May apply when so.", evidence="A log.", refer_within_months=6
    )
    possible = classification_wire.PossibleOffences(nation=tenant_wire.NATION_SCOTLAND, law_on="2026-01-05", offences=[offence])
    shown = suggestion_of(classification_wire.GetAssessmentResponse(possible_offences=possible)).possible_offences
    told = PossibleOffence("Title", "Act s1", "May apply when so.", "A log.", 6)
    assert shown == PossibleOffences(Nation.SCOTLAND, date(2026, 1, 5), (told,))
