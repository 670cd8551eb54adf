"""The tools of the tests, tested: a wait that ends, a clock that stands."""

from datetime import UTC, datetime, timedelta

import pytest

from wardmote_kernel.clock import Clock
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.wait import eventually, eventually_sync


async def test_eventually_returns_the_first_truthy_result() -> None:
    answers = iter([0, None, 7])

    async def ask() -> int | None:
        return next(answers)

    assert await eventually(ask) == 7


async def test_eventually_says_what_it_waited_for_and_what_it_saw() -> None:
    async def ask() -> list[str]:
        return []

    with pytest.raises(AssertionError, match=r"a page went out. Last seen: \[\]"):
        await eventually(ask, deadline_s=0.05, describe="a page went out")


def test_an_assertion_in_the_condition_is_not_yet() -> None:
    seen = iter([1, 2, 3])

    def ask() -> bool:
        assert next(seen) == 3
        return True

    assert eventually_sync(ask)


def test_the_twin_fails_too() -> None:
    with pytest.raises(AssertionError, match="Last seen: False"):
        eventually_sync(lambda: False, deadline_s=0.05)


def test_the_clock_moves_only_when_told() -> None:
    stopped = StoppedClock(datetime(2026, 6, 1, tzinfo=UTC))
    clock: Clock = stopped
    assert clock.now() == clock.now()
    stopped.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 6, 1, 1, tzinfo=UTC)


def test_the_clock_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        StoppedClock(datetime(2026, 6, 1))  # noqa: DTZ001
