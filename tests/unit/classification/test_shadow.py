"""The shadow: it holds nothing up, fails alone, and every incident that it was offered is counted once."""

import asyncio
from collections.abc import Callable, Mapping
from threading import Event
from uuid import uuid4

from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from wardmote_classification.adapters.measures import PrometheusShadowMeasures
from wardmote_classification.application import shadow
from wardmote_classification.application.ports import Assessor
from wardmote_classification.application.shadow import ShadowRun
from wardmote_classification.domain.assessment import Assessment, NewAssessment
from wardmote_classification.domain.comparison import ShadowAssessment
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem
from wardmote_classification.domain.judgement import Finding, ItemJudgement

from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_testkit.clock import MONDAY_MORNING, StoppedClock
from wardmote_testkit.wait import eventually

PRESENT, CANDIDATE = {"model": "1"}, {"model": "2"}


class Candidate:
    """Finds a threat in each text that says so, once it may."""

    def __init__(self, versions: Mapping[str, str] = CANDIDATE) -> None:
        self.versions = versions
        self.may_judge = Event()
        self.may_judge.set()

    def assess(self, text: str, target_role: TargetRole) -> ItemJudgement:
        self.may_judge.wait(5)
        found = Finding("M-T2", ("TV",), (), ThreatLevel.T2, False, "safety", "An open threat.")
        return ItemJudgement((found,) if "threat" in text else (), score=0.75 if "threat" in text else 0.25, can_clear=True)


class Kept:
    def __init__(self) -> None:
        self.rows: list[ShadowAssessment] = []
        self.fault: Exception | None = None

    async def add(self, shadow: ShadowAssessment) -> None:
        if self.fault is not None:
            raise self.fault
        self.rows.append(shadow)


class Counts:
    def __init__(self) -> None:
        self.told: list[str] = []

    def compared(self) -> None:
        self.told.append("compared")

    def passed_over(self) -> None:
        self.told.append("passed-over")

    def failed(self, fault: BaseException) -> None:
        self.told.append(f"failed {type(fault).__name__}")


class Beside:
    """A shadow with what it needs."""

    def __init__(self, load: Callable[[], Assessor]) -> None:
        self.kept, self.counts = Kept(), Counts()
        self.run = ShadowRun(load, self.kept, StoppedClock(), self.counts)

    def offer(self, *texts: str) -> Assessment:
        items = tuple(ReportedItem(uuid4(), Channel.EMAIL) for _ in texts)
        incident = ReportedIncident(uuid4(), "7K3M-P2QX", items, TargetRole.COUNCILLOR)
        new, nothing = NewAssessment(uuid4(), uuid4(), 1), [ItemJudgement(()) for _ in texts]
        assessment = Assessment.of(new, incident, nothing, PRESENT, MONDAY_MORNING)
        self.run.offer(assessment, texts, 0.5)
        return assessment

    async def told(self, count: int) -> list[str]:
        async def are_told() -> bool:
            return len(self.counts.told) >= count

        await eventually(are_told)
        return self.counts.told


async def test_the_candidate_judges_the_same_words_and_its_suggestion_is_kept() -> None:
    beside = Beside(Candidate)
    await beside.run.start()
    assessment = beside.offer("The bins again.", "a threat")
    assert await beside.told(1) == ["compared"]
    (row,) = beside.kept.rows
    assert (row.assessment_id, row.incident_id) == (assessment.assessment_id, assessment.incident.incident_id)
    assert (row.suggestion.outcome, row.suggestion.threat, row.suggestion.severity) == (Outcome.ABUSE, ThreatLevel.T2, Severity.S3)
    assert (row.score, row.present_score, row.versions, row.compared_at) == (0.75, 0.5, CANDIDATE, MONDAY_MORNING)
    await beside.run.stop()


async def test_an_offer_waits_for_nothing_and_too_many_are_passed_over_and_counted() -> None:
    candidate = Candidate()
    candidate.may_judge.clear()
    beside = Beside(lambda: candidate)
    await beside.run.start()
    for _ in range(shadow.MOST_WAITING + 2):
        beside.offer("a threat")
    assert beside.counts.told == ["passed-over", "passed-over"]
    candidate.may_judge.set()
    assert (await beside.told(shadow.MOST_WAITING + 2)).count("compared") == shadow.MOST_WAITING
    beside.offer("a threat")
    assert (await beside.told(shadow.MOST_WAITING + 3))[-1] == "compared"
    await beside.run.stop()


async def test_no_more_words_are_held_than_fit() -> None:
    candidate = Candidate()
    candidate.may_judge.clear()
    beside = Beside(lambda: candidate)
    await beside.run.start()
    half = "a" * (shadow.MOST_CHARACTERS // 2)
    beside.offer(half, half)
    beside.offer("a")
    assert beside.counts.told == ["passed-over"]
    candidate.may_judge.set()
    assert await beside.told(2) == ["passed-over", "compared"]
    await beside.run.stop()


async def test_a_candidate_that_cannot_be_read_fails_alone_and_is_counted() -> None:
    def load() -> Assessor:
        raise FileNotFoundError("no such model")

    beside = Beside(load)
    await beside.run.start()
    beside.offer("a threat")
    assert set(await beside.told(2)) == {"failed FileNotFoundError"}
    await beside.run.stop()


async def test_a_suggestion_that_cannot_be_kept_is_counted_and_the_next_one_goes_on() -> None:
    beside = Beside(Candidate)
    await beside.run.start()
    beside.kept.fault = OSError("the database is away")
    beside.offer("a threat")
    assert await beside.told(1) == ["failed OSError"]
    beside.kept.fault = None
    beside.offer("a threat")
    assert await beside.told(2) == ["failed OSError", "compared"]
    await beside.run.stop()


async def test_a_candidate_that_is_the_present_model_is_not_asked_twice() -> None:
    beside = Beside(lambda: Candidate(PRESENT))
    await beside.run.start()
    beside.offer("a threat")
    assert (await beside.told(1), beside.kept.rows) == (["passed-over"], [])
    await beside.run.stop()


async def test_what_waits_at_the_end_of_the_process_is_passed_over() -> None:
    candidate = Candidate()
    candidate.may_judge.clear()
    beside = Beside(lambda: candidate)
    await beside.run.start()
    beside.offer("a threat")
    beside.offer("a threat")
    stopping = asyncio.create_task(beside.run.stop())
    assert await beside.told(2) == ["passed-over", "passed-over"]
    candidate.may_judge.set()
    await stopping
    assert beside.kept.rows == []


def test_what_became_of_each_is_counted_and_a_fault_is_told_by_its_name_alone() -> None:
    registry = CollectorRegistry()
    measures = PrometheusShadowMeasures(registry)
    with capture_logs() as logs:
        measures.compared()
        measures.passed_over()
        measures.failed(ValueError("words of a report"))
    told = {
        result: registry.get_sample_value("wardmote_shadowed_total", {"result": result}) for result in ("compared", "passed-over", "failed")
    }
    assert told == {"compared": 1, "passed-over": 1, "failed": 1}
    assert [log["error"] for log in logs] == ["ValueError"]
    assert "words" not in str(logs)
