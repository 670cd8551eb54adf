"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class StoppedClock:
    """Fits ``wardmote_kernel.clock.Clock``."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        if now.tzinfo is None:
            raise ValueError("The clock needs an aware time: datetime(..., tzinfo=UTC).")
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """The moment at which it stands, aware, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Moves it forward, and says what time it is then."""
        if by < timedelta(0):
            raise ValueError("A clock does not run backwards.")
        self._now += by
        return self._now
