"""A process that a test starts, asks to end, kills, and whose log it reads.

Importing a consumer and what it needs takes more than a second of processor time. So one process imports it all once, and every
process that a test starts is a fork of that one (Python's forkserver): it is there in some milliseconds.
"""

import asyncio
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wardmote_testkit.wait import eventually

PATIENCE_S = 45.0
"""How long a test waits for what must happen. Long, because the machine may be busy with other things; nothing waits it out."""

_FAUST = ["faust.app", "faust.worker", "faust.agents", "faust.stores.memory", "faust.transport.drivers.aiokafka"]
_IMPORTED_ONCE = ["wardmote_testkit.consumer_program", *_FAUST]
"""faust imports most of itself when it is first used, so its parts are named."""


class OwnProcess:
    """Runs one function. Its standard output and errors go to a file."""

    def __init__(self, log: Path, run: Callable[..., None], *arguments: object) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_IMPORTED_ONCE)
        self._log = log
        self._process = context.Process(target=_run, args=(str(log), run, arguments))

    async def start(self) -> None:
        self._log.touch()
        await asyncio.to_thread(self._process.start)

    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text()

    def is_running(self) -> bool:
        return self._process.is_alive()

    async def says(self, words: str) -> None:
        """Returns when its log has these words."""
        await eventually(lambda: self._has_said(words), PATIENCE_S, f"the log to say: {words}")

    async def _has_said(self, words: str) -> bool:
        text, ended = self.log(), not self.is_running()
        if ended and words not in text:
            raise RuntimeError(f"The process ended with {self._process.exitcode} and never said: {words}\n{text}")
        return words in text

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        os.kill(self._pid(), number)

    def may_write_no_more(self) -> None:
        """From now on no file that it writes may grow, as on a full disk."""
        resource.prlimit(self._pid(), resource.RLIMIT_FSIZE, (0, 0))

    def _pid(self) -> int:
        pid = self._process.pid
        assert pid is not None, "start it first"
        return pid

    async def ended(self, deadline_s: float = PATIENCE_S) -> int:
        """Its exit status, or the negative number of the signal that ended it."""
        await eventually(self._has_ended, deadline_s, "the process to end")
        status = self._process.exitcode
        assert status is not None
        return status

    async def _has_ended(self) -> bool:
        return not self.is_running()


@asynccontextmanager
async def own_process(log: Path, run: Callable[..., None], *arguments: object) -> AsyncIterator[OwnProcess]:
    """Runs ``run(*arguments)`` in a process of its own; killed at the end if it still runs."""
    process = OwnProcess(log, run, *arguments)
    await process.start()
    try:
        yield process
    finally:
        if process.is_running():
            process.kill()
            await process.ended()


def _run(log: str, run: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Runs in the new process."""
    threading.Thread(target=_end_with_the_test, daemon=True).start()
    file = os.open(log, os.O_WRONLY | os.O_APPEND)
    for number in (1, 2):
        os.dup2(file, number)
    os.close(file)
    run(*arguments)


def _end_with_the_test() -> None:
    """When the whole test run is killed, nobody is left to end this process."""
    test = multiprocessing.parent_process()
    assert test is not None, "only in a process that was started here"
    test.join()
    os.kill(os.getpid(), signal.SIGKILL)
