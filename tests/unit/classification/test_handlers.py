"""Classification's use cases, on fakes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from wardmote_classification.application.commands import AssessIncident, PreviewText
from wardmote_classification.application.handlers import Handlers
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

    async def settle(self, work: WorkRef) -> None:
        if work in self.settled:
            raise AlreadyHandled("settled")
        self.settled.append(work)

    async def take_up(self, work: WorkRef, incident_id: UUID) -> int:
        await self.settle(work)
        return 1 + sum(one.incident.incident_id == incident_id for one in self.kept)

    async def add(self, assessment: Assessment, caused_by: WorkRef) -> None:
        self.kept.append(assessment)


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

    async def read(self, item_ids: Sequence[UUID]) -> list[str]:
        self.was_inside = self.open_units > 0
        if not set(item_ids) <= set(self.texts):
            raise Unavailable("not all")
        return [self.texts[item_id] for item_id in item_ids]


class FakeAssessor:
    versions: Mapping[str, str] = {"rules": "test"}

    def assess(self, text: str, target_role: TargetRole) -> ItemJudgement:
        return ItemJudgement((FOUND,) if "danger" in text else (), score=float("danger" in text))


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

        self.handlers = Handlers(FakeFirst(self.unit), work, self.texts, FakeAssessor(), StoppedClock(), CountingIds())

    def order(self) -> AssessIncident:
        return AssessIncident(WorkRef(uuid4(), "incident-events", uuid4()), self.incident)


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


async def test_a_preview_is_judged_by_the_same_assessor() -> None:
    previewed = await Preview(FakeAssessor()).assess(PreviewText("danger"))
    assert (previewed.suggestion.outcome, previewed.score, previewed.versions) == (Outcome.ABUSE, 1.0, {"rules": "test"})
    assert [reason.code for reason in previewed.reasons] == ["TL-001"]


async def test_a_preview_takes_the_longest_text_and_no_longer_one() -> None:
    preview = Preview(FakeAssessor())
    assert preview.judge(PreviewText("a" * LONGEST_TEXT)).score == 0.0
    with pytest.raises(Invalid):
        await preview.assess(PreviewText("a" * (LONGEST_TEXT + 1)))
