"""A service's JSON log line as a short line for people."""

import json
from collections.abc import Iterator
from pathlib import Path

WIDTH = 15
_LEFT_OUT = {"event", "level", "timestamp", "service", "logger", "settings", "trace_id"}


def short(name: str, line: str) -> str:
    """For example ``intake          | info    Ready.``; a line that is not JSON stays as it is."""
    return f"{name:<{WIDTH}} | {_text(line)}"


def _text(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.rstrip()
    if not isinstance(entry, dict) or "event" not in entry:
        return line.rstrip()
    rest = " ".join(f"{key}={value}" for key, value in entry.items() if key not in _LEFT_OUT)
    return f"{entry.get('level', ''):<7} {entry['event']} {rest}".rstrip()


class Follower:
    """Reads what is added to some logs. A log that begins anew, because its process did, is read from its beginning."""

    def __init__(self, logs: dict[str, Path], *, from_end: bool) -> None:
        self._logs = logs
        self._places = {name: self._size(path) if from_end else 0 for name, path in logs.items()}
        self._rests = dict.fromkeys(logs, b"")

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Name and line, for each whole line that came since the last time."""
        for name, path in self._logs.items():
            if self._size(path) < self._places[name]:
                self._places[name], self._rests[name] = 0, b""
            for line in self._read(name, path):
                yield name, line

    def _read(self, name: str, path: Path) -> list[str]:
        try:
            with path.open("rb") as file:
                file.seek(self._places[name])
                added = file.read()
        except OSError:
            return []
        self._places[name] += len(added)
        *lines, self._rests[name] = (self._rests[name] + added).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    @staticmethod
    def _size(path: Path) -> int:
        try:
            return path.stat().st_size
        except OSError:
            return 0
