"""One server process: its log, its pid file, and an end that always comes."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from wardmote_local.servers.account import Account
from wardmote_local.servers.errors import LocalError

SHOWN_LINES = 15


class ServerProcess:
    """Starts a server in a session of its own, so that Ctrl-C reaches it only through whoever started it."""

    def __init__(self, name: str, folder: Path, marker: str, own_pid_file: Path | None = None, log_file: Path | None = None) -> None:
        """``marker`` stands in the server's command line, so that an earlier run's process is known again.

        ``own_pid_file`` is the file in which the server itself keeps its process id, if it does. ``log_file``: unless told, ``folder``
        has it.
        """
        self._name = name
        self._folder = folder
        self._marker = marker
        self._pid_file = own_pid_file or folder / "server.pid"
        self._writes_pid = own_pid_file is None
        self._running: subprocess.Popen[bytes] | None = None
        self._last: subprocess.Popen[bytes] | None = None
        self.log_file = log_file or folder / "server.log"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._running.pid if self.alive() and self._running else None

    @property
    def exit_status(self) -> int | None:
        """How the process ended; below 0: by that signal. None before that."""
        return self._last.poll() if self._last else None

    def alive(self) -> bool:
        """Whether the server this object started still runs."""
        return self._running is not None and self._running.poll() is None

    def require_alone(self) -> None:
        """Makes the folder ready, and refuses one in which another run's server works."""
        make_folder(self._folder)
        pid = self.left_over()
        if pid:
            raise LocalError(
                f"{self._name} already works in {self._folder}: process {pid}, started by another run.",
                f"Stop that run. If there is none any more, end the process with `kill {pid}`, then run again.",
            )

    def start(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, account: Account | None = None) -> None:
        """Starts it. The log of the run before is kept beside the new one."""
        if self.log_file.exists():
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        try:
            self._running = self._last = self._open(command, environment, cwd, account)
            if self._writes_pid:
                self._pid_file.write_text(str(self._running.pid), encoding="utf-8")
        except OSError as error:
            what = f"{self._name} could not be started: {error}."
            raise LocalError(what, f"Check that {command[0]} may be run by this account and that {cwd} has room.") from error

    def _open(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, account: Account | None) -> subprocess.Popen[bytes]:
        with self.log_file.open("wb") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=dict(environment),
                cwd=cwd, start_new_session=True, user=account.user if account else None,
                group=account.group if account else None, extra_groups=account.groups if account else None,
            )  # fmt: skip

    def stop(self, first: signal.Signals, deadline_s: float) -> bool:
        """Asks with ``first``, and kills at the deadline. True when it went by itself."""
        if self._running is None:
            return True
        process, self._running = self._running, None
        process.send_signal(first)
        try:
            process.wait(deadline_s)
            return True
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
        finally:
            if self._writes_pid:
                self._pid_file.unlink(missing_ok=True)

    def failure(self, what: str, do: str) -> LocalError:
        """The error that shows the end of the log; a full disk is named as such."""
        return explain(self._name, what, do, self.log_file)

    def left_over(self) -> int | None:
        """The process id of a server that another run started here and that still runs."""
        pid = first_number(self._pid_file)
        return pid if pid and not self.alive() and is_ours(pid, self._marker) else None

    def end_left_over(self, first: signal.Signals, deadline_s: float) -> None:
        """Ends such a server. Only for a caller that knows no other run uses this folder."""
        pid = self.left_over()
        for number, patience in ((first, deadline_s), (signal.SIGKILL, 5.0)):
            if pid is not None and is_ours(pid, self._marker):
                os.kill(pid, number)
                wait_gone(pid, self._marker, patience)


def make_folder(folder: Path) -> None:
    """Makes the folder if need be, and makes sure that we may write in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise LocalError(
            f"The folder {folder} cannot be made: {error.strerror}.", "Make room or choose another place, then run again."
        ) from error
    if not writable:
        raise LocalError(f"The folder {folder} belongs to another account.", "Run as that account, or delete the folder and run again.")


def first_number(file: Path) -> int | None:
    """The process id on the first line of a pid file."""
    try:
        return int(file.read_text(encoding="utf-8").partition("\n")[0])
    except (OSError, ValueError):
        return None


def is_ours(pid: int, marker: str) -> bool:
    """Whether that process runs and carries the marker in its command line."""
    try:
        command = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        command = "".join(last_lines(Path(f"/proc/{pid}/cmdline")))
    return marker in command


def wait_gone(pid: int, marker: str, deadline_s: float) -> None:
    """Waits until the process is gone or the deadline passed."""
    end = time.monotonic() + deadline_s
    while is_ours(pid, marker) and time.monotonic() < end:
        time.sleep(0.05)


def last_lines(log_file: Path, count: int = SHOWN_LINES) -> list[str]:
    """The end of a log; empty when there is none."""
    try:
        return log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


def explain(name: str, what: str, do: str, log_file: Path) -> LocalError:
    """The failure of server ``name`` with the last lines it wrote, or the plain truth that the disk is full."""
    lines = last_lines(log_file)
    if any("No space left on device" in line for line in lines):
        what, do = f"{name} stopped: the disk of {log_file.parent} is full.", "Make room on that disk, then run again."
    shown = "\n".join(f"    {line}" for line in lines) or "    (it wrote nothing)"
    return LocalError(f"{what}\nThe last lines of {log_file}:\n{shown}", do)
