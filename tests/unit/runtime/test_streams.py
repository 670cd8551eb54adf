"""A stream answered one by one, several in work, never more than the limit."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest

from wardmote_runtime.streams import answer_each


class Desk:
    """Answers when the test lets it."""

    def __init__(self) -> None:
        self.in_work: dict[int, asyncio.Event] = {}
        self.most = 0
        self.cancelled: list[int] = []

    async def answer(self, number: int) -> int:
        self.in_work[number] = asyncio.Event()
        self.most = max(self.most, len(self.in_work))
        try:
            await self.in_work[number].wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        del self.in_work[number]
        if number < 0:
            raise ValueError(number)
        return number * 10


async def given(numbers: Iterable[int]) -> AsyncIterator[int]:
    for number in numbers:
        yield number


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_answers_come_as_they_are_ready() -> None:
    desk, got = Desk(), []

    async def take() -> None:
        got.extend([answer async for answer in answer_each(given([1, 2, 3]), desk.answer, 3)])

    taking = asyncio.create_task(take())
    await turns()
    for number in (3, 1, 2):
        desk.in_work[number].set()
        await turns()
    await taking
    assert got == [30, 10, 20]


async def test_no_more_are_in_work_than_the_limit() -> None:
    desk, got = Desk(), []

    async def take() -> None:
        got.extend([answer async for answer in answer_each(given(range(10)), desk.answer, 4)])

    taking = asyncio.create_task(take())
    while not taking.done():
        await turns()
        assert len(desk.in_work) <= 4
        if desk.in_work:
            next(iter(desk.in_work.values())).set()
    assert desk.most == 4
    assert sorted(got) == [number * 10 for number in range(10)]


async def test_who_takes_no_answers_is_read_no_further_from() -> None:
    read = []

    async def endless() -> AsyncIterator[int]:
        for number in range(1000):
            read.append(number)
            yield number

    async def at_once(number: int) -> int:
        return number

    answers = answer_each(endless(), at_once, 4)
    assert await anext(answers) == 0
    await turns(100)
    assert len(read) <= 5
    await answers.aclose()


async def test_nothing_given_is_nothing_answered() -> None:
    assert [answer async for answer in answer_each(given([]), Desk().answer, 4)] == []


async def test_a_fault_ends_the_stream_and_what_is_in_work() -> None:
    desk = Desk()
    answers = answer_each(given([-1, 2, 3]), desk.answer, 3)
    taking = asyncio.ensure_future(anext(answers))
    await turns()
    desk.in_work[-1].set()
    with pytest.raises(ValueError, match="-1"):
        await taking
    assert sorted(desk.cancelled) == [2, 3]


async def test_a_fault_of_reading_is_told() -> None:
    async def broken() -> AsyncIterator[int]:
        yield 1
        raise OSError("gone")

    async def at_once(number: int) -> int:
        return number

    answers = answer_each(broken(), at_once, 4)
    with pytest.raises(OSError, match="gone"):
        assert [answer async for answer in answers] == [1]


async def test_closing_ends_what_is_in_work() -> None:
    desk = Desk()
    answers = answer_each(given([1, 2]), desk.answer, 2)
    taking = asyncio.ensure_future(anext(answers))
    await turns()
    desk.in_work[1].set()
    assert await taking == 10
    await answers.aclose()
    assert desk.cancelled == [2]
