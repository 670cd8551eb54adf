"""Waits for a broker until it does what a service will ask of it first: describe itself, and hold a group."""

import socket
import time
from collections.abc import Callable

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

GROUPS = ["a", "b", "c", "d"]
"""Group ids whose hashes fall on all four partitions of ``__consumer_offsets``."""
PAUSE_S = 0.05


def wait_until_ready(bootstrap: str, deadline_s: float, still_alive: Callable[[], bool] = lambda: True) -> bool:
    """True once the broker answers and its group coordinators are loaded; False at the deadline or when it died."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end and still_alive():
        if listens(bootstrap) and answers(bootstrap):
            return True
        time.sleep(PAUSE_S)
    return False


def listens(bootstrap: str) -> bool:
    """Whether anything takes connections there. Cheap, and quieter than a Kafka client that is refused."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        return True
    except (OSError, ValueError):
        return False


def answers(bootstrap: str) -> bool:
    """One try. Asking for a group's offsets makes the broker create ``__consumer_offsets``."""
    try:
        with KafkaAdminClient(bootstrap_servers=bootstrap, client_id="wardmote-ready", request_timeout_ms=5000) as admin:
            admin.describe_cluster()
            admin.list_group_offsets(GROUPS)
            return True
    except (KafkaError, OSError):
        return False
