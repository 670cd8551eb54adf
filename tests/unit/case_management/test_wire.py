"""What goes over the wire comes back the same."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_case_management.adapters.place import Place
from wardmote_case_management.adapters.wire import assign_of, case_to_wire, fact_of, filter_of, open_or_attach_of, view_of_wire
from wardmote_case_management.application.commands import OpenOrAttachCase
from wardmote_case_management.application.queries import CaseFilter, CaseView, IncidentView
from wardmote_case_management.domain.case import CaseStatus, TimelineEntry, TimelineKind
from wardmote_case_management.domain.events import CaseEvent, CaseOpened, IncidentAttached
from wardmote_case_management.domain.incident import AssessedIncident
from wardmote_case_management.domain.suggestion import Suggestion

from wardmote.case_management.v1.case_events_pb2 import CaseEvent as WireEvent
from wardmote.case_management.v1.case_management_service_pb2 import AssignCaseRequest, ListCasesRequest
from wardmote.case_management.v1.case_pb2 import Case as WireCase
from wardmote.case_management.v1.case_pb2 import CaseStatus as WireStatus
from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent, IncidentAssessed
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Invalid
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_runtime.pages import to_cursor
from wardmote_runtime.wire_enums import from_wire, to_wire

TENANT = TenantId(uuid4())
WORK = WorkRef(uuid4(), "assessment-events", uuid4())
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without
CODES = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8), max_size=4).map(tuple)
VERSIONS = st.dictionaries(st.text("abc", min_size=1), st.text("0.19", min_size=1), max_size=2)
SUGGESTIONS = st.builds(
    Suggestion, st.sampled_from(Outcome), st.sampled_from(Severity), st.sampled_from(ThreatLevel), CODES, CODES, st.booleans()
)
ASSESSED = st.builds(
    AssessedIncident, st.uuids(), st.text(max_size=9), st.uuids(), TIMES, SUGGESTIONS, st.sampled_from(TargetRole),
    st.sampled_from(Channel), st.booleans(), st.none() | st.uuids(), st.none() | st.uuids(), CODES, VERSIONS,
)  # fmt: skip
EVENTS = st.sampled_from([CaseOpened, IncidentAttached]).flatmap(
    lambda kind: st.builds(
        kind,
        st.uuids(),
        TIMES,
        st.uuids(),
        st.integers(1, 2**40),
        st.text(max_size=9),
        st.uuids(),
        st.sampled_from(Severity),
        st.booleans(),
    )
)
INCIDENTS = st.builds(
    IncidentView, st.uuids(), st.text(max_size=9), st.uuids(), st.sampled_from(Outcome), st.sampled_from(Severity), CODES, TIMES, VERSIONS
)
TIMELINES = st.lists(st.tuples(TIMES, st.sampled_from(TimelineKind), st.text(max_size=5)), max_size=4).map(
    lambda entries: tuple(TimelineEntry(place, *entry) for place, entry in enumerate(entries, start=1))
)
VIEWS = st.builds(
    CaseView, st.uuids(), st.text(max_size=9), st.sampled_from(CaseStatus), SUGGESTIONS, st.booleans(), st.sampled_from(TargetRole),
    st.sampled_from(Channel), TIMES, TIMES, TIMES, st.text(max_size=9), st.integers(1, 2**40), st.lists(INCIDENTS, max_size=2).map(tuple),
    TIMELINES,
)  # fmt: skip


def event_of(value: bytes) -> CaseEvent:
    wire = WireEvent.FromString(value)
    kinds: dict[str, type[CaseOpened] | type[IncidentAttached]] = {"case_opened": CaseOpened, "incident_attached": IncidentAttached}
    kind = kinds[str(wire.WhichOneof("fact"))]
    told = wire.case_opened if kind is CaseOpened else wire.incident_attached
    severity = from_wire(taxonomy.Severity, told.severity, Severity, "severity")
    return kind(
        UUID(wire.metadata.event_id), wire.metadata.occurred_at.ToDatetime(UTC), UUID(wire.case_id), wire.metadata.aggregate_version,
        told.reference, UUID(told.incident_id), severity, told.is_urgent,
    )  # fmt: skip


@given(EVENTS)
def test_both_facts_come_back_as_they_went(event: CaseEvent) -> None:
    fact = fact_of(event, TENANT, WORK)
    assert event_of(fact.value) == event
    assert (fact.event_id, fact.topic, fact.type, fact.aggregate_id) == (event.event_id, "case-events", type(event).__name__, event.case_id)
    metadata = WireEvent.FromString(fact.value).metadata
    assert (metadata.tenant_id, metadata.causation_id) == (str(TENANT), str(WORK.event_id))


def assessment(incident: AssessedIncident) -> AssessmentEvent:
    suggestion = incident.suggestion
    fact = IncidentAssessed(
        assessment_id=str(incident.assessment_id), reference=incident.reference, item_count=1,
        outcome=to_wire(taxonomy.Outcome, suggestion.outcome), types=suggestion.types, motivations=suggestion.motivations,
        threat_level=to_wire(taxonomy.ThreatLevel, suggestion.threat_level), severity=to_wire(taxonomy.Severity, suggestion.severity),
        needs_person=suggestion.needs_person, reason_codes=incident.reason_codes, versions=dict(incident.versions),
        target_role=to_wire(taxonomy.TargetRole, incident.target_role), channel=to_wire(taxonomy.Channel, incident.channel),
        feels_unsafe=incident.feels_unsafe, urgent_signal_id=str(incident.urgent_signal_id or ""),
        earlier_incident_id=str(incident.earlier_incident_id or ""),
    )  # fmt: skip
    metadata = EventMetadata(event_id=str(WORK.event_id), tenant_id=str(TENANT), aggregate_version=1)
    metadata.occurred_at.FromDatetime(incident.assessed_at)
    return AssessmentEvent(metadata=metadata, incident_id=str(incident.incident_id), incident_assessed=fact)


@given(ASSESSED)
def test_an_assessment_becomes_the_command_that_it_means(incident: AssessedIncident) -> None:
    assert open_or_attach_of(assessment(incident).SerializeToString(), WORK) == OpenOrAttachCase(WORK, incident)


def test_a_fact_of_an_unknown_kind_makes_no_command() -> None:
    assert open_or_attach_of(AssessmentEvent(incident_id=str(uuid4())).SerializeToString(), WORK) is None


@given(ASSESSED, st.sampled_from(["severity", "outcome", "threat_level", "target_role", "channel", "assessment_id"]))
def test_an_assessment_without_a_word_it_needs_is_refused(incident: AssessedIncident, missing: str) -> None:
    event = assessment(incident)
    event.incident_assessed.ClearField(missing)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        open_or_attach_of(event.SerializeToString(), WORK)
    assert [violation.field for violation in refused.value.violations] == [missing]


@given(VIEWS)
def test_a_shown_case_comes_back_as_it_went(view: CaseView) -> None:
    wire = WireCase.FromString(case_to_wire(view).SerializeToString())
    assert view_of_wire(wire) == view


@given(VIEWS)
def test_a_cursor_tells_the_place_of_its_case(view: CaseView) -> None:
    place = Place.of_cursor(Place.after(view).to_cursor())
    assert place == Place(view.is_urgent, view.suggestion.severity, view.opened_at, view.case_id)


@given(st.text(max_size=40))
def test_what_is_no_cursor_is_refused_and_nothing_worse(text: str) -> None:
    if text:
        with pytest.raises(Invalid):
            Place.of_cursor(text)
    else:
        assert Place.of_cursor(text) is None


@pytest.mark.parametrize(
    "parts", ["urgent\nS9\n{t}\n{i}", "maybe\nS1\n{t}\n{i}", "other\nS1\n2026-01-05T09:00:00\n{i}", "other\nS1\n{t}\nx"]
)
def test_a_cursor_with_a_wrong_part_is_refused(parts: str) -> None:
    cursor = to_cursor(*parts.format(t="2026-01-05T09:00:00+00:00", i=uuid4()).split("\n"))
    with pytest.raises(Invalid):
        Place.of_cursor(cursor)


def test_a_list_request_says_which_cases() -> None:
    assert filter_of(ListCasesRequest()) == CaseFilter(None, Severity.S0)
    request = ListCasesRequest(status=to_wire(WireStatus, CaseStatus.OPEN), severity_from=to_wire(taxonomy.Severity, Severity.S3))
    assert filter_of(request) == CaseFilter(CaseStatus.OPEN, Severity.S3)
    for wrong in (ListCasesRequest(status=99), ListCasesRequest(severity_from=99)):  # type: ignore[arg-type]
        with pytest.raises(Invalid):
            filter_of(wrong)


@pytest.mark.parametrize("wrong", [{"request_id": "1"}, {"case_id": "1"}, {"expected_version": 0}])
def test_an_order_to_assign_needs_ids_and_a_version(wrong: dict[str, str | int]) -> None:
    good: dict[str, str | int] = {"request_id": str(uuid4()), "case_id": str(uuid4()), "assigned_to": "worker-1", "expected_version": 3}
    command = assign_of(AssignCaseRequest(**good), "lead-1")  # type: ignore[arg-type]
    assert (command.assigned_to, command.assigned_by, command.expected_version) == ("worker-1", "lead-1", 3)
    with pytest.raises(Invalid):
        assign_of(AssignCaseRequest(**(good | wrong)), "lead-1")  # type: ignore[arg-type]
