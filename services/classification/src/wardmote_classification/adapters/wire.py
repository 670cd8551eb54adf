"""The one place that knows both classification's domain and its protobuf."""

from collections.abc import Mapping
from uuid import UUID

from wardmote.classification.v1 import assessment_events_pb2 as events_wire
from wardmote.classification.v1 import assessment_pb2 as assessment_wire
from wardmote.classification.v1 import classification_service_pb2 as service_wire
from wardmote.classification.v1 import comparison_pb2 as comparison_wire
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote_classification.application.again import Ordered
from wardmote_classification.application.commands import AssessIncident, Previewed, PreviewText
from wardmote_classification.application.comparisons import ComparisonView, DifferenceView
from wardmote_classification.application.offences import PossibleOffence, PossibleOffences
from wardmote_classification.application.queries import AssessmentView
from wardmote_classification.domain.assessment import AssessedItem
from wardmote_classification.domain.comparison import Axis, Transition
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


def comparison_to_wire(view: ComparisonView) -> comparison_wire.Comparison:
    """How the candidate differs from what stands."""
    return comparison_wire.Comparison(
        present_versions=dict(view.present_versions),
        candidate_versions=dict(view.candidate_versions),
        compared_count=view.compared,
        assessed_count=view.assessed,
        transitions=[
            comparison_wire.CountedTransition(transition=transition_to_wire(transition), count=count)
            for transition, count in view.transitions
        ],
        first_at=stamp_of(view.first_at),
        last_at=stamp_of(view.last_at),
    )


def transition_of(wire: comparison_wire.Transition) -> Transition:
    """The transition that a request asks for.

    Raises:
        Invalid: the axis is unset or unknown, or nothing changes by it.
    """
    axis = from_wire(comparison_wire.Axis, wire.axis, Axis, "transition.axis")
    if wire.present == wire.candidate:
        raise Invalid(Violation("transition", "Say two codes that differ, as CompareCandidate told them."))
    return Transition(axis, wire.present, wire.candidate)


def difference_to_wire(view: DifferenceView) -> comparison_wire.Difference:
    """One incident that the candidate would have judged otherwise."""
    return comparison_wire.Difference(
        incident_id=str(view.incident_id),
        assessment_id=str(view.assessment_id),
        present=_judged_to_wire(view.present, view.present_score),
        candidate=_judged_to_wire(view.candidate, view.candidate_score),
        compared_at=stamp_of(view.compared_at),
    )


def ordered_to_wire(ordered: Ordered, versions: Mapping[str, str]) -> service_wire.AssessAgainResponse:
    """What AssessAgain answers."""
    return service_wire.AssessAgainResponse(
        ordered_count=ordered.ordered, left_count=ordered.left, erased_count=ordered.erased, unknown_count=ordered.unknown,
        versions=dict(versions),
    )  # fmt: skip


def transition_to_wire(transition: Transition) -> comparison_wire.Transition:
    """The transition as a question or an answer names it."""
    axis = to_wire(comparison_wire.Axis, transition.axis)
    return comparison_wire.Transition(axis=axis, present=transition.present, candidate=transition.candidate)


def _judged_to_wire(suggestion: Suggestion, score: float) -> comparison_wire.Judged:
    return comparison_wire.Judged(
        outcome=to_wire(taxonomy.Outcome, suggestion.outcome),
        types=suggestion.types,
        threat_level=to_wire(taxonomy.ThreatLevel, suggestion.threat),
        severity=to_wire(taxonomy.Severity, suggestion.severity),
        needs_person=suggestion.needs_person,
        score=score,
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
