"""The one place that knows both the pages' words and the protobuf of the other services."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from wardmote.case_management.v1 import case_management_service_pb2 as cases_wire
from wardmote.case_management.v1 import case_pb2 as case_wire
from wardmote.classification.v1 import assessment_pb2 as assessment_wire
from wardmote.classification.v1 import classification_service_pb2 as classification_wire
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.intake.v1 import intake_service_pb2 as intake_wire
from wardmote.intake.v1 import report_pb2 as report_wire
from wardmote.notification.v1 import notification_pb2 as notification_wire
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote_console.application.cases import (
    Case,
    CaseFilter,
    CaseIncident,
    CaseStatus,
    ItemSuggestion,
    PossibleOffence,
    PossibleOffences,
    Reason,
    ReceivedItem,
    ReceivedReport,
    Suggestion,
    TimelineEntry,
)
from wardmote_console.application.council import Council, Provider
from wardmote_console.application.marks import Span
from wardmote_console.application.notices import DeliveryStatus, Notice, NoticeKind
from wardmote_console.application.report_form import ReportDraft
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, Nation, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_runtime.wire_enums import optional_from_wire, to_wire

PAGE = 25
"""Rows of a list on one page."""


def council_of(tenant: tenant_wire.Tenant) -> Council:
    """A council. A claim that is not named is ``roles``."""
    identity = tenant.identity_provider
    return Council(
        tenant_id=TenantId(UUID(tenant.tenant_id)),
        slug=tenant.slug,
        name=tenant.name,
        is_active=tenant.status == tenant_wire.TENANT_STATUS_ACTIVE,
        provider=Provider(identity.issuer, identity.client_id, identity.role_claim or "roles"),
        nation=optional_from_wire(tenant_wire.Nation, tenant.nation, Nation),
        brand_colour=tenant.branding.brand_colour,
        support_line=tenant.branding.support_line,
    )


def submit_request(draft: ReportDraft) -> intake_wire.SubmitReportRequest:
    """The order that keeps a report. A report with neither name nor contact has no reporter: it is anonymous."""
    reporter = None if draft.is_anonymous else report_wire.ReporterDraft(name=draft.name, contact=draft.contact)
    item = report_wire.ItemDraft(
        channel=_number(taxonomy.Channel, draft.channel), text=draft.text, sender=draft.sender, happened_at=_stamp(draft.happened_at)
    )
    report = report_wire.ReportDraft(
        in_danger_now=draft.in_danger_now,
        target_role=_number(taxonomy.TargetRole, draft.target_role),
        target_name=draft.target_name,
        items=[item],
        reporter=reporter,
        feels_unsafe=draft.feels_unsafe,
        earlier_reference=draft.earlier_reference,
    )
    return intake_wire.SubmitReportRequest(request_id=draft.request_id, report=report)


def report_of(report: report_wire.Report) -> ReceivedReport:
    """A report without its words."""
    items = [
        ReceivedItem(item.item_id, optional_from_wire(taxonomy.Channel, item.channel, Channel), _time(item, "happened_at"))
        for item in report.items
    ]
    return ReceivedReport(
        reference=report.reference,
        received_at=_time(report, "received_at"),
        is_anonymous=report.is_anonymous,
        feels_unsafe=report.feels_unsafe,
        is_urgent=bool(report.urgent_signal_id),
        items=items,
    )


def list_request(wanted: CaseFilter) -> cases_wire.ListCasesRequest:
    """The question for one page of cases."""
    return cases_wire.ListCasesRequest(
        limit=PAGE,
        cursor=wanted.cursor,
        status=_number(case_wire.CaseStatus, wanted.status),
        severity_from=_number(taxonomy.Severity, wanted.severity_from),
    )


def case_of(case: case_wire.Case) -> Case:
    """A case. The list leaves incidents and timeline out."""
    return Case(
        case_id=case.case_id,
        reference=case.reference,
        status=optional_from_wire(case_wire.CaseStatus, case.status, CaseStatus),
        severity=optional_from_wire(taxonomy.Severity, case.severity, Severity),
        outcome=optional_from_wire(taxonomy.Outcome, case.suggested_outcome, Outcome),
        threat_level=optional_from_wire(taxonomy.ThreatLevel, case.threat_level, ThreatLevel),
        types=tuple(case.types),
        motivations=tuple(case.motivations),
        needs_person=case.needs_person,
        is_urgent=case.is_urgent,
        target_role=optional_from_wire(taxonomy.TargetRole, case.target_role, TargetRole),
        channel=optional_from_wire(taxonomy.Channel, case.channel, Channel),
        opened_at=_time(case, "opened_at"),
        contact_due_at=_time(case, "contact_due_at"),
        assigned_to=case.assigned_to,
        version=case.version,
        incidents=tuple(_incident(incident) for incident in case.incidents),
        timeline=tuple(TimelineEntry(_time(entry, "at"), entry.kind, entry.by) for entry in case.timeline),
    )


def suggestion_of(answer: classification_wire.GetAssessmentResponse) -> Suggestion:
    """What was suggested about an incident, why, and which offences may be possible."""
    assessment = answer.assessment
    return Suggestion(
        needs_person=assessment.needs_person,
        assessed_at=_time(assessment, "assessed_at"),
        versions=dict(assessment.versions),
        items=tuple(_item_suggestion(item) for item in assessment.items),
        possible_offences=_possible_offences(answer.possible_offences),
    )


def notice_of(notification: notification_wire.Notification) -> Notice:
    """A message that was sent."""
    return Notice(
        kind=optional_from_wire(notification_wire.NotificationKind, notification.kind, NoticeKind),
        status=optional_from_wire(notification_wire.DeliveryStatus, notification.status, DeliveryStatus),
        reference=notification.reference,
        created_at=_time(notification, "created_at"),
        delivered_at=_time(notification, "delivered_at"),
        attempts=notification.attempts,
    )


def _incident(incident: case_wire.CaseIncident) -> CaseIncident:
    return CaseIncident(
        incident_id=incident.incident_id,
        report_reference=incident.report_reference,
        outcome=optional_from_wire(taxonomy.Outcome, incident.suggested_outcome, Outcome),
        severity=optional_from_wire(taxonomy.Severity, incident.severity, Severity),
        attached_at=_time(incident, "attached_at"),
        versions=dict(incident.versions),
    )


def _item_suggestion(item: assessment_wire.ItemAssessment) -> ItemSuggestion:
    reasons = [
        Reason(reason.code, reason.line_test, reason.sentence, tuple(Span(span.start, span.end) for span in reason.spans))
        for reason in item.reasons
    ]
    return ItemSuggestion(
        item_id=item.item_id,
        outcome=optional_from_wire(taxonomy.Outcome, item.outcome, Outcome),
        severity=optional_from_wire(taxonomy.Severity, item.severity, Severity),
        types=tuple(item.types),
        reasons=tuple(reasons),
    )


def _possible_offences(possible: classification_wire.PossibleOffences) -> PossibleOffences:
    offences = [
        PossibleOffence(offence.title, offence.statute, offence.sentence, offence.evidence, offence.refer_within_months)
        for offence in possible.offences
    ]
    law_on = date.fromisoformat(possible.law_on) if possible.law_on else None
    return PossibleOffences(optional_from_wire(tenant_wire.Nation, possible.nation, Nation), law_on, tuple(offences))


def _number(wire: Any, word: StrEnum | None) -> Any:
    """A word's number in a generated enum; 0, which is unset, for none."""
    return to_wire(wire, word) if word is not None else 0


def _time(message: Any, field: str) -> datetime | None:
    """A moment in a message, or None when it is unset."""
    return getattr(message, field).ToDatetime(UTC) if message.HasField(field) else None


def _stamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
