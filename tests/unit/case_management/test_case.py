"""What may become of a case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_case_management.domain.case import Case, CaseStatus, NewCase, TimelineKind
from wardmote_case_management.domain.events import CaseOpened, IncidentAttached
from wardmote_case_management.domain.incident import AssessedIncident
from wardmote_case_management.domain.suggestion import Suggestion

from wardmote_kernel.errors import IllegalTransition, Invalid, StaleVersion, WardmoteError
from wardmote_kernel.taxonomy import Outcome, Severity, ThreatLevel
from wardmote_testkit.clock import MONDAY_MORNING as NOW

Make = Callable[..., AssessedIncident]
LATER = NOW + timedelta(hours=3)


def opened(incident: AssessedIncident) -> Case:
    return Case.open(NewCase(uuid4(), uuid4(), "CASE-REF2"), incident, NOW)


def test_an_assessed_incident_opens_a_case_in_triage(assessed: Make) -> None:
    incident = assessed(severity=Severity.S2, types=("GO", "HA"), motivations=("H-SEX",), needs_person=True)
    case = opened(incident)
    assert (case.status, case.version, case.assigned_to) == (CaseStatus.TRIAGE, 1, "")
    assert case.suggestion == incident.suggestion
    assert (case.opened_at, case.changed_at) == (NOW, NOW)
    assert [(entry.version, entry.kind, entry.by) for entry in case.timeline] == [(1, TimelineKind.OPENED, "")]
    (fact,) = case.events
    assert isinstance(fact, CaseOpened)
    assert (fact.version, fact.incident_id, fact.severity, fact.is_urgent) == (1, incident.incident_id, Severity.S2, False)


def test_what_is_suggested_not_to_be_abuse_waits_for_a_person_too(assessed: Make) -> None:
    case = opened(assessed(outcome=Outcome.NOT_ABUSE, severity=Severity.S0, types=("N1",)))
    assert (case.status, case.suggestion.severity) == (CaseStatus.TRIAGE, Severity.S0)
    assert case.contact_due_at == NOW + timedelta(days=5)


@pytest.mark.parametrize(
    ("changes", "within", "is_urgent"),
    [
        ({"severity": Severity.S4}, timedelta(minutes=15), True),
        ({"severity": Severity.S3}, timedelta(hours=2), False),
        ({"severity": Severity.S2}, timedelta(days=1), False),
        ({"severity": Severity.S1}, timedelta(days=3), False),
        ({"severity": Severity.S0}, timedelta(days=5), False),
        ({"severity": Severity.S1, "urgent_signal_id": UUID(int=1)}, timedelta(minutes=15), True),
        ({"severity": Severity.S0, "feels_unsafe": True}, timedelta(hours=2), False),
        ({"severity": Severity.S2, "threat_level": ThreatLevel.T1}, timedelta(hours=2), False),
        ({"severity": Severity.S4, "feels_unsafe": True}, timedelta(minutes=15), True),
    ],
)
def test_contact_is_owed_by_severity_danger_and_fear(assessed: Make, changes: dict[str, Any], within: timedelta, is_urgent: bool) -> None:
    case = opened(assessed(**changes))
    assert (case.contact_due_at, case.is_urgent) == (NOW + within, is_urgent)


def test_a_further_incident_raises_the_case_and_hurries_it(assessed: Make) -> None:
    first = assessed(severity=Severity.S1, types=("IN",))
    case = opened(first)
    graver = assessed(severity=Severity.S4, threat_level=ThreatLevel.T3, types=("TL", "IN"), earlier_incident_id=first.incident_id,
                      assessed_at=LATER, needs_person=True)  # fmt: skip
    case.attach(graver, uuid4(), LATER)
    assert case.suggestion == Suggestion(Outcome.ABUSE, Severity.S4, ThreatLevel.T3, ("TL", "IN"), (), needs_person=True)
    assert (case.is_urgent, case.version, case.contact_due_at) == (True, 2, LATER + timedelta(minutes=15))
    fact = case.events[-1]
    assert isinstance(fact, IncidentAttached)
    assert (fact.version, fact.incident_id, fact.severity, fact.is_urgent) == (2, graver.incident_id, Severity.S4, True)


def test_a_milder_incident_lowers_nothing(assessed: Make) -> None:
    first = assessed(severity=Severity.S4, threat_level=ThreatLevel.T3, types=("TL",), needs_person=True)
    case = opened(first)
    milder = assessed(outcome=Outcome.NOT_ABUSE, severity=Severity.S0, types=("N1",), earlier_incident_id=first.incident_id)
    case.attach(milder, uuid4(), LATER)
    assert case.suggestion == Suggestion(Outcome.ABUSE, Severity.S4, ThreatLevel.T3, ("TL", "N1"), (), needs_person=True)
    assert (case.is_urgent, case.contact_due_at) == (True, NOW + timedelta(minutes=15))


def test_an_incident_assessed_again_has_the_newer_suggestion_and_its_old_place(assessed: Make) -> None:
    first = assessed(severity=Severity.S3)
    case = opened(first)
    again = assessed(incident_id=first.incident_id, severity=Severity.S1)
    case.attach(again, uuid4(), LATER)
    held = case.incidents[first.incident_id]
    assert (len(case.incidents), held.assessed, held.attached_at) == (1, again, NOW)
    assert case.suggestion.severity is Severity.S3


def test_a_newer_assessment_is_told_only_when_it_makes_the_case_graver(assessed: Make) -> None:
    first = assessed(severity=Severity.S2, types=("VT",))
    case = opened(first)
    case.attach(assessed(incident_id=first.incident_id, severity=Severity.S1, types=("IN",)), uuid4(), LATER)
    assert (case.version, len(case.events), case.suggestion.types) == (2, 1, ("VT", "IN"))
    case.attach(assessed(incident_id=first.incident_id, severity=Severity.S2, threat_level=ThreatLevel.T1), uuid4(), LATER)
    assert [type(event) for event in case.events] == [CaseOpened, IncidentAttached]
    case.attach(assessed(incident_id=first.incident_id, severity=Severity.S1, urgent_signal_id=uuid4()), uuid4(), LATER)
    assert [type(event) for event in case.events] == [CaseOpened, IncidentAttached, IncidentAttached]


def test_the_same_assessment_again_changes_nothing(assessed: Make) -> None:
    incident = assessed()
    case = opened(incident)
    case.attach(incident, uuid4(), LATER)
    assert (case.version, len(case.events), len(case.timeline), case.changed_at) == (1, 1, 1, NOW)


def test_a_closed_case_takes_no_further_incident_and_stays_closed_when_one_of_its_own_is_assessed_again(assessed: Make) -> None:
    first = assessed()
    case = opened(first)
    case.status = CaseStatus.CLOSED
    follower = assessed(earlier_incident_id=first.incident_id)
    assert not case.accepts(follower)
    with pytest.raises(IllegalTransition):
        case.attach(follower, uuid4(), LATER)
    case.attach(assessed(incident_id=first.incident_id, severity=Severity.S4), uuid4(), LATER)
    assert (case.status, case.suggestion.severity) == (CaseStatus.CLOSED, Severity.S4)


def test_an_incident_that_follows_none_of_the_case_is_refused(assessed: Make) -> None:
    case = opened(assessed())
    for stranger in (assessed(), assessed(earlier_incident_id=uuid4())):
        with pytest.raises(IllegalTransition):
            case.attach(stranger, uuid4(), LATER)


def test_assigning_ends_the_triage_and_tells_who_did_it(assessed: Make) -> None:
    case = opened(assessed())
    case.assign("worker-1", by="lead-1", expected_version=1, at=LATER)
    assert (case.status, case.assigned_to, case.version, case.changed_at) == (CaseStatus.OPEN, "worker-1", 2, LATER)
    assert (case.timeline[-1].kind, case.timeline[-1].by, case.timeline[-1].version) == (TimelineKind.ASSIGNED, "lead-1", 2)
    case.assign("worker-2", by="worker-1", expected_version=2, at=LATER)
    assert (case.status, case.assigned_to, case.version) == (CaseStatus.OPEN, "worker-2", 3)


def test_assigning_needs_the_newest_version_an_open_case_and_a_subject(assessed: Make) -> None:
    case = opened(assessed())
    with pytest.raises(StaleVersion):
        case.assign("worker-1", by="lead-1", expected_version=2, at=LATER)
    for nobody in ("", "  ", "x" * 201):
        with pytest.raises(Invalid):
            case.assign(nobody, by="lead-1", expected_version=1, at=LATER)
    case.status = CaseStatus.CLOSED
    with pytest.raises(IllegalTransition):
        case.assign("worker-1", by="lead-1", expected_version=1, at=LATER)
    assert (case.version, case.assigned_to) == (1, "")


SUGGESTIONS = st.builds(
    Suggestion, st.sampled_from(Outcome), st.sampled_from(Severity), st.sampled_from(ThreatLevel),
    st.lists(st.sampled_from(["TL", "VT", "IN", "N1"]), unique=True).map(tuple), st.just(()), st.booleans(),
)  # fmt: skip
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["follow", "again", "same", "stranger", "assign", "stale", "close"]),
        SUGGESTIONS,
        st.integers(0, 30),
        st.booleans(),
    ),
    max_size=25,
)
ALLOWED = {
    (CaseStatus.TRIAGE, CaseStatus.TRIAGE),
    (CaseStatus.TRIAGE, CaseStatus.OPEN),
    (CaseStatus.OPEN, CaseStatus.OPEN),
    (CaseStatus.CLOSED, CaseStatus.CLOSED),
}


def move(case: Case, incident: AssessedIncident, kind: str, pick: int) -> None:
    own = list(case.incidents.values())[pick % len(case.incidents)].assessed
    match kind:
        case "follow":
            case.attach(replace(incident, earlier_incident_id=own.incident_id), uuid4(), LATER)
        case "again":
            case.attach(replace(incident, incident_id=own.incident_id), uuid4(), LATER)
        case "same":
            case.attach(own, uuid4(), LATER)
        case "stranger":
            case.attach(incident, uuid4(), LATER)
        case "assign":
            case.assign("worker-1", by="lead-1", expected_version=case.version, at=LATER)
        case _:
            case.assign("worker-1", by="lead-1", expected_version=case.version + 1 + pick, at=LATER)


@given(MOVES)
def test_no_sequence_of_moves_lowers_a_case_or_loses_a_change(assessed: Make, moves: list[tuple[str, Suggestion, int, bool]]) -> None:
    case = opened(assessed())
    for kind, suggestion, pick, has_signal in moves:
        if kind == "close":
            case.status = CaseStatus.CLOSED  # No order closes a case yet; a person will.
            continue
        before = replace(case, incidents=dict(case.incidents), timeline=[], events=list(case.events))
        incident = replace(assessed(urgent_signal_id=uuid4() if has_signal else None), suggestion=suggestion)
        try:
            move(case, incident, kind, pick)
            assert kind not in ("stranger", "stale")
            assert case.version == before.version + (0 if kind == "same" else 1)
        except WardmoteError:
            assert (case.version, case.status, case.suggestion) == (before.version, before.status, before.suggestion)
        never_lowered(before, case)
        assert (before.status, case.status) in ALLOWED
        assert [entry.version for entry in case.timeline] == list(range(1, case.version + 1))
        assert before.incidents.keys() <= case.incidents.keys()


def never_lowered(before: Case, after: Case) -> None:
    old, new = before.suggestion, after.suggestion
    assert new.severity.rank >= old.severity.rank
    assert new.threat_level.rank >= old.threat_level.rank
    assert new.needs_person >= old.needs_person
    assert set(new.types) >= set(old.types)
    assert after.is_urgent >= before.is_urgent
    assert after.contact_due_at <= before.contact_due_at
    assert new.severity.rank == max(old.severity.rank, *(one.assessed.suggestion.severity.rank for one in after.incidents.values()))
    if old.outcome is Outcome.ABUSE:
        assert new.outcome is Outcome.ABUSE
