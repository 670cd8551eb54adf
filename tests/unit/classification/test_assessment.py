"""The assessment of an incident, and the fact it makes known."""

from uuid import uuid4

import pytest
from wardmote_classification.domain.assessment import Assessment, NewAssessment
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem
from wardmote_classification.domain.judgement import Finding, ItemJudgement, Reason, Span

from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_testkit.clock import MONDAY_MORNING as NOW

THREAT = Finding("TL-001", ("TL",), (), ThreatLevel.T2, True, "safety", "Says who will be killed.", (Span(2, 9),))
SLUR = Finding("GO-001", ("GO",), ("H-RAC",), ThreatLevel.T0, False, "content", "A slur.", (Span(0, 4),))
NEW = NewAssessment(uuid4(), uuid4(), 3)


def incident(items: int, *, feels_unsafe: bool = False, signal: bool = False) -> ReportedIncident:
    return ReportedIncident(
        uuid4(), "7K3M-P2QX", tuple(ReportedItem(uuid4(), Channel.EMAIL) for _ in range(items)), TargetRole.COUNCILLOR, feels_unsafe,
        uuid4() if signal else None, uuid4(),
    )  # fmt: skip


def test_each_item_keeps_its_own_suggestion_and_the_fact_tells_the_incidents() -> None:
    reported = incident(3)
    judgements = [ItemJudgement((THREAT,)), ItemJudgement(()), ItemJudgement((SLUR, THREAT))]
    assessment = Assessment.of(NEW, reported, judgements, {"rules": "1"}, NOW)
    assert [item.item_id for item in assessment.items] == [item.item_id for item in reported.items]
    assert [item.suggestion.outcome for item in assessment.items] == [Outcome.ABUSE, Outcome.NOT_ABUSE, Outcome.ABUSE]
    assert assessment.items[0].reasons == (Reason("TL-001", "safety", "Says who will be killed.", (Span(2, 9),)),)
    (fact,) = assessment.events
    assert (fact.event_id, fact.assessment_id, fact.version, fact.occurred_at) == (NEW.event_id, NEW.assessment_id, 3, NOW)
    assert (fact.suggestion.types, fact.suggestion.severity) == (("TL", "GO"), Severity.S4)
    assert fact.reason_codes == ("TL-001", "GO-001")
    assert (fact.incident, fact.versions) == (reported, {"rules": "1"})


@pytest.mark.parametrize(("feels_unsafe", "signal", "read"), [(False, False, False), (True, False, True), (False, True, True)])
def test_who_does_not_feel_safe_is_read_whatever_was_found(feels_unsafe: bool, signal: bool, read: bool) -> None:
    reported = incident(1, feels_unsafe=feels_unsafe, signal=signal)
    assessment = Assessment.of(NEW, reported, [ItemJudgement((), can_clear=True)], {}, NOW)
    assert (assessment.suggestion.outcome, assessment.suggestion.needs_person) == (Outcome.NOT_ABUSE, read)


def test_every_item_is_judged() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Assessment.of(NEW, incident(2), [ItemJudgement(())], {}, NOW)
