"""Runs a stack until it is told to stop or something of it ends."""

import asyncio
import signal
from collections.abc import Callable

from rich.console import Console

from wardmote_local.addresses import SERVICES, Addresses
from wardmote_local.folders import Folders
from wardmote_local.lock import StackLock
from wardmote_local.log_lines import Follower, short
from wardmote_local.progress import Progress
from wardmote_local.settings import LocalSettings
from wardmote_local.stack import Stack
from wardmote_local.status import lines_of

SHOW_EVERY_S = 0.1
PROGRAMS = (*SERVICES, "sign-in", "inbox")


def run_stack(settings: LocalSettings, console: Console, *, show_logs: bool, stop_hint: str) -> None:
    """Returns when it was told to stop (Ctrl-C, SIGTERM) and everything is stopped.

    Args:
        show_logs: print the services' log lines while it runs.
        stop_hint: the last line of what is printed when it is ready.

    Raises:
        LocalError: it could not start, or something of it ended by itself; everything is stopped all the same.
    """
    with StackLock(Folders(settings.var).lock_file):
        asyncio.run(_run(settings, console, show_logs, stop_hint))


async def _run(settings: LocalSettings, console: Console, show_logs: bool, stop_hint: str) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(_run_until_cancelled(settings, console, show_logs, stop_hint))

    def stop() -> None:
        """The first signal stops the stack in order. A second one changes nothing: it is stopping already."""
        if not stopping.is_set():
            stopping.set()
            running.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await running
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise


async def _run_until_cancelled(settings: LocalSettings, console: Console, show_logs: bool, stop_hint: str) -> None:
    progress = Progress(console)
    stack = Stack(settings, progress)
    folders = Folders(settings.var)
    follower = Follower({name: folders.log(name) for name in PROGRAMS}, from_end=False)
    async with stack.running():
        console.print("", *lines_of(Addresses(settings.port_base)), stop_hint, sep="\n", markup=False, highlight=False, soft_wrap=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(stack.watch())
            if show_logs:
                group.create_task(_show(follower, lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True)))


async def _show(follower: Follower, write: Callable[[str], None]) -> None:
    while True:
        for name, line in follower.new_lines():
            write(short(name, line))
        await asyncio.sleep(SHOW_EVERY_S)
