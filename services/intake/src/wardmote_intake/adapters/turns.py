"""Turns at the door, in the memory of one process: a council over its limit has one ordinary report being kept at a time.

Accepting alone can take every processor (docs/performance.md). So the reports of a council that sends faster than its limit wait for each
other, in the order in which they came, and those of the other councils wait for one of them at most; and between two of them the process
is left to the others nine times as long as the first took, unless the next has waited long already. The bucket is the generic cell rate
algorithm (ITU-T I.371), as in the slower lane of the work queue; it is spent here for the door alone, and a start of the process fills it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from wardmote_kernel.clock import Clock
from wardmote_kernel.identity import TenantId
from wardmote_runtime.tenancy import current_tenant

_MINUTE = timedelta(minutes=1)

HOLDS = timedelta(seconds=5)
"""A bucket holds what the limit allows in so much time, and one token at least: what a council may send at once before it goes one by one.
Far less than in the slower lane, which spends one minute's worth of work: here all of it would be in the process at the same moment."""

RESTS = 9
"""Times as long as one over the limit took, until the next of its council: so a flood has a tenth of a process at most."""

LONGEST_WAIT = timedelta(seconds=5)
"""Who has waited so long goes at once when the one before is kept: slow is not to become never."""

MOST_REMEMBERED = 1000
"""Councils whose bucket is remembered; when there are more, those are forgotten whose bucket is full and of whom nothing is in work."""


Later = Callable[[float, Callable[[], None]], object]


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Door:
    """One council's bucket and queue."""

    full_at: datetime
    """When the bucket will be full again."""
    in_work: int = 0
    is_slowed: bool = False
    """One that had no token is in work: nobody goes beside it."""
    is_resting: bool = False
    began_at: datetime = _LONG_AGO
    """When the one in work without a token was let in."""
    waiting: deque[tuple[asyncio.Future[None], datetime]] = field(default_factory=deque)
    """Those in the queue, and since when."""

    def spend(self, now: datetime, step: timedelta) -> bool:
        """Takes a token. False: there is none, and the bucket stays as empty as it can be."""
        after = max(self.full_at, now) + step
        has_one = after <= now + max(HOLDS, step)
        self.full_at = after if has_one else max(self.full_at, now)
        return has_one

    def must_queue(self, has_token: bool) -> bool:
        """Whether one that comes now goes behind others. A council that has tokens again need not wait for the end of a rest."""
        return self.is_slowed or bool(self.waiting) or ((self.in_work > 0 or self.is_resting) and not has_token)

    def enter(self, is_slowed: bool, now: datetime) -> None:
        self.in_work += 1
        self.is_slowed = is_slowed
        self.began_at = now

    def leave(self, now: datetime) -> timedelta:
        """Gives the place back. How long to rest until the next may go; nothing when it has gone already."""
        self.in_work -= 1
        if self.in_work:
            return timedelta(0)
        was_slowed, self.is_slowed = self.is_slowed, False
        has_waited = bool(self.waiting) and now - self.waiting[0][1] >= LONGEST_WAIT
        if was_slowed and not has_waited and now > self.began_at:
            self.is_resting = True
            return RESTS * (now - self.began_at)
        self.let_next(now)
        return timedelta(0)

    def let_next(self, now: datetime) -> None:
        """The first who still waits: a caller that went in this very moment is in the queue until its task has run."""
        self.is_resting = False
        while self.waiting and not self.in_work:
            turn, _ = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self.enter(is_slowed=True, now=now)


class CouncilTurns:
    """The turns of all councils in this process."""

    def __init__(self, limit_of: Callable[[TenantId], int], clock: Clock, later: Later | None = None) -> None:
        """
        Args:
            limit_of: reports a minute, from what the process knows of the council already; 0 is no limit. It asks no database.
            later: calls something after so many seconds; the running loop's ``call_later`` unless given.
        """
        self._limit_of = limit_of
        self._clock = clock
        self._later = later
        self._doors: dict[TenantId, _Door] = {}

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        tenant = current_tenant()
        limit = self._limit_of(tenant)
        if limit <= 0:
            yield
            return
        now = self._clock.now()
        door = self._door(tenant, now)
        has_token = door.spend(now, _MINUTE / limit)
        if door.must_queue(has_token):
            await self._queue(door, now)
        else:
            door.enter(is_slowed=not has_token, now=now)
        try:
            yield
        finally:
            self._leave(door)

    async def _queue(self, door: _Door, now: datetime) -> None:
        """Waits for the turn; the place is taken when this returns."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (turn, now)
        door.waiting.append(entry)
        try:
            await turn
        except asyncio.CancelledError:
            if entry in door.waiting:
                door.waiting.remove(entry)
            elif not turn.cancelled():  # the turn came in the same moment in which the caller went
                self._leave(door)
            raise

    def _leave(self, door: _Door) -> None:
        rest = door.leave(self._clock.now())
        if rest:
            later = self._later or asyncio.get_running_loop().call_later
            later(rest.total_seconds(), lambda: door.let_next(self._clock.now()))

    def _door(self, tenant: TenantId, now: datetime) -> _Door:
        door = self._doors.get(tenant)
        if door is None:
            if len(self._doors) >= MOST_REMEMBERED:
                self._doors = {one: kept for one, kept in self._doors.items() if kept.in_work or kept.waiting or kept.full_at > now}
            door = self._doors[tenant] = _Door(now)
        return door
