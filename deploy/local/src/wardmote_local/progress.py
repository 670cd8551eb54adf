"""What a start shows: one line for each step with its seconds; plain when nobody watches a terminal."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

NOTE_EVERY_S = 2.0
"""In a plain log a long step tells how far it is at most this often."""


class Progress:
    """Writes steps to a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running: list[str] = []
        self._status: Status | None = None
        self._noted = 0.0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Times the block; its line appears when it ended well. Several may run at once."""
        began = time.perf_counter()
        self._show(what, running=True)
        try:
            yield
        except BaseException:
            self._show(what, running=False)
            raise
        self._show(what, running=False)
        self._console.print(f"{time.perf_counter() - began:6.1f} s  {what}", markup=False, highlight=False, soft_wrap=True)

    def note(self, line: str) -> None:
        """How far a long step is. Shown beside the spinner; in a plain log now and then."""
        if self._status is not None:
            self._status.update(line)
        elif time.monotonic() - self._noted >= NOTE_EVERY_S:
            self._noted = time.monotonic()
            self._console.print(f"          {line}", markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Takes the spinner away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _show(self, what: str, *, running: bool) -> None:
        if running:
            self._running.append(what)
        else:
            self._running.remove(what)
        if not self._console.is_terminal:
            return
        if not self._running:
            self.close()
            return
        text = ", ".join(self._running)
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._status.update(text)


def write_lines(console: Console, lines: Iterable[str]) -> None:
    """Writes lines as they are: no colours guessed, none broken."""
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
