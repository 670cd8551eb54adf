"""What is looked at before anything starts: room on the disk, and the ports."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from wardmote_local.addresses import Addresses
from wardmote_local.servers.errors import LocalError, PortTaken
from wardmote_local.servers.ports import require_free
from wardmote_local.servers.process import first_number

NEEDED_BYTES = 500_000_000
"""Free room a first start needs: jars 43 MB, PostgreSQL's folder 40 MB, and logs, topics and traces of a day of trying things out."""


def require_room(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Refuses a disk that will be full soon."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise LocalError(
            f"The disk of {folder} has {free // 1_000_000} MB free; the stack needs {needed // 1_000_000} MB.",
            "Make room on that disk, or set WARDMOTE_VAR to a folder on another one, then run again.",
        )


def require_same_first_port(kept: Path, first_port: int) -> None:
    """Refuses to move a stack whose councils were loaded: the addresses of their sign-in are part of what tenancy keeps."""
    before = first_number(kept)
    if before not in (None, first_port):
        raise LocalError(
            f"The councils in {kept.parent} sign in on the ports of WARDMOTE_PORT_BASE={before}, and this run has {first_port}.",
            f"Set WARDMOTE_PORT_BASE={before}; or WARDMOTE_VAR to a folder for a second stack; or delete {kept.parent} to begin anew.",
        )


def require_ports(addresses: Addresses, wanted: Iterable[str]) -> None:
    """Refuses ports that are held, all of them in one error, with who holds each as far as this account may know."""
    lines = [line for what in wanted if (line := _held(addresses.port(what), what))]
    if lines:
        raise PortTaken(
            "\n".join(lines),
            "Stop what holds them (another Wardmote stack: `wardmote local down` in its folder), "
            "or set WARDMOTE_PORT_BASE to move every port of this stack, for example WARDMOTE_PORT_BASE=7800.",
        )


def _held(port: int, what: str) -> str:
    try:
        require_free(port, what)
    except PortTaken:
        holder = holder_of(port)
        return f"Port {port}, which {what} needs, is in use{f' by {holder}' if holder else ''}."
    return ""


def holder_of(port: int) -> str:
    """The process that listens on a port; empty when this account may not know."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return ""
