"""A hint from one loop of a process to another that there is something to do."""

from collections.abc import Callable


class Wake:
    """Tells a loop of the same process that there may be something to do, so that it need not wait out its pause.

    A hint only: across processes the pause finds the work. PostgreSQL's NOTIFY is not used, because it takes one lock
    for the whole server at commit and so ends group commit.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def soon(self) -> None:
        """Wakes the listeners; to be called after the commit (:meth:`Connection.after_commit`), or they look too early."""
        for listener in self._listeners:
            listener()
