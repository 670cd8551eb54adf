"""The one place that knows both case-management's domain and its protobuf."""

from datetime import UTC
from uuid import UUID

from wardmote.case_management.v1 import case_events_pb2 as events_wire
from wardmote.case_management.v1 import case_management_service_pb2 as service_wire
from wardmote.case_management.v1 import case_pb2 as case_wire
from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent, IncidentAssessed
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote_case_management.application.commands import AssignCase, OpenOrAttachCase
from wardmote_case_management.application.queries import CaseFilter, CaseView, IncidentView
from wardmote_case_management.domain.case import CaseStatus, TimelineEntry, TimelineKind
from wardmote_case_management.domain.events import CaseEvent, CaseOpened
from wardmote_case_management.domain.incident import AssessedIncident
from wardmote_case_management.domain.suggestion import Suggestion
from wardmote_contracts.topics import CASE_EVENTS
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_runtime.envelope import Fact
from wardmote_runtime.requests import check_request_id, fingerprint
from wardmote_runtime.wire_enums import from_wire, to_wire
from wardmote_runtime.wire_values import id_of, stamp_of


def fact_of(event: CaseEvent, tenant: TenantId, caused_by: WorkRef | None) -> Fact:
    """The fact as the outbox keeps it."""
    metadata = EventMetadata(
        event_id=str(event.event_id), tenant_id=str(tenant), occurred_at=stamp_of(event.occurred_at), aggregate_version=event.version,
        causation_id=str(caused_by.event_id) if caused_by else "",
    )  # fmt: skip
    wire = events_wire.CaseEvent(metadata=metadata, case_id=str(event.case_id))
    told = wire.case_opened if isinstance(event, CaseOpened) else wire.incident_attached
    told.reference = event.reference
    told.incident_id = str(event.incident_id)
    told.severity = to_wire(taxonomy.Severity, event.severity)
    told.is_urgent = event.is_urgent
    return Fact(event.event_id, CASE_EVENTS.name, type(event).__name__, event.case_id, event.occurred_at, wire.SerializeToString())


def open_or_attach_of(value: bytes, work: WorkRef) -> OpenOrAttachCase | None:
    """The command that an assessment event makes; None when its fact is of a kind not known here.

    Raises:
        Invalid: an id or a closed set's word is missing or wrong.
    """
    event = AssessmentEvent.FromString(value)
    if event.WhichOneof("fact") != "incident_assessed":
        return None
    return OpenOrAttachCase(work, _assessed(event, event.incident_assessed))


def _assessed(event: AssessmentEvent, fact: IncidentAssessed) -> AssessedIncident:
    return AssessedIncident(
        incident_id=id_of(event.incident_id, "incident_id"),
        reference=fact.reference,
        assessment_id=id_of(fact.assessment_id, "assessment_id"),
        assessed_at=event.metadata.occurred_at.ToDatetime(UTC),
        suggestion=_suggestion(fact),
        target_role=from_wire(taxonomy.TargetRole, fact.target_role, TargetRole, "target_role"),
        channel=from_wire(taxonomy.Channel, fact.channel, Channel, "channel"),
        feels_unsafe=fact.feels_unsafe,
        urgent_signal_id=_optional_id(fact.urgent_signal_id, "urgent_signal_id"),
        earlier_incident_id=_optional_id(fact.earlier_incident_id, "earlier_incident_id"),
        reason_codes=tuple(fact.reason_codes),
        versions=dict(fact.versions),
    )


def _suggestion(fact: IncidentAssessed) -> Suggestion:
    return Suggestion(
        from_wire(taxonomy.Outcome, fact.outcome, Outcome, "outcome"), from_wire(taxonomy.Severity, fact.severity, Severity, "severity"),
        from_wire(taxonomy.ThreatLevel, fact.threat_level, ThreatLevel, "threat_level"), tuple(fact.types), tuple(fact.motivations),
        fact.needs_person,
    )  # fmt: skip


def filter_of(request: service_wire.ListCasesRequest) -> CaseFilter:
    """Which cases a request asks for.

    Raises:
        Invalid: a closed set's word is wrong.
    """
    status = from_wire(case_wire.CaseStatus, request.status, CaseStatus, "status") if request.status else None
    unset = not request.severity_from
    return CaseFilter(status, Severity.S0 if unset else from_wire(taxonomy.Severity, request.severity_from, Severity, "severity_from"))


def assign_of(request: service_wire.AssignCaseRequest, assigned_by: str) -> AssignCase:
    """The command that a request makes.

    Raises:
        Invalid: an id or the version is missing or wrong.
    """
    if request.expected_version < 1:
        raise Invalid(Violation("expected_version", "Send the version of the case that you read."))
    return AssignCase(
        check_request_id(request.request_id), fingerprint("AssignCase", request), id_of(request.case_id, "case_id"), request.assigned_to,
        assigned_by, request.expected_version,
    )  # fmt: skip


def case_to_wire(view: CaseView) -> case_wire.Case:
    """A case as it is shown."""
    suggestion = view.suggestion
    return case_wire.Case(
        case_id=str(view.case_id),
        reference=view.reference,
        status=to_wire(case_wire.CaseStatus, view.status),
        severity=to_wire(taxonomy.Severity, suggestion.severity),
        suggested_outcome=to_wire(taxonomy.Outcome, suggestion.outcome),
        threat_level=to_wire(taxonomy.ThreatLevel, suggestion.threat_level),
        types=suggestion.types,
        motivations=suggestion.motivations,
        needs_person=suggestion.needs_person,
        is_urgent=view.is_urgent,
        target_role=to_wire(taxonomy.TargetRole, view.target_role),
        channel=to_wire(taxonomy.Channel, view.channel),
        opened_at=stamp_of(view.opened_at),
        changed_at=stamp_of(view.changed_at),
        contact_due_at=stamp_of(view.contact_due_at),
        assigned_to=view.assigned_to,
        version=view.version,
        incidents=[_incident_to_wire(incident) for incident in view.incidents],
        timeline=[case_wire.TimelineEntry(at=stamp_of(entry.at), kind=entry.kind, by=entry.by) for entry in view.timeline],
    )


def _incident_to_wire(incident: IncidentView) -> case_wire.CaseIncident:
    return case_wire.CaseIncident(
        incident_id=str(incident.incident_id),
        report_reference=incident.report_reference,
        assessment_id=str(incident.assessment_id),
        suggested_outcome=to_wire(taxonomy.Outcome, incident.outcome),
        severity=to_wire(taxonomy.Severity, incident.severity),
        reason_codes=incident.reason_codes,
        attached_at=stamp_of(incident.attached_at),
        versions=dict(incident.versions),
    )


def view_of_wire(case: case_wire.Case) -> CaseView:
    """The case that was answered before. Each change has one entry of the timeline, so its place is the version."""
    suggestion = Suggestion(
        from_wire(taxonomy.Outcome, case.suggested_outcome, Outcome, "suggested_outcome"),
        from_wire(taxonomy.Severity, case.severity, Severity, "severity"),
        from_wire(taxonomy.ThreatLevel, case.threat_level, ThreatLevel, "threat_level"),
        tuple(case.types), tuple(case.motivations), case.needs_person,
    )  # fmt: skip
    entries = (
        TimelineEntry(version, entry.at.ToDatetime(UTC), TimelineKind(entry.kind), entry.by)
        for version, entry in enumerate(case.timeline, start=1)
    )
    return CaseView(
        UUID(case.case_id), case.reference, from_wire(case_wire.CaseStatus, case.status, CaseStatus, "status"), suggestion, case.is_urgent,
        from_wire(taxonomy.TargetRole, case.target_role, TargetRole, "target_role"),
        from_wire(taxonomy.Channel, case.channel, Channel, "channel"), case.opened_at.ToDatetime(UTC), case.changed_at.ToDatetime(UTC),
        case.contact_due_at.ToDatetime(UTC), case.assigned_to, case.version,
        tuple(_incident_of_wire(incident) for incident in case.incidents), tuple(entries),
    )  # fmt: skip


def _incident_of_wire(incident: case_wire.CaseIncident) -> IncidentView:
    return IncidentView(
        UUID(incident.incident_id), incident.report_reference, UUID(incident.assessment_id),
        from_wire(taxonomy.Outcome, incident.suggested_outcome, Outcome, "suggested_outcome"),
        from_wire(taxonomy.Severity, incident.severity, Severity, "severity"), tuple(incident.reason_codes),
        incident.attached_at.ToDatetime(UTC), dict(incident.versions),
    )  # fmt: skip


def _optional_id(text: str, field: str) -> UUID | None:
    return id_of(text, field) if text else None
