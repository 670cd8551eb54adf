"""Waiting for what happens elsewhere: asks again until it is so, and fails with what it saw last."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.25


async def eventually(condition: Callable[[], Awaitable[T]], deadline_s: float = 20, describe: str = "") -> T:
    """The first truthy result of ``condition``. An AssertionError in it counts as "not yet"; any other error ends the wait."""
    end, pause = time.monotonic() + deadline_s, PAUSE_S
    while True:
        try:
            last: T | AssertionError = await asyncio.wait_for(condition(), max(end - time.monotonic(), PAUSE_S))
        except AssertionError as not_yet:
            last = not_yet
        except TimeoutError:
            raise AssertionError(not_so(describe, deadline_s, "no answer from the condition itself")) from None
        if last and not isinstance(last, AssertionError):
            return last
        if time.monotonic() >= end:
            raise AssertionError(not_so(describe, deadline_s, last))
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_S)


def eventually_sync(condition: Callable[[], T], deadline_s: float = 20, describe: str = "") -> T:
    """The same for code without a loop."""
    end, pause = time.monotonic() + deadline_s, PAUSE_S
    while True:
        try:
            last: T | AssertionError = condition()
        except AssertionError as not_yet:
            last = not_yet
        if last and not isinstance(last, AssertionError):
            return last
        if time.monotonic() >= end:
            raise AssertionError(not_so(describe, deadline_s, last))
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_S)


def not_so(describe: str, deadline_s: float, last: object) -> str:
    """What did not come to be, how long we waited, and what was there instead."""
    return f"Not so after {deadline_s:g} s: {describe or 'the condition of the test'}. Last seen: {last!r}"
