"""Turns at the door, in the memory of one process: a council over its limit has one ordinary report being kept at a time.

Accepting alone can take every processor (docs/performance.md). So the reports of a council that sends faster than its limit wait for each
other, in the order in which they came, and those of the other councils wait for one of them at most. The bucket is the generic cell rate
algorithm (ITU-T I.371), as in the slower lane of the work queue; it is spent here for the door alone, and a start of the process fills it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wardmote_kernel.clock import Clock
from wardmote_kernel.identity import TenantId
from wardmote_runtime.tenancy import current_tenant

HOLDS = timedelta(minutes=1)
"""A bucket holds what the limit allows in so much time."""

MOST_REMEMBERED = 1000
"""Councils whose bucket is remembered; when there are more, those are forgotten whose bucket is full and of whom nothing is in work."""


@dataclass(slots=True)
class _Door:
    """One council's bucket and queue."""

    full_at: datetime
    """When the bucket will be full again."""
    in_work: int = 0
    is_slowed: bool = False
    """One that had no token is in work: nobody goes beside it."""
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    def spend(self, now: datetime, step: timedelta) -> bool:
        """Takes a token. False: there is none, and the bucket stays as empty as it can be."""
        after = max(self.full_at, now) + step
        has_one = after <= now + HOLDS
        self.full_at = after if has_one else max(self.full_at, now)
        return has_one

    def enter(self, is_slowed: bool) -> None:
        self.in_work += 1
        self.is_slowed = is_slowed

    def leave(self) -> None:
        """Gives the place back, and lets the next go."""
        self.in_work -= 1
        if self.in_work == 0:
            self.is_slowed = False
            self._let_next()

    def _let_next(self) -> None:
        """The first who still waits: a caller that went in this very moment is in the queue until its task has run."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self.enter(is_slowed=True)
                return

    async def queue(self) -> None:
        """Waits for the turn; the place is taken when this returns."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self.waiting:
                self.waiting.remove(turn)
            elif not turn.cancelled():  # the turn came in the same moment in which the caller went
                self.leave()
            raise


class CouncilTurns:
    """The turns of all councils in this process."""

    def __init__(self, limit_of: Callable[[TenantId], int], clock: Clock) -> None:
        """
        Args:
            limit_of: reports a minute, from what the process knows of the council already; 0 is no limit. It asks no database.
        """
        self._limit_of = limit_of
        self._clock = clock
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
        has_token = door.spend(now, HOLDS / limit)
        if door.is_slowed or door.waiting or (door.in_work and not has_token):
            await door.queue()
        else:
            door.enter(is_slowed=not has_token)
        try:
            yield
        finally:
            door.leave()

    def _door(self, tenant: TenantId, now: datetime) -> _Door:
        door = self._doors.get(tenant)
        if door is None:
            if len(self._doors) >= MOST_REMEMBERED:
                self._doors = {one: kept for one, kept in self._doors.items() if kept.in_work or kept.full_at > now}
            door = self._doors[tenant] = _Door(now)
        return door
