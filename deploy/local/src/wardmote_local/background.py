"""The stack in the background: ``up`` starts it in a session of its own, ``down`` ends it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from wardmote_local.child import end_left_overs, marker
from wardmote_local.folders import Folders, begin_anew
from wardmote_local.lock import StackLock, holder
from wardmote_local.log_lines import Follower
from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.places import repository
from wardmote_local.servers.process import make_folder
from wardmote_local.settings import LocalSettings
from wardmote_local.state import READY, read_state

LOG = "stack"
LOOK_EVERY_S = 0.1
STOP_DEADLINE_S = 45.0
"""Longer than the stack's own deadlines together, so that it is never killed while it still stops its servers."""


def start(settings: LocalSettings, show: Callable[[str], None]) -> None:
    """Returns when the stack is ready. What it writes meanwhile is shown.

    Raises:
        LocalError: it ended before it was ready. Why was shown already: it is what it wrote last.
    """
    folders = Folders(settings.var)
    running = holder(folders.lock_file)
    if running:
        show(f"The stack runs already: process {running}.")
        return
    process = _open(settings, folders)
    log = Follower({LOG: folders.log(LOG)}, from_end=False)
    while True:
        ended = process.poll() is not None
        for _, line in log.new_lines():
            show(line)
        if ended:
            raise LocalError("The stack did not start.", f"Its log: {folders.log(LOG)}")
        state = read_state(folders.state_file)
        if state is not None and state.phase == READY and holder(folders.lock_file) == process.pid:
            return
        time.sleep(LOOK_EVERY_S)


def _open(settings: LocalSettings, folders: Folders) -> "subprocess.Popen[bytes]":
    make_folder(folders.logs)
    folders.state_file.unlink(missing_ok=True)
    log = folders.log(LOG)
    begin_anew(log)
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-X", marker(settings.var), "-m", "wardmote_local"],
            cwd=repository(),
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop(settings: LocalSettings) -> bool:
    """Ends the stack of this folder and waits until it is gone; False when none ran.

    Raises:
        LocalError: it is still there at the deadline.
    """
    folders = Folders(settings.var)
    pid = holder(folders.lock_file)
    if pid is None:
        _end_what_a_killed_run_left(folders)
        return False
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_DEADLINE_S
    while holder(folders.lock_file) == pid:
        if time.monotonic() > end:
            raise LocalError(f"The stack, process {pid}, still stops after {STOP_DEADLINE_S:.0f} s.", f"Look into {folders.log(LOG)}.")
        time.sleep(LOOK_EVERY_S)
    return True


def _end_what_a_killed_run_left(folders: Folders) -> None:
    """A run that was killed could not stop its processes. With the lock in hand we know that nobody else needs them."""
    from wardmote_local.servers.kafka import KafkaServer  # noqa: PLC0415 - `down` seldom needs them, and they take long to load
    from wardmote_local.servers.postgres import PostgresServer  # noqa: PLC0415

    if folders.lock_file.exists():
        with StackLock(folders.lock_file):
            asyncio.run(end_left_overs(folders, [PostgresServer(folders.postgres), KafkaServer(folders.kafka, 0, 0)]))
