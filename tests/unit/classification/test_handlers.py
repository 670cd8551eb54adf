"""Classification's use cases, on fakes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from wardmote_classification.application.again import Ending, Ordered, Reassessable
from wardmote_classification.application.commands import AssessAgain, AssessIncident, PreviewText
from wardmote_classification.application.handlers import Handlers
from wardmote_classification.application.ports import WordsMissing
from wardmote_classification.application.preview import LONGEST_TEXT, Preview
from wardmote_classification.domain.assessment import Assessment
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem
from wardmote_classification.domain.judgement import Finding, ItemJudgement

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled, Invalid, Unavailable
from wardmote_kernel.taxonomy import Channel, Outcome, TargetRole, ThreatLevel
from wardmote_testkit.clock import MONDAY_MORNING, StoppedClock
from wardmote_testkit.ids import CountingIds

FOUND = Finding("TL-001", ("TL",), (), ThreatLevel.T2, True, "safety", "Says who will be killed.")


class FakeUnit:
    """What one council has. Settling twice is refused."""

    def __init__(self) -> None:
        self.kept: list[Assessment] = []
        self.settled: list[WorkRef] = []
        self.endings: list[tuple[UUID, Ending]] = []

    async def settle(self, work: WorkRef) -> None:
        if work in self.settled:
            raise AlreadyHandled("settled")
        self.settled.append(work)

    async def take_up(self, work: WorkRef, incident_id: UUID) -> int:
        await self.settle(work)
        return 1 + sum(one.incident.incident_id == incident_id for one in self.kept)

    async def add(self, assessment: Assessment, caused_by: WorkRef) -> None:
        self.kept.append(assessment)

    async def end_again(self, assessment_id: UUID, ending: Ending) -> None:
        self.endings.append((assessment_id, ending))


class FakeFirst:
    """Keeps what has no assessment, as one statement does."""

    def __init__(self, unit: FakeUnit) -> None:
        self._unit = unit

    async def add(self, assessment: Assessment, caused_by: WorkRef) -> bool:
        incident_id = assessment.incident.incident_id
        if caused_by in self._unit.settled or any(one.incident.incident_id == incident_id for one in self._unit.kept):
            return False
        await self._unit.settle(caused_by)
        await self._unit.add(assessment, caused_by)
        return True


class FakeTexts:
    """Intake, with the words that it has."""

    def __init__(self, texts: Mapping[UUID, str]) -> None:
        self.texts = texts
        self.open_units = 0
        self.was_inside = False
        self.reads = 0
        self.is_away = False
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """Happens once, while the words are on their way."""

    async def read(self, item_ids: Sequence[UUID]) -> list[str]:
        self.was_inside = self.open_units > 0
        self.reads += 1
        if self.is_away:
            raise Unavailable("away")
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        if not set(item_ids) <= set(self.texts):
            raise WordsMissing("not all")
        return [self.texts[item_id] for item_id in item_ids]


class FakeAssessor:
    def __init__(self, version: str = "test") -> None:
        self.versions: Mapping[str, str] = {"rules": version}

    def assess(self, text: str, target_role: TargetRole) -> ItemJudgement:
        return ItemJudgement((FOUND,) if "danger" in text else (), score=float("danger" in text))


class FakeReassessments:
    """The newest assessment of each incident."""

    def __init__(self, unit: FakeUnit) -> None:
        self._unit = unit

    async def find(self, assessment_id: UUID) -> Reassessable | None:
        newest = {one.incident.incident_id: one for one in self._unit.kept}
        found = next((one for one in newest.values() if one.assessment_id == assessment_id), None)
        return Reassessable(found.incident, found.version, found.versions) if found else None

    async def order(self, versions: Mapping[str, str], since: datetime | None) -> Ordered:
        raise AssertionError("not asked for here")


class FakeShadow:
    """Remembers what it was offered, and whether that was kept by then."""

    def __init__(self, unit: FakeUnit) -> None:
        self._unit = unit
        self.offered: list[tuple[int, list[str], float]] = []

    def offer(self, assessment: Assessment, texts: Sequence[str], score: float) -> None:
        assert assessment in self._unit.kept
        self.offered.append((assessment.version, list(texts), score))


class House:
    def __init__(self, *texts: str) -> None:
        self.unit = FakeUnit()
        items = tuple(ReportedItem(uuid4(), Channel.EMAIL) for _ in texts)
        self.incident = ReportedIncident(uuid4(), "7K3M-P2QX", items, TargetRole.COUNCILLOR)
        self.texts = FakeTexts(dict(zip((item.item_id for item in items), texts, strict=True)))

        @asynccontextmanager
        async def work() -> AsyncIterator[FakeUnit]:
            self.texts.open_units += 1
            yield self.unit
            self.texts.open_units -= 1

        self.shadow, self.assessor = FakeShadow(self.unit), FakeAssessor()
        self.handlers = Handlers(
            FakeFirst(self.unit), work, FakeReassessments(self.unit), self.texts, self.assessor, StoppedClock(), CountingIds(), self.shadow
        )

    def order(self) -> AssessIncident:
        return AssessIncident(WorkRef(uuid4(), "incident-events", uuid4()), self.incident)

    def order_again(self) -> AssessAgain:
        """What is kept newest, to be assessed again by a newer version."""
        self.assessor.versions = {"rules": "newer"}
        assessment_id = self.unit.kept[-1].assessment_id
        return AssessAgain(WorkRef(assessment_id, "assess-again", uuid4()), assessment_id)


async def test_an_incident_is_judged_item_by_item_and_the_work_is_settled_with_it() -> None:
    house = House("danger", "The bins again.")
    order = house.order()
    await house.handlers.assess_incident(order)
    (kept,) = house.unit.kept
    assert [item.suggestion.outcome for item in kept.items] == [Outcome.ABUSE, Outcome.NOT_ABUSE]
    assert (kept.version, kept.versions, kept.assessed_at) == (1, {"rules": "test"}, MONDAY_MORNING)
    assert house.unit.settled == [order.work]


async def test_words_are_read_outside_of_any_transaction() -> None:
    house = House("danger")
    await house.handlers.assess_incident(house.order())
    assert not house.texts.was_inside


async def test_a_second_event_makes_a_second_assessment() -> None:
    house = House("danger")
    await house.handlers.assess_incident(house.order())
    await house.handlers.assess_incident(house.order())
    assert [one.version for one in house.unit.kept] == [1, 2]
    assert len({one.assessment_id for one in house.unit.kept}) == 2


async def test_the_same_work_again_keeps_nothing() -> None:
    house = House("danger")
    order = house.order()
    await house.handlers.assess_incident(order)
    with pytest.raises(AlreadyHandled):
        await house.handlers.assess_incident(order)
    assert len(house.unit.kept) == 1


async def test_missing_words_leave_the_work_for_later() -> None:
    house = House("danger")
    house.texts.texts = {}
    with pytest.raises(Unavailable):
        await house.handlers.assess_incident(house.order())
    assert (house.unit.kept, house.unit.settled) == ([], [])


async def test_a_fact_of_an_unknown_kind_is_settled() -> None:
    house = House("x")
    work = WorkRef(uuid4(), "incident-events", uuid4())
    await house.handlers.pass_over(work)
    assert house.unit.settled == [work]


async def test_the_candidate_is_offered_what_is_kept_with_the_words_that_were_read_once() -> None:
    house = House("danger", "The bins again.")
    await house.handlers.assess_incident(house.order())
    await house.handlers.assess_incident(house.order())
    assert house.shadow.offered == [(1, ["danger", "The bins again."], 1.0), (2, ["danger", "The bins again."], 1.0)]
    assert house.texts.reads == 2


async def test_what_is_not_kept_is_not_offered_to_the_candidate() -> None:
    house = House("danger")
    order = house.order()
    await house.handlers.assess_incident(order)
    with pytest.raises(AlreadyHandled):
        await house.handlers.assess_incident(order)
    assert len(house.shadow.offered) == 1


async def test_assessed_again_the_incident_has_a_newer_assessment_by_the_present_versions() -> None:
    house = House("danger")
    await house.handlers.assess_incident(house.order())
    order = house.order_again()
    await house.handlers.assess_again(order)
    first, second = house.unit.kept
    assert (second.version, second.versions, second.incident) == (2, {"rules": "newer"}, first.incident)
    assert [event.version for event in second.events] == [2]
    assert house.unit.endings == [(first.assessment_id, Ending.ASSESSED)]
    assert order.work in house.unit.settled
    assert not house.texts.was_inside


async def test_erased_words_are_passed_over_and_not_tried_for_ever() -> None:
    house = House("danger", "more")
    await house.handlers.assess_incident(house.order())
    house.texts.texts = dict([*house.texts.texts.items()][:1])
    order = house.order_again()
    await house.handlers.assess_again(order)
    assert house.unit.endings == [(house.unit.kept[0].assessment_id, Ending.ERASED)]
    assert (len(house.unit.kept), order.work in house.unit.settled) == (1, True)


async def test_while_intake_is_away_assessing_again_waits() -> None:
    house = House("danger")
    await house.handlers.assess_incident(house.order())
    house.texts.is_away = True
    order = house.order_again()
    with pytest.raises(Unavailable):
        await house.handlers.assess_again(order)
    assert (house.unit.endings, order.work in house.unit.settled) == ([], False)


async def test_what_the_present_versions_or_a_newer_report_overtook_is_not_assessed_again() -> None:
    house = House("danger")
    await house.handlers.assess_incident(house.order())
    order = house.order_again()
    await house.handlers.assess_incident(house.order())
    await house.handlers.assess_again(order)
    await house.handlers.assess_again(house.order_again())
    assert [ending for _, ending in house.unit.endings] == [Ending.OVERTAKEN, Ending.OVERTAKEN]
    assert [one.version for one in house.unit.kept] == [1, 2]


async def test_an_incident_reported_again_in_the_meantime_is_looked_at_anew() -> None:
    house = House("danger")
    await house.handlers.assess_incident(house.order())
    order = house.order_again()
    house.texts.meanwhile = lambda: house.handlers.assess_incident(house.order())
    with pytest.raises(Unavailable):
        await house.handlers.assess_again(order)
    assert ([one.version for one in house.unit.kept], house.unit.endings) == ([1, 2], [])


async def test_a_preview_is_judged_by_the_same_assessor() -> None:
    previewed = await Preview(FakeAssessor()).assess(PreviewText("danger"))
    assert (previewed.suggestion.outcome, previewed.score, previewed.versions) == (Outcome.ABUSE, 1.0, {"rules": "test"})
    assert [reason.code for reason in previewed.reasons] == ["TL-001"]


async def test_a_preview_takes_the_longest_text_and_no_longer_one() -> None:
    preview = Preview(FakeAssessor())
    assert preview.judge(PreviewText("a" * LONGEST_TEXT)).score == 0.0
    with pytest.raises(Invalid):
        await preview.assess(PreviewText("a" * (LONGEST_TEXT + 1)))
