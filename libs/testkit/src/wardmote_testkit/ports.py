"""Free ports for servers that a test starts."""

import socket


def free_port() -> int:
    """A port of this machine that nobody holds now. Somebody may take it before you do: on ``PortTaken``, ask again."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
