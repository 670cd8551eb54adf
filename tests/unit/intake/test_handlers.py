"""Intake's use cases, on fakes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from wardmote_intake.application.commands import ItemDraft, ReadWords, Receipt, SubmitReport
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.domain.events import UrgentSignalRaised
from wardmote_intake.domain.reading import ItemWords, Purpose, Reading
from wardmote_intake.domain.report import Report

from wardmote_kernel.errors import Conflict, Invalid
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.ids import CountingIds


class FakeUnit:
    """What one council has; a unit that fails keeps nothing."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.receipts: dict[str, tuple[bytes, Receipt]] = {}
        self.readings: list[Reading] = []
        self.fails = False

    async def incident_of(self, reference: str) -> UUID | None:
        return next((report.incident_id for report in self.reports if report.reference == reference), None)

    async def add(self, report: Report, request_id: str, fingerprint: bytes) -> Receipt:
        if self.fails:
            raise ConnectionError
        receipt = Receipt(report.report_id, report.incident_id, report.reference, report.is_urgent)
        kept = self.receipts.setdefault(request_id, (fingerprint, receipt))
        if kept[0] != fingerprint:
            raise Conflict("other request")
        if kept[1] is receipt:
            self.reports.append(report)
        return kept[1]

    async def open_words(self, item_ids: Sequence[UUID]) -> list[ItemWords]:
        items = [item for report in self.reports for item in report.items if item.item_id in item_ids]
        return [ItemWords(item.item_id, item.text, item.sender) for item in items]

    async def add_readings(self, readings: Sequence[Reading]) -> None:
        self.readings.extend(readings)


class FakeDanger:
    def danger_codes(self, text: str) -> Sequence[str]:
        return ["TL-001"] if "danger" in text else []


class FakeLine:
    def __init__(self) -> None:
        self.raised: list[UrgentSignalRaised] = []

    async def raise_signal(self, signal: UrgentSignalRaised) -> bool:
        self.raised.append(signal)
        return True


class FakeTurns:
    """Lets everybody go at once."""

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        yield


class House:
    def __init__(self) -> None:
        self.unit, self.line = FakeUnit(), FakeLine()

        @asynccontextmanager
        async def work() -> AsyncIterator[FakeUnit]:
            yield self.unit

        self.handlers = Handlers(self.unit, work, FakeDanger(), self.line, FakeTurns(), StoppedClock(), CountingIds())


def order(text: str = "The bins were missed again.", request_id: str = "r1", fingerprint: bytes = b"1", earlier: str = "") -> SubmitReport:
    return SubmitReport(request_id, fingerprint, TargetRole.COUNCILLOR, [ItemDraft(Channel.EMAIL, text)], earlier_reference=earlier)


async def test_a_report_is_kept_and_answered_with_its_reference() -> None:
    house = House()
    receipt = await house.handlers.submit_report(order())
    (report,) = house.unit.reports
    assert receipt == Receipt(report.report_id, report.incident_id, report.reference, is_urgent=False)
    assert house.line.raised == []


async def test_the_same_request_again_gives_the_same_answer_and_pages_once() -> None:
    house = House()
    first = await house.handlers.submit_report(order("danger"))
    assert await house.handlers.submit_report(order("danger")) == first
    assert len(house.unit.reports) == len(house.line.raised) == 1


async def test_the_same_request_id_with_another_report_is_refused() -> None:
    house = House()
    await house.handlers.submit_report(order())
    with pytest.raises(Conflict):
        await house.handlers.submit_report(order("another", fingerprint=b"2"))


async def test_nobody_is_paged_for_a_report_that_could_not_be_kept() -> None:
    house = House()
    house.unit.fails = True
    with pytest.raises(ConnectionError):
        await house.handlers.submit_report(order("danger"))
    assert house.line.raised == []


async def test_a_known_earlier_reference_links_and_an_unknown_one_is_no_fault() -> None:
    house = House()
    first = await house.handlers.submit_report(order())
    await house.handlers.submit_report(order(request_id="r2", earlier=first.reference))
    await house.handlers.submit_report(order(request_id="r3", earlier="ZZZZ-ZZZZ"))
    assert [report.earlier_incident_id for report in house.unit.reports] == [None, first.incident_id, None]


async def test_every_reading_is_remembered_with_who_and_why() -> None:
    house = House()
    await house.handlers.submit_report(order())
    item_id = house.unit.reports[0].items[0].item_id
    words = await house.handlers.read_words(ReadWords([item_id, uuid4()], "worker-1", Purpose.CASE_WORK))
    assert [one.item_id for one in words] == [item_id]
    assert [(reading.item_id, reading.read_by, reading.purpose) for reading in house.unit.readings] == [
        (item_id, "worker-1", Purpose.CASE_WORK)
    ]


async def test_too_many_at_once_are_refused() -> None:
    with pytest.raises(Invalid):
        await House().handlers.read_words(ReadWords([uuid4() for _ in range(201)], "worker-1", Purpose.CASE_WORK))
