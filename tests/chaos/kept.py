"""One role of a service in a process of its own, started again whenever it ends, as Kubernetes would."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from wardmote_local.child import inherited
from wardmote_local.servers.places import repository

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 8.0
"""Between an end and the next start. It doubles while the process does not hold, as Kubernetes' does (there up to 5 minutes)."""

HOLDS_AFTER_S = 20.0
"""A process that lived so long is taken for whole: the next pause is the shortest again."""

PATIENCE_S = 30.0
"""As Kubernetes waits after SIGTERM before it kills."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one process of the role ended."""

    status: int
    """Below 0: by that signal."""
    seconds: float
    """From the signal that was to end it; 0 when nobody asked."""


@dataclass(slots=True)
class Kept:
    """A role that is kept running."""

    name: str
    module: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    ends: list[Ended] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _keeper: asyncio.Task[None] | None = None
    _asked_at: float = 0.0
    _extra: Mapping[str, str] = field(default_factory=dict)
    _other_module: str = ""

    @property
    def log_file(self) -> Path:
        return self.folder / "log"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._keeper = asyncio.create_task(self._keep(), name=self.name)

    async def stop(self) -> None:
        """Ends it for good; killed when it does not go by itself."""
        if self._keeper is None:
            return
        keeper, self._keeper = self._keeper, None
        keeper.cancel()
        await asyncio.wait([keeper])
        await self._end_process()

    async def replace(self, extra: Mapping[str, str] | None = None, module: str = "") -> None:
        """Another deploy of the same role: further environment, or another program. Neither: the first deploy again."""
        await self.stop()
        self._extra, self._other_module = extra or {}, module
        await self.start()

    def send(self, number: signal.Signals) -> bool:
        """Sends a signal; False when nothing runs at this moment."""
        pid = self.pid
        if pid is None:
            return False
        asked = monotonic()
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # It has just ended, and the loop has not been told yet.
            return False
        self._asked_at = asked
        return True

    async def terminated(self) -> Ended | None:
        """SIGTERM, and how it ended; None when nothing ran. It is started again like after any other end."""
        process = self._process
        if process is None or not self.send(signal.SIGTERM):
            return None
        began = monotonic()
        try:
            status = await asyncio.wait_for(process.wait(), PATIENCE_S)
        except TimeoutError:
            process.kill()
            status = await process.wait()
        return Ended(status, monotonic() - began)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            began = monotonic()
            self._process = await self._open()
            status = await self._process.wait()
            asked, self._asked_at = self._asked_at, 0.0
            self.ends.append(Ended(status, monotonic() - asked if asked else 0.0))
            held = monotonic() - began > HOLDS_AFTER_S
            pause = FIRST_PAUSE_S if held else min(pause * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    async def _open(self) -> asyncio.subprocess.Process:
        environment = {**inherited(), **self.environment, **self._extra, "TMPDIR": str(self.folder), "PYTHONPATH": str(repository())}
        with self.log_file.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._other_module or self.module, *self.arguments, stdin=asyncio.subprocess.DEVNULL, stdout=log,
                stderr=log, env=environment, cwd=self.folder, start_new_session=True,
            )  # fmt: skip

    async def _end_process(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE_S)
        except TimeoutError:
            process.kill()
            await process.wait()
