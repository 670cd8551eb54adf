"""What the stack runs, seen from the supervisor: a name, a log, a start and an end."""

import asyncio
import hashlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wardmote_local.addresses import PROGRAMS
from wardmote_local.folders import Folders
from wardmote_local.servers.process import ServerProcess, make_folder

SERVICE_PATIENCE_S = 9.5
"""A service drains within 9 s (wardmote_runtime.lifecycle)."""


class Watched(Protocol):
    """A process that the supervisor starts, watches and ends. :class:`KafkaServer` and :class:`PostgresServer` fit too."""

    @property
    def pid(self) -> int | None: ...

    @property
    def exit_status(self) -> int | None: ...

    @property
    def log_file(self) -> Path: ...

    def start(self) -> None: ...

    def stop(self) -> bool: ...

    def end_left_over(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Program:
    """A Python module of ours, with its arguments and its environment."""

    name: str
    module: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


class PythonChild:
    """Runs a program in a process of its own. Ctrl-C reaches it only through the supervisor."""

    def __init__(self, folders: Folders, program: Program) -> None:
        self._program = program
        self._cwd = folders.work(program.name)
        self._marker = marker(folders.var)
        self._process = ServerProcess(program.name, self._cwd, self._marker, log_file=folders.log(program.name))

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        return self._process.exit_status

    @property
    def log_file(self) -> Path:
        return self._process.log_file

    def start(self) -> None:
        """Starts it; whether it is ready is asked elsewhere. What it makes for the while lies in the stack's folder too."""
        self._process.require_alone()
        make_folder(self.log_file.parent)
        temporary = self._cwd / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        make_folder(temporary)
        command = [sys.executable, "-X", self._marker, "-m", self._program.module, *self._program.arguments]
        self._process.start(command, {**inherited(), **self._program.environment, "TMPDIR": str(temporary)}, self._cwd)

    def stop(self) -> bool:
        """Asks it to finish and waits; True when it went by itself."""
        return self._process.stop(signal.SIGTERM, SERVICE_PATIENCE_S)

    def end_left_over(self) -> None:
        """Ends what a killed run left."""
        self._process.end_left_over(signal.SIGTERM, SERVICE_PATIENCE_S)


async def end_left_overs(folders: Folders, servers: Sequence[Watched]) -> None:
    """Ends what a killed run left behind: our programs first, then the servers they use."""
    ours = [PythonChild(folders, Program(name, "", (), {})) for name in PROGRAMS]
    for layer in (ours, servers):
        await asyncio.gather(*(asyncio.to_thread(child.end_left_over) for child in layer))


def marker(var: Path) -> str:
    """Stands in the command line of every Python process of a stack, so that an earlier run's processes are known again.

    Python takes any word after ``-X`` and leaves it alone.
    """
    return f"wardmote_stack={hashlib.sha256(os.fsencode(var)).hexdigest()[:16]}"


def inherited() -> dict[str, str]:
    """Our own environment without the settings of Wardmote: each program is given exactly its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WARDMOTE_")} | {"PYTHONUNBUFFERED": "1"}


async def start_in_thread(child: Watched) -> None:
    """Starts a child without holding up the others. When we are cancelled meanwhile, the child is ended before we go on."""
    starting = asyncio.get_running_loop().run_in_executor(None, child.start)
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.to_thread(child.stop)
        await asyncio.wait([starting])
        starting.exception()  # Looked at: that it could not start is what we wanted.
        await asyncio.to_thread(child.stop)
        raise
