"""The one place that knows both classification's domain and its protobuf."""

from uuid import UUID

from wardmote.classification.v1 import assessment_events_pb2 as events_wire
from wardmote.classification.v1 import assessment_pb2 as assessment_wire
from wardmote.classification.v1 import classification_service_pb2 as service_wire
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote_classification.application.commands import AssessIncident, Previewed, PreviewText
from wardmote_classification.application.offences import PossibleOffence, PossibleOffences
from wardmote_classification.application.queries import AssessmentView
from wardmote_classification.domain.assessment import AssessedItem
from wardmote_classification.domain.events import IncidentAssessed
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem
from wardmote_classification.domain.judgement import Reason
from wardmote_classification.domain.suggestion import Suggestion
from wardmote_contracts.topics import ASSESSMENT_EVENTS
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_runtime.envelope import Fact
from wardmote_runtime.wire_enums import from_wire, to_wire
from wardmote_runtime.wire_values import id_of, id_text, stamp_of


def assess_incident_of(value: bytes, work: WorkRef) -> AssessIncident | None:
    """The command that an incident event makes; None when its fact is of a kind not known here.

    Raises:
        Invalid: an id or a closed set's word is missing or wrong, or there is no item.
    """
    event = IncidentEvent.FromString(value)
    if event.WhichOneof("fact") != "incident_reported":
        return None
    return AssessIncident(work, _reported(event))


def _reported(event: IncidentEvent) -> ReportedIncident:
    reported = event.incident_reported
    if not reported.items:
        raise Invalid(Violation("items", "An incident holds at least one item."))
    items = tuple(
        ReportedItem(
            id_of(item.item_id, f"items[{place}].item_id"),
            from_wire(taxonomy.Channel, item.channel, Channel, f"items[{place}].channel"),
        )
        for place, item in enumerate(reported.items)
    )
    return ReportedIncident(
        incident_id=id_of(event.incident_id, "incident_id"),
        reference=reported.reference,
        items=items,
        target_role=from_wire(taxonomy.TargetRole, reported.target_role, TargetRole, "target_role"),
        feels_unsafe=reported.feels_unsafe,
        urgent_signal_id=_optional_id(reported.urgent_signal_id, "urgent_signal_id"),
        earlier_incident_id=_optional_id(reported.earlier_incident_id, "earlier_incident_id"),
    )


def fact_of(event: IncidentAssessed, tenant: TenantId, caused_by: WorkRef) -> Fact:
    """The fact as the outbox keeps it."""
    incident, suggestion = event.incident, event.suggestion
    metadata = EventMetadata(
        event_id=str(event.event_id), tenant_id=str(tenant), occurred_at=stamp_of(event.occurred_at), causation_id=str(caused_by.event_id),
        aggregate_version=event.version,
    )  # fmt: skip
    assessed = events_wire.IncidentAssessed(
        assessment_id=str(event.assessment_id),
        reference=incident.reference,
        outcome=to_wire(taxonomy.Outcome, suggestion.outcome),
        types=suggestion.types,
        motivations=suggestion.motivations,
        threat_level=to_wire(taxonomy.ThreatLevel, suggestion.threat),
        severity=to_wire(taxonomy.Severity, suggestion.severity),
        needs_person=suggestion.needs_person,
        reason_codes=event.reason_codes,
        target_role=to_wire(taxonomy.TargetRole, incident.target_role),
        item_count=len(incident.items),
        urgent_signal_id=id_text(incident.urgent_signal_id),
        earlier_incident_id=id_text(incident.earlier_incident_id),
        versions=dict(event.versions),
        channel=to_wire(taxonomy.Channel, incident.items[0].channel),
        feels_unsafe=incident.feels_unsafe,
    )
    value = events_wire.AssessmentEvent(metadata=metadata, incident_id=str(incident.incident_id), incident_assessed=assessed)
    return Fact(
        event.event_id, ASSESSMENT_EVENTS.name, type(event).__name__, incident.incident_id, event.occurred_at, value.SerializeToString()
    )


def preview_of(request: service_wire.AssessRequest) -> PreviewText:
    """The command that a request makes.

    Raises:
        Invalid: the target's role is not one that is known.
    """
    if request.target_role == taxonomy.TARGET_ROLE_UNSPECIFIED:
        return PreviewText(request.text)
    return PreviewText(request.text, from_wire(taxonomy.TargetRole, request.target_role, TargetRole, "target_role"))


def previewed_to_wire(previewed: Previewed) -> service_wire.AssessResponse:
    """What Assess answers."""
    return service_wire.AssessResponse(
        assessment=_item_to_wire("", previewed.suggestion, previewed.reasons),
        needs_person=previewed.suggestion.needs_person,
        versions=dict(previewed.versions),
    )


def assessment_to_wire(view: AssessmentView) -> assessment_wire.Assessment:
    """An assessment with its reasons."""
    suggestion = view.suggestion
    return assessment_wire.Assessment(
        assessment_id=str(view.assessment_id),
        incident_id=str(view.incident_id),
        outcome=to_wire(taxonomy.Outcome, suggestion.outcome),
        types=suggestion.types,
        motivations=suggestion.motivations,
        threat_level=to_wire(taxonomy.ThreatLevel, suggestion.threat),
        severity=to_wire(taxonomy.Severity, suggestion.severity),
        needs_person=suggestion.needs_person,
        items=[_assessed_item(item) for item in view.items],
        versions=dict(view.versions),
        assessed_at=stamp_of(view.assessed_at),
    )


def offences_to_wire(possible: PossibleOffences) -> service_wire.PossibleOffences:
    """Possible offences, and whose law of which day they are by."""
    return service_wire.PossibleOffences(
        nation=to_wire(tenant_wire.Nation, possible.nation) if possible.nation is not None else tenant_wire.NATION_UNSPECIFIED,
        law_on=possible.law_on.isoformat(),
        offences=[_offence_to_wire(offence) for offence in possible.offences],
    )


def _offence_to_wire(offence: PossibleOffence) -> service_wire.PossibleOffence:
    return service_wire.PossibleOffence(
        code=offence.code, title=offence.title, statute=offence.statute, sentence=offence.sentence, evidence=offence.evidence,
        refer_within_months=offence.refer_within_months or 0,
    )  # fmt: skip


def _assessed_item(item: AssessedItem) -> assessment_wire.ItemAssessment:
    return _item_to_wire(str(item.item_id), item.suggestion, item.reasons)


def _item_to_wire(item_id: str, suggestion: Suggestion, reasons: tuple[Reason, ...]) -> assessment_wire.ItemAssessment:
    return assessment_wire.ItemAssessment(
        item_id=item_id,
        outcome=to_wire(taxonomy.Outcome, suggestion.outcome),
        types=suggestion.types,
        motivations=suggestion.motivations,
        threat_level=to_wire(taxonomy.ThreatLevel, suggestion.threat),
        severity=to_wire(taxonomy.Severity, suggestion.severity),
        reasons=[_reason_to_wire(reason) for reason in reasons],
    )


def _reason_to_wire(reason: Reason) -> assessment_wire.Reason:
    spans = [assessment_wire.Span(start=span.start, end=span.end) for span in reason.spans]
    return assessment_wire.Reason(code=reason.code, line_test=reason.line_test, sentence=reason.sentence, spans=spans)


def _optional_id(text: str, field: str) -> UUID | None:
    return id_of(text, field) if text else None
