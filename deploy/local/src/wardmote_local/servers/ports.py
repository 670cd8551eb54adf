"""Whether a port of this machine is free, said before a server fails on it."""

import socket

from wardmote_local.servers.errors import PortTaken

HOST = "127.0.0.1"


def require_free(port: int, wanted_by: str) -> None:
    """Refuses a port that is held."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise taken(port, wanted_by) from error


def taken(port: int, wanted_by: str) -> PortTaken:
    """The error for a port that is held: by whom it may be, and how to choose others."""
    return PortTaken(
        f"Port {port}, which {wanted_by} needs, is in use: another Wardmote stack or another {wanted_by} may hold it.",
        "Stop that one (`ss -ltnp` or `lsof -i` shows who listens), or set WARDMOTE_PORT_BASE to move every port of this stack.",
    )
