"""A part of a process that does one thing again and again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from wardmote_runtime.errors import is_passing
from wardmote_runtime.lifecycle import stop_process


class Repeating:
    """Does it at once, and then again each time so many seconds after it ended. A passing fault is logged; it is tried again in turn."""

    def __init__(self, name: str, every_s: float, do: Callable[[], Awaitable[None]], give_up: Callable[[], None] = stop_process) -> None:
        """
        Args:
            name: of what is done, for the log.
            give_up: called on a fault that nobody knows; ends the process. What does not run must not look like what finds nothing.
        """
        self._name = name
        self._every_s = every_s
        self._do = do
        self._give_up = give_up
        self._log = structlog.get_logger("repeating")

    async def start(self) -> None:
        self._running = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Breaks off what is being done."""
        self._running.cancel()
        await asyncio.wait([self._running])

    async def _run(self) -> None:
        while True:
            await self._once()
            await asyncio.sleep(self._every_s)

    async def _once(self) -> None:
        try:
            await self._do()
        except asyncio.CancelledError:
            raise
        except BaseException as fault:
            if is_passing(fault):
                self._log.warning("Something this needs does not answer; it is tried again.", what=self._name, error=type(fault).__name__)
                return
            self._log.critical("This met a fault it does not know and stops the process.", what=self._name, error=type(fault).__name__)
            self._give_up()
            raise
