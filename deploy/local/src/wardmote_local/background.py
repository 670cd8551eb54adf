"""The stack in the background: ``up`` starts it in a session of its own, ``down`` ends it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from wardmote_local.child import marker
from wardmote_local.folders import Folders
from wardmote_local.lock import holder
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
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
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
        return False
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_DEADLINE_S
    while holder(folders.lock_file) == pid:
        if time.monotonic() > end:
            raise LocalError(f"The stack, process {pid}, still stops after {STOP_DEADLINE_S:.0f} s.", f"Look into {folders.log(LOG)}.")
        time.sleep(LOOK_EVERY_S)
    return True
