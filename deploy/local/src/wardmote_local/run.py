"""Runs a stack until it is told to stop or something of it ends."""

import asyncio
import signal

from rich.console import Console

from wardmote_local.addresses import PROGRAMS, Addresses
from wardmote_local.folders import Folders
from wardmote_local.lock import StackLock
from wardmote_local.log_lines import Follower, short
from wardmote_local.progress import Progress, write_lines
from wardmote_local.servers.errors import LocalError
from wardmote_local.settings import LocalSettings
from wardmote_local.stack import Stack
from wardmote_local.status import lines_of

SHOW_EVERY_S = 0.1


def run_stack(settings: LocalSettings, console: Console, *, show_logs: bool, stop_hint: str) -> None:
    """Returns when it was told to stop (Ctrl-C, SIGTERM) and everything is stopped.

    Args:
        show_logs: print the services' log lines while it runs.
        stop_hint: the last line of what is printed when it is ready.

    Raises:
        LocalError: it could not start, or something of it ended by itself; everything is stopped all the same.
    """
    problem: LocalError | None = None
    with StackLock(Folders(settings.var).lock_file):
        try:
            asyncio.run(_run(settings, console, show_logs, stop_hint))
        except* LocalError as group:
            problem = first_of(group)
    if problem is not None:
        raise problem


def first_of(group: BaseExceptionGroup[LocalError]) -> LocalError:
    """The first problem of tasks that ran side by side; the others are mostly its consequences."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first


async def _run(settings: LocalSettings, console: Console, show_logs: bool, stop_hint: str) -> None:
    stack = Stack(settings, Progress(console))
    running = asyncio.create_task(_run_until_cancelled(stack, settings, console, show_logs, stop_hint))

    def stop() -> None:
        """The first signal stops the stack in order; while it is stopping, another changes nothing."""
        if not stack.is_stopping:
            running.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


async def _run_until_cancelled(stack: Stack, settings: LocalSettings, console: Console, show_logs: bool, stop_hint: str) -> None:
    folders = Folders(settings.var)
    async with stack.running():
        write_lines(console, ["", *lines_of(Addresses(settings.port_base)), stop_hint])
        async with asyncio.TaskGroup() as group:
            group.create_task(stack.watch())
            if show_logs:
                group.create_task(_show(Follower({name: folders.log(name) for name in PROGRAMS}, from_end=False), console))


async def _show(follower: Follower, console: Console) -> None:
    while True:
        write_lines(console, [short(name, line) for name, line in follower.new_lines()])
        await asyncio.sleep(SHOW_EVERY_S)
