"""A stream of requests answered one by one: several in work at once, never more than a limit."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from typing import Any, Generic, TypeVar

Request = TypeVar("Request")
Response = TypeVar("Response")


async def answer_each(
    requests: AsyncIterator[Request], answer: Callable[[Request], Coroutine[Any, Any, Response]], at_once: int
) -> AsyncGenerator[Response, None]:
    """The answers, in the order in which they are ready.

    A request counts as in work until its answer was taken: a caller who reads no answers is read no further requests from.

    Args:
        at_once: at most so many requests are in work.

    Raises:
        Whatever ``answer`` raised first, or reading the requests did. What is in work then is cancelled.
    """
    desk: _Desk[Response] = _Desk(at_once)
    reading = asyncio.create_task(_read(requests, answer, desk))
    reading.add_done_callback(lambda _: desk.ready.put_nowait(None))
    is_read = False
    try:
        while not is_read or desk.running or not desk.ready.empty():
            task = await desk.ready.get()
            if task is None:
                reading.result()
                is_read = True
            else:
                yield task.result()
                desk.room.release()
    finally:
        left = [reading, *desk.running]
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class _Desk(Generic[Response]):
    """What is in work, and what is ready to be taken; None when all was read."""

    def __init__(self, at_once: int) -> None:
        self.room = asyncio.Semaphore(at_once)
        self.running: set[asyncio.Task[Response]] = set()
        self.ready: asyncio.Queue[asyncio.Task[Response] | None] = asyncio.Queue()

    def begin(self, work: Coroutine[Any, Any, Response]) -> None:
        task = asyncio.create_task(work)
        self.running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[Response]") -> None:
        self.running.discard(task)
        self.ready.put_nowait(task)


async def _read(
    requests: AsyncIterator[Request], answer: Callable[[Request], Coroutine[Any, Any, Response]], desk: _Desk[Response]
) -> None:
    await desk.room.acquire()
    async for request in requests:
        desk.begin(answer(request))
        await desk.room.acquire()
