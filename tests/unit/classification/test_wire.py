"""Between domain and protobuf: there and back, and what is refused on the way in."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_classification.adapters.wire import assess_incident_of, assessment_to_wire, fact_of, preview_of, previewed_to_wire
from wardmote_classification.application.commands import Previewed, PreviewText
from wardmote_classification.application.queries import AssessmentView
from wardmote_classification.domain.assessment import AssessedItem
from wardmote_classification.domain.events import IncidentAssessed
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem
from wardmote_classification.domain.judgement import Reason, Span
from wardmote_classification.domain.suggestion import Suggestion

from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent
from wardmote.classification.v1.classification_service_pb2 import AssessRequest
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.intake.v1 import incident_events_pb2 as incident_wire
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Invalid
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_runtime.wire_enums import to_wire
from wardmote_testkit.clock import MONDAY_MORNING as NOW

TENANT = TenantId(uuid4())
WORK = WorkRef(uuid4(), "incident-events", uuid4())
CODE = st.text(st.characters(min_codepoint=65, max_codepoint=90), min_size=1, max_size=4)
SUGGESTIONS = st.builds(
    Suggestion, st.sampled_from(Outcome), st.lists(CODE, max_size=3).map(tuple), st.lists(CODE, max_size=2).map(tuple),
    st.sampled_from(ThreatLevel), st.sampled_from(Severity), st.booleans(),
)  # fmt: skip
INCIDENTS = st.builds(
    ReportedIncident,
    st.uuids(),
    CODE,
    st.lists(st.builds(ReportedItem, st.uuids(), st.sampled_from(Channel)), min_size=1, max_size=4).map(tuple),
    st.sampled_from(TargetRole),
    st.booleans(),
    st.none() | st.uuids(),
    st.none() | st.uuids(),
)
REASONS = st.builds(
    Reason, CODE, st.just("safety"), CODE, st.lists(st.builds(Span, st.integers(0, 9), st.integers(10, 99)), max_size=2).map(tuple)
)


def reported_event(incident: ReportedIncident) -> incident_wire.IncidentEvent:
    """As intake sends it."""
    return incident_wire.IncidentEvent(
        incident_id=str(incident.incident_id),
        incident_reported=incident_wire.IncidentReported(
            reference=incident.reference,
            items=[
                incident_wire.ReportedItem(item_id=str(item.item_id), channel=to_wire(taxonomy.Channel, item.channel))
                for item in incident.items
            ],
            target_role=to_wire(taxonomy.TargetRole, incident.target_role),
            feels_unsafe=incident.feels_unsafe,
            urgent_signal_id=str(incident.urgent_signal_id or ""),
            earlier_incident_id=str(incident.earlier_incident_id or ""),
        ),
    )


@given(INCIDENTS)
def test_what_intake_made_known_comes_in_whole(incident: ReportedIncident) -> None:
    command = assess_incident_of(reported_event(incident).SerializeToString(), WORK)
    assert command is not None
    assert (command.work, command.incident) == (WORK, incident)


def test_a_fact_of_an_unknown_kind_is_no_command() -> None:
    assert assess_incident_of(incident_wire.IncidentEvent(incident_id=str(uuid4())).SerializeToString(), WORK) is None


@pytest.mark.parametrize("field", ["incident_id", "items", "target_role", "items[0].item_id", "items[0].channel", "urgent_signal_id"])
def test_a_wrong_incident_names_its_field(field: str) -> None:
    item = ReportedItem(uuid4(), Channel.EMAIL)
    event = reported_event(ReportedIncident(uuid4(), "REF", (item,), TargetRole.STAFF, urgent_signal_id=uuid4()))
    reported = event.incident_reported
    match field:
        case "incident_id":
            event.incident_id = "x"
        case "items":
            del reported.items[:]
        case "target_role":
            reported.ClearField("target_role")
        case "items[0].item_id":
            reported.items[0].item_id = "x"
        case "items[0].channel":
            reported.items[0].ClearField("channel")
        case _:
            reported.urgent_signal_id = "x"
    with pytest.raises(Invalid) as refused:
        assess_incident_of(event.SerializeToString(), WORK)
    assert [violation.field for violation in refused.value.violations] == [field]


@given(INCIDENTS, SUGGESTIONS, st.integers(1, 99))
def test_the_fact_tells_what_was_suggested(incident: ReportedIncident, suggestion: Suggestion, version: int) -> None:
    event = IncidentAssessed(uuid4(), NOW, version, uuid4(), incident, suggestion, ("TL-001",), {"rules": "1"})
    fact = fact_of(event, TENANT, WORK)
    assert (fact.event_id, fact.topic, fact.type, fact.aggregate_id) == (
        event.event_id,
        "assessment-events",
        "IncidentAssessed",
        incident.incident_id,
    )
    told = AssessmentEvent.FromString(fact.value)
    assert (told.metadata.tenant_id, told.metadata.aggregate_version, told.metadata.causation_id) == (
        str(TENANT),
        version,
        str(WORK.event_id),
    )
    assessed = told.incident_assessed
    assert (tuple(assessed.types), tuple(assessed.motivations)) == (suggestion.types, suggestion.motivations)
    assert (assessed.needs_person, assessed.feels_unsafe) == (suggestion.needs_person, incident.feels_unsafe)
    assert (assessed.item_count, assessed.reference) == (len(incident.items), incident.reference)
    assert (assessed.urgent_signal_id, assessed.earlier_incident_id) == (
        str(incident.urgent_signal_id or ""),
        str(incident.earlier_incident_id or ""),
    )
    assert taxonomy.Outcome.Name(assessed.outcome) == f"OUTCOME_{suggestion.outcome.name}"
    assert taxonomy.Severity.Name(assessed.severity) == f"SEVERITY_{suggestion.severity.name}"
    assert taxonomy.ThreatLevel.Name(assessed.threat_level) == f"THREAT_LEVEL_{suggestion.threat.name}"
    assert taxonomy.Channel.Name(assessed.channel) == f"CHANNEL_{incident.items[0].channel.name}"
    assert taxonomy.TargetRole.Name(assessed.target_role) == f"TARGET_ROLE_{incident.target_role.name}"


@given(SUGGESTIONS, st.lists(REASONS, max_size=3).map(tuple))
def test_an_assessment_is_told_with_its_reasons(suggestion: Suggestion, reasons: tuple[Reason, ...]) -> None:
    item = AssessedItem(uuid4(), suggestion, reasons)
    view = AssessmentView(uuid4(), uuid4(), suggestion, [item], {"rules": "1"}, NOW)
    told = assessment_to_wire(view)
    assert (UUID(told.assessment_id), UUID(told.incident_id), dict(told.versions)) == (view.assessment_id, view.incident_id, {"rules": "1"})
    assert told.items[0].item_id == str(item.item_id)
    back = tuple(
        Reason(one.code, one.line_test, one.sentence, tuple(Span(span.start, span.end) for span in one.spans))
        for one in told.items[0].reasons
    )
    assert back == reasons


def test_a_preview_is_for_a_councillor_unless_said_otherwise() -> None:
    assert preview_of(AssessRequest(text="x")) == PreviewText("x", TargetRole.COUNCILLOR)
    assert preview_of(AssessRequest(text="x", target_role=taxonomy.TARGET_ROLE_FAMILY)) == PreviewText("x", TargetRole.FAMILY)
    with pytest.raises(Invalid):
        preview_of(AssessRequest(text="x", target_role=taxonomy.TargetRole.ValueType(99)))


def test_a_preview_answers_without_an_item() -> None:
    suggestion = Suggestion(Outcome.UNCLEAR, ("U",), (), ThreatLevel.T0, Severity.S0, needs_person=True)
    answer = previewed_to_wire(Previewed(suggestion, (), 0.0, {"rules": "1"}))
    assert (answer.assessment.item_id, answer.needs_person, dict(answer.versions)) == ("", True, {"rules": "1"})
