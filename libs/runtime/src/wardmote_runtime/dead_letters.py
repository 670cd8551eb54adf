"""Dead letters for operators: list, replay with the same event id, release what is parked. Never shows what an event carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from wardmote_kernel.errors import NotFound
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.tenancy import current_tenant
from wardmote_runtime.wake import Wake

MOST_AT_ONCE = 1000
"""Dead letters replayed by one order; a flood is replayed by repeating it."""

_LIST = """
SELECT d.event_id, d.kind, d.key, d.reason, d.died_at, d.released_at, d.seq, coalesce(d.headers->>'ce_type', '') AS fact,
    (SELECT count(*) FROM work w WHERE w.tenant_id = d.tenant_id AND w.key = d.key AND w.is_parked) AS parked
FROM dead_letter d WHERE d.tenant_id = %(tenant)s AND d.seq > %(after)s AND (%(event)s::uuid IS NULL OR d.event_id = %(event)s)
ORDER BY d.seq LIMIT %(limit)s"""
_ONE = """
SELECT d.headers->>'ce_source' AS source, d.headers->>'ce_time' AS occurred_at, d.headers->>'traceparent' AS traceparent,
    octet_length(d.value) AS size
FROM dead_letter d WHERE d.tenant_id = %(tenant)s AND d.event_id = %(event)s ORDER BY d.seq LIMIT 1"""
_PARKED = """
SELECT w.event_id, w.kind, coalesce(w.headers->>'ce_type', '') AS fact FROM work w
WHERE w.tenant_id = %(tenant)s AND w.key = %(key)s AND w.is_parked ORDER BY w.seq LIMIT 100"""
# The old place in the queue is kept, so that the replayed event comes before what was parked behind it.
_REPLAY = """
WITH chosen AS (
    SELECT kind, event_id FROM dead_letter
    WHERE tenant_id = %(tenant)s AND (%(all)s OR event_id = ANY(%(events)s)) ORDER BY seq LIMIT %(limit)s),
back AS (
    DELETE FROM dead_letter d USING chosen c WHERE d.tenant_id = %(tenant)s AND d.kind = c.kind AND d.event_id = c.event_id
    RETURNING d.*)
INSERT INTO work (tenant_id, event_id, kind, seq, key, headers, value)
OVERRIDING SYSTEM VALUE SELECT tenant_id, event_id, kind, seq, key, headers, value FROM back ON CONFLICT DO NOTHING RETURNING key"""
_RELEASE = """
UPDATE dead_letter SET released_at = now() WHERE tenant_id = %s AND event_id = %s AND released_at IS NULL RETURNING key"""
_UNPARK = """
UPDATE work w SET is_parked = false WHERE w.tenant_id = %(tenant)s AND w.key = ANY(%(keys)s) AND w.is_parked AND NOT EXISTS (
    SELECT 1 FROM dead_letter d WHERE d.tenant_id = w.tenant_id AND d.key = w.key AND d.released_at IS NULL)"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event or job that was refused, without what it carries."""

    event_id: UUID
    kind: str
    key: str
    reason: str
    died_at: datetime
    released_at: datetime | None
    seq: int
    fact: str
    parked: int


@dataclass(frozen=True, slots=True)
class Parked:
    """Work that waits behind a dead letter."""

    event_id: UUID
    kind: str
    fact: str


@dataclass(frozen=True, slots=True)
class DeadLetterShown:
    """A dead letter with where it came from and what waits behind it; not what it carries."""

    dead_letter: DeadLetter
    source: str | None
    occurred_at: str | None
    traceparent: str | None
    size: int
    parked: Sequence[Parked]


class DeadLetters:
    """The dead letters of one service, of the current council."""

    def __init__(self, database: Database, wake: Wake) -> None:
        self._database = database
        self._wake = wake

    async def list(self, limit: int, after: int = 0) -> Sequence[DeadLetter]:
        """At most ``limit``, oldest first, those after the place ``after``."""
        async with self._database.tenant_transaction() as connection:
            arguments = {"tenant": current_tenant(), "after": after, "limit": limit, "event": None}
            return [DeadLetter(**row) for row in await (await connection.execute(_LIST, arguments)).fetchall()]

    async def show(self, event_id: UUID) -> DeadLetterShown:
        """One dead letter.

        Raises:
            NotFound: this council has no such dead letter.
        """
        arguments = {"tenant": current_tenant(), "after": 0, "limit": 1, "event": event_id}
        async with self._database.tenant_transaction() as connection:
            row = await (await connection.execute(_LIST, arguments)).fetchone()
            if row is None:
                raise NotFound("There is no such dead letter.")
            origin = await (await connection.execute(_ONE, arguments)).fetchone()
            parked = await (await connection.execute(_PARKED, arguments | {"key": row["key"]})).fetchall()
        return DeadLetterShown(DeadLetter(**row), **(origin or {}), parked=[Parked(**one) for one in parked])

    async def replay(self, event_ids: Sequence[UUID] = ()) -> int:
        """Puts these, or all, back into the work queue; gives how many. What is parked behind them follows in order."""
        arguments: dict[str, Any] = {"all": not event_ids, "events": list(event_ids), "limit": MOST_AT_ONCE}
        async with self._database.tenant_transaction() as connection:
            cursor = await connection.execute(_REPLAY, arguments | {"tenant": current_tenant()})
            keys = [row["key"] for row in await cursor.fetchall()]
            await _unpark(connection, keys)
        self._wake.soon()
        return len(keys)

    async def release(self, event_id: UUID) -> int:
        """Lets what is parked behind one dead letter go on without it; gives how many.

        Raises:
            NotFound: this council has no such dead letter, or it is released already.
        """
        async with self._database.tenant_transaction() as connection:
            row = await (await connection.execute(_RELEASE, [current_tenant(), event_id])).fetchone()
            if row is None:
                raise NotFound("There is no such dead letter, or it is released already.")
            released = await _unpark(connection, [row["key"]])
        self._wake.soon()
        return released


async def _unpark(connection: Connection, keys: Sequence[str]) -> int:
    cursor = await connection.execute(_UNPARK, {"tenant": current_tenant(), "keys": list(keys)})
    return cursor.rowcount
