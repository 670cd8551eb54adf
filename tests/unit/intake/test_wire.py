"""Intake's domain there and back over its wire."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_intake.adapters.wire import fact_of, read_words_of, receipt_of, receipt_to_wire, submit_report_of
from wardmote_intake.application.commands import Receipt
from wardmote_intake.domain.events import IncidentReported, ReportedItem, UrgentSignalRaised

from wardmote.event.v1.taxonomy_pb2 import CHANNEL_EMAIL, TARGET_ROLE_COUNCILLOR
from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote.intake.v1.intake_service_pb2 import READING_PURPOSE_ASSESSMENT, BatchGetItemTextRequest, SubmitReportRequest
from wardmote.intake.v1.report_pb2 import ItemDraft, ReportDraft
from wardmote.intake.v1.urgent_events_pb2 import UrgentEvent
from wardmote_kernel.errors import Invalid
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, TargetRole

TENANT = TenantId(uuid4())
ids = st.uuids()
codes = st.text("ABCDEFGHIJ-0123456789", min_size=1, max_size=10)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds


@given(
    ids,
    moments,
    ids,
    ids,
    codes,
    st.lists(st.builds(ReportedItem, ids, st.sampled_from(Channel))),
    st.sampled_from(TargetRole),
    st.booleans(),
    st.none() | ids,
)
def test_incident_reported(
    event_id: UUID,
    moment: datetime,
    incident: UUID,
    report: UUID,
    reference: str,
    items: list[ReportedItem],
    role: TargetRole,
    unsafe: bool,
    signal: UUID | None,
) -> None:
    event = IncidentReported(event_id, moment, incident, report, reference, tuple(items), role, unsafe, signal, None)
    fact = fact_of(event, TENANT)
    wire = IncidentEvent.FromString(fact.value)
    assert (fact.event_id, fact.topic, fact.type, fact.aggregate_id) == (event_id, "incident-events", "IncidentReported", incident)
    assert wire.metadata.event_id == str(event_id)
    assert wire.metadata.tenant_id == str(TENANT)
    assert wire.metadata.occurred_at.ToDatetime(UTC) == moment
    assert [one.item_id for one in wire.incident_reported.items] == [str(one.item_id) for one in items]
    assert wire.incident_reported.urgent_signal_id == (str(signal) if signal else "")


@given(ids, moments, ids, ids, codes, st.lists(codes))
def test_urgent_signal_raised(event_id: UUID, moment: datetime, incident: UUID, signal: UUID, reference: str, reasons: list[str]) -> None:
    event = UrgentSignalRaised(event_id, moment, incident, signal, reference, tuple(reasons))
    fact = fact_of(event, TENANT)
    wire = UrgentEvent.FromString(fact.value)
    assert fact.topic == "incident-urgent"
    assert wire.urgent_signal_raised.signal_id == str(signal)
    assert list(wire.urgent_signal_raised.reason_codes) == reasons


@given(st.builds(Receipt, ids, ids, codes, st.booleans()))
def test_a_receipt_comes_back(receipt: Receipt) -> None:
    assert receipt_of(receipt_to_wire(receipt)) == receipt


def request(**changes: object) -> SubmitReportRequest:
    draft = ReportDraft(target_role=TARGET_ROLE_COUNCILLOR, items=[ItemDraft(channel=CHANNEL_EMAIL, text="Bins.")])
    made = SubmitReportRequest(request_id=str(uuid4()), report=draft)
    made.MergeFrom(SubmitReportRequest(**changes))  # type: ignore[arg-type]  # the test's own fields
    return made


def test_a_request_becomes_the_command() -> None:
    command = submit_report_of(request(report=ReportDraft(earlier_reference=" 7k3m-p2qx ")))
    assert command.items[0].channel is Channel.EMAIL
    assert command.reporter is None
    assert command.earlier_reference == "7K3M-P2QX"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (SubmitReportRequest(request_id="no", report=ReportDraft(target_role=TARGET_ROLE_COUNCILLOR)), "request_id"),
        (SubmitReportRequest(request_id=str(uuid4()), report=ReportDraft()), "report.target_role"),
        (
            SubmitReportRequest(request_id=str(uuid4()), report=ReportDraft(target_role=TARGET_ROLE_COUNCILLOR, items=[ItemDraft()])),
            "report.items[0].channel",
        ),
    ],
)
def test_a_wrong_request_names_its_field(wrong: SubmitReportRequest, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        submit_report_of(wrong)
    assert [violation.field for violation in refused.value.violations] == [field]


@pytest.mark.parametrize("wrong", [BatchGetItemTextRequest(), BatchGetItemTextRequest(item_ids=["x"], purpose=READING_PURPOSE_ASSESSMENT)])
def test_words_are_read_for_a_named_purpose_by_real_ids(wrong: BatchGetItemTextRequest) -> None:
    with pytest.raises(Invalid):
        read_words_of(wrong, "worker-1")
