"""Something done again and again goes on after a passing fault, and ends the process after one that nobody knows."""

import asyncio
from collections.abc import Callable

from wardmote_kernel.errors import Unavailable
from wardmote_runtime.repeating import Repeating
from wardmote_testkit.wait import eventually


async def times(faults: list[BaseException | None], until: Callable[[list[int], list[str]], bool]) -> tuple[int, int]:
    """How often it was done, and how often it gave up, when it meets these faults in turn."""
    done: list[int] = []
    gave_up: list[str] = []

    async def do() -> None:
        done.append(1)
        fault = faults[len(done) - 1] if len(done) <= len(faults) else None
        if fault is not None:
            raise fault

    part = Repeating("test", 0.001, do, lambda: gave_up.append("x"))
    await part.start()

    async def reached() -> bool:
        return until(done, gave_up)

    await eventually(reached)
    await part.stop()
    return len(done), len(gave_up)


async def test_a_passing_fault_is_waited_out() -> None:
    done, gave_up = await times([Unavailable("Away."), OSError(), None], lambda done, _: len(done) >= 4)
    assert done >= 4
    assert gave_up == 0


async def test_an_unknown_fault_ends_the_process() -> None:
    assert await times([None, KeyError("x")], lambda _, gave_up: bool(gave_up)) == (2, 1)


async def test_stopping_breaks_off_what_is_done() -> None:
    begun = asyncio.Event()

    async def for_ever() -> None:
        begun.set()
        await asyncio.Event().wait()

    part = Repeating("test", 1, for_ever)
    await part.start()
    await begun.wait()
    await asyncio.wait_for(part.stop(), 1)
