"""A stack of its own for one measurement: started through ``wardmote local up`` in a temporary folder, ended whatever happens."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from psycopg.conninfo import make_conninfo

from wardmote_local.addresses import HIGHEST_OFFSET, Addresses
from wardmote_local.folders import Folders
from wardmote_local.keys import Keys
from wardmote_local.services import module_of
from wardmote_local.state import read_state

WARDMOTE = Path(sys.executable).with_name("wardmote")


@dataclass(frozen=True, slots=True)
class OwnStack:
    """A running stack."""

    folders: Folders
    addresses: Addresses
    keys: Keys
    kafka: str
    postgres: str
    """The superuser's address: for looking at what was kept, never for loading it."""
    pids: dict[str, int]
    start_s: float

    def database(self, service: str) -> str:
        """The superuser's address of a service's database."""
        return make_conninfo(self.postgres, dbname=module_of(service))


@contextmanager
def running_stack(given: Path | None = None) -> Iterator[OwnStack]:
    """A stack of its own, or the ``given`` folder's, which then runs already and is left running.

    Raises:
        SystemExit: it does not start; says why.
    """
    if given is not None:
        yield opened(given, 0.0)
        return
    folder = Path(tempfile.mkdtemp(prefix="wardmote-load-"))
    environment = {**os.environ, "WARDMOTE_VAR": str(folder), "WARDMOTE_PORT_BASE": str(free_port_base())}
    began = monotonic()
    started = subprocess.run([WARDMOTE, "local", "up"], env=environment, capture_output=True, text=True, check=False, timeout=300)
    try:
        if started.returncode:
            raise SystemExit(f"The stack did not start:\n{started.stdout}{started.stderr}")
        yield opened(folder, monotonic() - began)
    finally:
        subprocess.run([WARDMOTE, "local", "down"], env=environment, check=False, timeout=90, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def opened(folder: Path, start_s: float) -> OwnStack:
    """What is known of a stack that runs in ``folder``."""
    folders = Folders(folder.resolve())
    state = read_state(folders.state_file)
    if state is None:
        raise SystemExit(f"No stack runs in {folder}.")
    keys = Keys(folders.keys)
    return OwnStack(folders, Addresses(state.port_base), keys, state.kafka, state.postgres, state.pids, start_s)


def free_port_base() -> int:
    """A first port after which everything a stack needs is free now. Drawn, so that two runs at once seldom draw the same."""
    firsts = list(range(21_000, 32_000, 100))
    random.shuffle(firsts)
    for first in firsts:
        if all(_is_free(first + offset) for offset in range(HIGHEST_OFFSET + 1)):
            return first
    raise SystemExit("No room for the ports of a stack on this machine.")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
