"""The one place that knows both intake's domain and its protobuf."""

from datetime import UTC
from uuid import UUID

from google.rpc.code_pb2 import Code

from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.intake.v1 import incident_events_pb2 as incident_wire
from wardmote.intake.v1 import intake_service_pb2 as service_wire
from wardmote.intake.v1 import report_pb2 as report_wire
from wardmote.intake.v1 import urgent_events_pb2 as urgent_wire
from wardmote_contracts.topics import INCIDENT_EVENTS, INCIDENT_URGENT
from wardmote_intake.application.commands import ItemDraft, ReadWords, Receipt, SubmitReport
from wardmote_intake.application.queries import ReportView
from wardmote_intake.domain.events import IncidentReported, IntakeEvent, UrgentSignalRaised
from wardmote_intake.domain.reading import ItemWords, Purpose
from wardmote_intake.domain.report import Reporter, as_reference
from wardmote_kernel.errors import Invalid, WardmoteError
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_runtime.envelope import Fact
from wardmote_runtime.errors import codes_of
from wardmote_runtime.requests import check_request_id, fingerprint
from wardmote_runtime.wire_enums import from_wire, to_wire
from wardmote_runtime.wire_values import id_of, id_text, stamp_of


def fact_of(event: IntakeEvent, tenant: TenantId) -> Fact:
    """The fact as the outbox keeps it."""
    if isinstance(event, IncidentReported):
        return _fact(INCIDENT_EVENTS.name, event, _incident_event(event, tenant).SerializeToString())
    return _fact(INCIDENT_URGENT.name, event, _urgent_event(event, tenant).SerializeToString())


def _fact(topic: str, event: IntakeEvent, value: bytes) -> Fact:
    return Fact(event.event_id, topic, type(event).__name__, event.incident_id, event.occurred_at, value)


def _metadata(event: IntakeEvent, tenant: TenantId) -> EventMetadata:
    return EventMetadata(event_id=str(event.event_id), tenant_id=str(tenant), occurred_at=stamp_of(event.occurred_at), aggregate_version=1)


def _incident_event(event: IncidentReported, tenant: TenantId) -> incident_wire.IncidentEvent:
    reported = incident_wire.IncidentReported(
        report_id=str(event.report_id),
        reference=event.reference,
        items=[
            incident_wire.ReportedItem(item_id=str(item.item_id), channel=to_wire(taxonomy.Channel, item.channel)) for item in event.items
        ],
        target_role=to_wire(taxonomy.TargetRole, event.target_role),
        feels_unsafe=event.feels_unsafe,
        urgent_signal_id=id_text(event.urgent_signal_id),
        earlier_incident_id=id_text(event.earlier_incident_id),
    )
    return incident_wire.IncidentEvent(metadata=_metadata(event, tenant), incident_id=str(event.incident_id), incident_reported=reported)


def _urgent_event(event: UrgentSignalRaised, tenant: TenantId) -> urgent_wire.UrgentEvent:
    raised = urgent_wire.UrgentSignalRaised(signal_id=str(event.signal_id), reference=event.reference, reason_codes=event.reason_codes)
    return urgent_wire.UrgentEvent(metadata=_metadata(event, tenant), incident_id=str(event.incident_id), urgent_signal_raised=raised)


def submit_report_of(request: service_wire.SubmitReportRequest) -> SubmitReport:
    """The command that a request makes.

    Raises:
        Invalid: an id or a closed set's word is missing or wrong.
    """
    draft = request.report
    reporter = Reporter(draft.reporter.name, draft.reporter.contact) if draft.HasField("reporter") else None
    return SubmitReport(
        request_id=check_request_id(request.request_id),
        fingerprint=fingerprint("SubmitReport", request),
        target_role=from_wire(taxonomy.TargetRole, draft.target_role, TargetRole, "report.target_role"),
        items=[_item_draft(item, place) for place, item in enumerate(draft.items)],
        reporter=reporter,
        target_name=draft.target_name,
        feels_unsafe=draft.feels_unsafe,
        in_danger_now=draft.in_danger_now,
        earlier_reference=as_reference(draft.earlier_reference),
    )


def _item_draft(item: report_wire.ItemDraft, place: int) -> ItemDraft:
    channel = from_wire(taxonomy.Channel, item.channel, Channel, f"report.items[{place}].channel")
    happened_at = item.happened_at.ToDatetime(UTC) if item.HasField("happened_at") else None
    return ItemDraft(channel, item.text, happened_at, item.sender)


def read_words_of(request: service_wire.BatchGetItemTextRequest, read_by: str) -> ReadWords:
    """The command that a request makes.

    Raises:
        Invalid: no purpose is given, or something that is not an id.
    """
    purpose = from_wire(service_wire.ReadingPurpose, request.purpose, Purpose, "purpose")
    return ReadWords([id_of(text, "item_ids") for text in request.item_ids], read_by, purpose)


def receipt_to_wire(receipt: Receipt) -> service_wire.SubmitReportResponse:
    """What SubmitReport answers."""
    return service_wire.SubmitReportResponse(
        report_id=str(receipt.report_id), incident_id=str(receipt.incident_id), reference=receipt.reference, is_urgent=receipt.is_urgent
    )


def submission_of(request: service_wire.SubmitReportsRequest) -> SubmitReport:
    """The command that one report of a stream makes: the same as by SubmitReport, so that it may be repeated by either.

    Raises:
        Invalid: an id or a closed set's word is missing or wrong.
    """
    return submit_report_of(service_wire.SubmitReportRequest(request_id=request.request_id, report=request.report))


def kept_to_wire(request_id: str, receipt: Receipt) -> service_wire.SubmitReportsResponse:
    """What SubmitReports answers to a report that was kept."""
    return service_wire.SubmitReportsResponse(request_id=request_id, receipt=receipt_to_wire(receipt))


def refused_to_wire(request_id: str, error: WardmoteError) -> service_wire.SubmitReportsResponse:
    """What SubmitReports answers to a report that was not kept."""
    violations = error.violations if isinstance(error, Invalid) else ()
    problems = [service_wire.FieldProblem(field=wrong.field, problem=wrong.problem) for wrong in violations]
    number = Code.Value(codes_of(error)[0].name)
    refusal = service_wire.ReportRefusal(code=number, reason=error.reason, message=str(error), problems=problems)
    return service_wire.SubmitReportsResponse(request_id=request_id, refusal=refusal)


def receipt_of(response: service_wire.SubmitReportResponse) -> Receipt:
    """The receipt that was answered before."""
    return Receipt(UUID(response.report_id), UUID(response.incident_id), response.reference, response.is_urgent)


def words_to_wire(words: ItemWords, purpose: Purpose) -> service_wire.ItemText:
    """An item's words. The sender is told for case work only: an assessment does not need them."""
    sender = words.sender if purpose is Purpose.CASE_WORK else ""
    return service_wire.ItemText(item_id=str(words.item_id), text=words.text, sender=sender)


def report_to_wire(view: ReportView) -> report_wire.Report:
    """A report without its words."""
    items = [
        report_wire.ReceivedItem(
            item_id=str(item.item_id),
            channel=to_wire(taxonomy.Channel, item.channel),
            happened_at=stamp_of(item.happened_at) if item.happened_at else None,
        )
        for item in view.items
    ]
    return report_wire.Report(
        report_id=str(view.report_id),
        incident_id=str(view.incident_id),
        reference=view.reference,
        received_at=stamp_of(view.received_at),
        target_role=to_wire(taxonomy.TargetRole, view.target_role),
        items=items,
        is_anonymous=view.is_anonymous,
        feels_unsafe=view.feels_unsafe,
        urgent_signal_id=id_text(view.urgent_signal_id),
    )
