"""What a running stack leaves for the other commands to read. Holds no secret."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from wardmote_local.folders import write_private

STARTING, READY, STOPPING = "starting", "ready", "stopping"


@dataclass(frozen=True, slots=True)
class StackState:
    """One run of the stack."""

    phase: str
    port_base: int
    kafka: str
    postgres: str
    """The database server's address without its password."""
    pids: dict[str, int]

    def write(self, file: Path) -> None:
        write_private(file, json.dumps(asdict(self), indent=1))


def read_state(file: Path) -> StackState | None:
    """The last run's state; None before the first. A file of another version of ours counts as none."""
    try:
        return StackState(**json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
