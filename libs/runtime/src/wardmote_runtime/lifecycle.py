"""Starts the parts of a process in order, waits for a signal, and stops them in the other order within ten seconds."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog
import uvloop

EXIT_CRASHED = 70
"""Exit status of a process that met a fault it does not know (EX_SOFTWARE)."""

DRAIN_SECONDS = 9.0
"""All parts together must have stopped by then."""


COLLECT_AFTER = 20_000
"""So many new objects that may lie in a ring, before the collector looks for rings among them. Python's own 700 is met several times a
report; what a report makes is freed without the collector."""


class Part(Protocol):
    """Something that runs while the process does."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Takes nothing new and finishes what is in flight."""
        ...


def stop_process() -> None:
    """Ends the process at once, without acknowledging or committing anything. Whoever started it starts it again."""
    with contextlib.suppress(OSError, ValueError):  # The disk under the log is full, or nobody reads it: no reason to live on.
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(EXIT_CRASHED)


async def run_until_stopped(parts: Sequence[Part], drain_seconds: float = DRAIN_SECONDS) -> None:
    """Starts ``parts`` in order, waits for SIGTERM or SIGINT, stops them in the other order.

    A part that fails to start ends the process after the parts before it were stopped. One that fails to stop, or takes too long,
    keeps no other from it; then the process is ended by force, because threads of that part could hold it.
    """
    log = structlog.get_logger("lifecycle")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    started: list[Part] = []
    try:
        for part in parts:
            await part.start()
            started.append(part)
        _keep_for_good()
        log.info("Ready.")
        await stopping.wait()
        log.info("Stopping: finishing what is in flight.")
    finally:
        is_clean = await _stop_all(started, drain_seconds)
    log.info("Stopped.")
    if not is_clean:
        stop_process()


def _keep_for_good() -> None:
    """What was made until now lives as long as the process: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)


async def _stop_all(started: Sequence[Part], drain_seconds: float) -> bool:
    try:
        async with asyncio.timeout(drain_seconds):
            return all([await _stop(part) for part in reversed(started)])
    except TimeoutError:
        structlog.get_logger("lifecycle").warning("Not everything had stopped in time.")
        return False


async def _stop(part: Part) -> bool:
    try:
        await part.stop()
    except Exception as fault:  # The edge of the process: one part that fails must not keep the others from stopping.
        structlog.get_logger("lifecycle").error("A part did not stop well.", kind=type(part).__name__, error=type(fault).__name__)
        return False
    return True


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Runs ``main`` on uvloop."""

    async def entry() -> None:
        await main()

    uvloop.run(entry())
