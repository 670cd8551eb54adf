"""Turns at the door: a council over its limit goes one by one and in order; nobody else notices, and danger never waits."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wardmote_intake.adapters.turns import HOLDS, LONGEST_WAIT, MOST_REMEMBERED, RESTS, CouncilTurns
from wardmote_intake.application.commands import ItemDraft, Receipt, SubmitReport
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.domain.events import UrgentSignalRaised
from wardmote_intake.domain.report import Report

from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_runtime.tenancy import current_tenant, tenant_scope
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.ids import CountingIds
from wardmote_testkit.wait import eventually

FLOODED, QUIET = TenantId(uuid4()), TenantId(uuid4())
LIMIT = 5
"""Tokens in a full bucket."""
A_MINUTE = LIMIT * (timedelta(minutes=1) // HOLDS)
"""The limit that makes it so many."""


@dataclass
class Slow:
    """Keeps a report only when it is let; danger, page and unit of work are as small as they can be."""

    begun: list[tuple[TenantId, str]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    scanned: int = 0
    is_open: bool = False

    async def incident_of(self, reference: str) -> UUID | None:
        return None

    async def add(self, report: Report, request_id: str, fingerprint: bytes) -> Receipt:
        self.begun.append((current_tenant(), request_id))
        gate = self.gates.setdefault(request_id, asyncio.Event())
        if not self.is_open:
            await gate.wait()
        self.kept.append(request_id)
        return Receipt(report.report_id, report.incident_id, report.reference, report.is_urgent)

    def danger_codes(self, text: str) -> Sequence[str]:
        self.scanned += 1
        return ["TL-001"] if "danger" in text else []

    async def raise_signal(self, signal: UrgentSignalRaised) -> bool:
        return True

    def in_work(self, tenant: TenantId) -> list[str]:
        return [one for council, one in self.begun if council == tenant and one not in self.kept]

    def let(self, request_id: str) -> None:
        self.gates[request_id].set()


class Door:
    def __init__(self, limit: int = A_MINUTE) -> None:
        self.slow, self.clock = Slow(), StoppedClock()
        self.turns = CouncilTurns(lambda _tenant: limit, self.clock, lambda _seconds, call: asyncio.get_running_loop().call_soon(call))
        self.handlers = Handlers(self.slow, None, self.slow, self.slow, self.turns, self.clock, CountingIds())  # type: ignore[arg-type]

    def send(self, tenant: TenantId, name: str, text: str = "The bins.", **flags: bool) -> "asyncio.Task[Receipt]":
        order = SubmitReport(name, b"1", TargetRole.COUNCILLOR, [ItemDraft(Channel.EMAIL, text)], **flags)  # type: ignore[arg-type]
        with tenant_scope(tenant):
            return asyncio.create_task(self.handlers.submit_report(order))

    async def flood(self, count: int) -> "list[asyncio.Task[Receipt]]":
        """So many of the flooded council, the bucket's worth of them kept: the first of the others is in work, the rest waits."""
        before = self.slow.scanned
        sent = [self.send(FLOODED, f"f{number}") for number in range(LIMIT + count)]
        await self.seen(lambda: self.slow.scanned == before + LIMIT + count and len(self.slow.in_work(FLOODED)) == LIMIT)
        for number in range(LIMIT):
            self.slow.let(f"f{number}")
        await self.seen(lambda: self.slow.in_work(FLOODED) == [f"f{LIMIT}"])
        return sent

    async def drain(self, sent: "Sequence[asyncio.Task[Receipt]]") -> None:
        async def is_done() -> bool:
            self.slow.is_open = True
            for gate in self.slow.gates.values():
                gate.set()
            return all(task.done() for task in sent)

        await eventually(is_done, 5)
        self.slow.is_open = False

    async def seen(self, condition: object) -> None:
        async def asked() -> bool:
            return bool(condition())  # type: ignore[operator]

        await eventually(asked, 5)


async def test_over_the_limit_one_at_a_time_in_order_and_all_are_kept() -> None:
    door = Door()
    sent = await door.flood(5)
    for number in range(LIMIT, LIMIT + 5):
        await door.seen(lambda number=number: door.slow.in_work(FLOODED) == [f"f{number}"])
        door.slow.let(f"f{number}")
    await door.drain(sent)
    assert door.slow.kept[LIMIT:] == [f"f{number}" for number in range(LIMIT, LIMIT + 5)]
    assert len({task.result().report_id for task in sent}) == LIMIT + 5


async def test_under_the_limit_they_go_together() -> None:
    door = Door()
    sent = [door.send(FLOODED, f"f{number}") for number in range(LIMIT)]
    await door.seen(lambda: len(door.slow.in_work(FLOODED)) == LIMIT)
    await door.drain(sent)


async def test_a_minute_later_the_bucket_is_full_again() -> None:
    door = Door()
    await door.drain(await door.flood(2))
    door.clock.advance(timedelta(minutes=1))
    sent = [door.send(FLOODED, f"later{number}") for number in range(LIMIT)]
    await door.seen(lambda: len(door.slow.in_work(FLOODED)) == LIMIT)
    await door.drain(sent)


@pytest.mark.parametrize(("text", "flags"), [("danger", {}), ("bins", {"feels_unsafe": True}), ("bins", {"in_danger_now": True})])
async def test_danger_never_waits_and_takes_no_token(text: str, flags: dict[str, bool]) -> None:
    door = Door()
    first = [door.send(FLOODED, f"urgent{number}", text, **flags) for number in range(LIMIT)]
    await door.seen(lambda: len(door.slow.in_work(FLOODED)) == LIMIT)
    await door.drain(first)
    sent = await door.flood(3)
    sent.append(door.send(FLOODED, "urgent", text, **flags))
    await door.seen(lambda: "urgent" in door.slow.in_work(FLOODED))
    await door.drain(sent)


@pytest.mark.parametrize("gone", [0, 1])
async def test_who_goes_away_gives_the_place_to_the_next(gone: int) -> None:
    """Gone while being kept, and gone while waiting."""
    door = Door()
    sent = await door.flood(3)
    sent[LIMIT + gone].cancel()
    door.slow.gates[f"f{LIMIT}"].set()
    await door.seen(lambda: door.slow.begun[-1][1] == f"f{LIMIT + 2 if gone else LIMIT + 1}")
    await door.drain(sent)
    assert [task.cancelled() for task in sent].count(True) == 1
    assert len(door.slow.kept) == LIMIT + 2


async def test_who_goes_in_the_moment_the_turn_comes_gives_it_on() -> None:
    turns = CouncilTurns(lambda _tenant: 1, StoppedClock())
    order: list[str] = []

    async def go(name: str) -> None:
        async with turns.turn():
            order.append(name)

    with tenant_scope(FLOODED):
        async with turns.turn():
            first, second = asyncio.create_task(go("first")), asyncio.create_task(go("second"))
            await asyncio.sleep(0)
        first.cancel()  # it has the turn, and has not run since
        await asyncio.wait_for(second, 5)
    assert (order, first.cancelled()) == (["second"], True)


async def test_between_two_of_a_flood_the_others_have_the_process_and_nobody_waits_for_long() -> None:
    clock, rests = StoppedClock(), list[tuple[float, Callable[[], None]]]()
    turns = CouncilTurns(lambda _tenant: 1, clock, lambda seconds, call: rests.append((seconds, call)))
    gates = {name: asyncio.Event() for name in "abcd"}
    went: list[str] = []

    async def go(name: str) -> None:
        with tenant_scope(FLOODED):
            async with turns.turn():
                went.append(name)
                await gates[name].wait()

    async def reached(count: int) -> None:
        async def has() -> bool:
            return len(went) == count

        await eventually(has, 5, "the next turn")

    async def rested(count: int) -> None:
        async def has() -> bool:
            return len(rests) == count

        await eventually(has, 5, "the rest")

    tasks = [asyncio.create_task(go(name)) for name in "abcd"]
    await reached(1)
    gates["a"].set()  # It had a token: no rest behind it.
    await reached(2)
    clock.advance(timedelta(milliseconds=10))
    gates["b"].set()
    await rested(1)
    assert (went, rests[0][0]) == (["a", "b"], RESTS * 0.01)
    rests[0][1]()
    await reached(3)
    clock.advance(LONGEST_WAIT)
    gates["c"].set()  # The next one has waited long by now.
    await reached(4)
    gates["d"].set()
    await asyncio.wait(tasks, timeout=5)
    assert went == ["a", "b", "c", "d"]


async def test_no_limit_is_no_turn() -> None:
    door = Door(limit=0)
    sent = [door.send(FLOODED, f"f{number}") for number in range(20)]
    await door.seen(lambda: len(door.slow.in_work(FLOODED)) == 20)
    await door.drain(sent)


async def test_councils_with_a_full_bucket_are_forgotten() -> None:
    clock = StoppedClock()
    turns = CouncilTurns(lambda _tenant: A_MINUTE, clock)
    for _ in range(3 * MOST_REMEMBERED):
        with tenant_scope(TenantId(uuid4())):
            async with turns.turn():
                clock.advance(timedelta(minutes=1))
    assert len(turns._doors) <= MOST_REMEMBERED


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 20), st.integers(1, LIMIT), st.booleans())
def test_a_quiet_council_waits_behind_no_more_than_one_of_a_flood(flood: int, quiet: int, passes: bool) -> None:
    async def run() -> None:
        door = Door()
        sent = await door.flood(flood)
        if passes and flood > 1:
            door.clock.advance(HOLDS / LIMIT)
            sent.append(door.send(FLOODED, "with a token"))
        calm = [door.send(QUIET, f"q{number}") for number in range(quiet)]
        await door.seen(lambda: len(door.slow.in_work(QUIET)) == quiet)
        assert len(door.slow.in_work(FLOODED)) == 1
        await door.drain([*sent, *calm])

    asyncio.run(run())
