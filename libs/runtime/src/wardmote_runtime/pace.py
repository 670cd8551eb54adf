"""The slower lane: work of a council that reports faster than its limit waits, at the limit's own rate (architecture.md §5).

A token bucket per council that holds one minute's worth, kept in the database and not in a process: a council's events come to several
processes, and a start of one must not fill the bucket again. It is asked where work enters the queue, once for a whole batch. What is
over the limit is taken in all the same, with the time at which its turn comes as its due time; nothing is refused, and the dispatcher
needs to know nothing of it. The form of the bucket is the generic cell rate algorithm (ITU-T I.371): one moment for each council.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from prometheus_client import Counter

from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Connection
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.tenancy import current_tenant

HOLDS = timedelta(minutes=1)
"""A bucket holds what the limit allows in so much time: so many may come at once and are worked at once."""

# The place of a piece among those that its council takes at this moment says how long before the new end its own turn is. Councils are
# taken in a fixed order, so that two batches wait for each other rather than deadlock.
_ENTER = """
WITH entered AS (
    SELECT tenant_id, event_id, kind, row_number() OVER council AS place, count(*) OVER council AS total FROM (
        SELECT * FROM unnest(%(tenants)s::uuid[], %(events)s::uuid[], %(kinds)s::text[]) WITH ORDINALITY AS u (tenant_id, event_id, kind, o)
    ) AS piece WINDOW council AS (PARTITION BY tenant_id ORDER BY o ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
limited AS (
    SELECT DISTINCT tenant_id, total, interval '1 minute' / reports_per_minute AS step
    FROM entered JOIN tenant_copy USING (tenant_id) WHERE reports_per_minute > 0),
spent AS (
    INSERT INTO pace (tenant_id, full_at) SELECT tenant_id, now() + total * step FROM limited ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET full_at = greatest(pace.full_at, now()) + (excluded.full_at - now())
    RETURNING tenant_id, full_at),
turn AS (
    SELECT tenant_id, event_id, kind, full_at - (entered.total - place) * step - %(holds)s AS due_at
    FROM entered JOIN limited USING (tenant_id) JOIN spent USING (tenant_id))
UPDATE work SET due_at = turn.due_at FROM turn
WHERE work.tenant_id = turn.tenant_id AND work.event_id = turn.event_id AND work.kind = turn.kind AND turn.due_at > now()
"""

# What was never tried waits in the lane (or for the time a job was given, which may come sooner by this).
_HASTEN = """
UPDATE work SET due_at = now() + (due_at - now()) * %(ratio)s::float8 WHERE tenant_id = %(tenant)s AND attempts = 0 AND due_at > now()"""
# What goes beyond one full bucket is the lane; of the bucket itself the same part stays spent.
_HASTEN_BUCKET = """
UPDATE pace SET full_at = now() + %(holds)s + (full_at - now() - %(holds)s) * %(ratio)s::float8
WHERE tenant_id = %(tenant)s AND full_at > now() + %(holds)s"""


async def change_limit(connection: Connection, before: int, after: int) -> None:
    """Lets what waits of the current council go on at its new limit, in the caller's transaction; 0 is no limit."""
    if before and before != after:
        arguments = {"tenant": current_tenant(), "ratio": before / after if after else 0.0, "holds": HOLDS}
        await connection.execute(_HASTEN, arguments)
        await connection.execute(_HASTEN_BUCKET, arguments)


@dataclass(frozen=True, slots=True)
class Entered:
    """A piece of work that has just come into the queue and may wait."""

    tenant_id: TenantId
    event_id: UUID
    kind: str


class SlowerLane:
    """Gives the work of councils over their limit its due time."""

    def __init__(self, metrics: Metrics) -> None:
        self._slowed = Counter(
            "wardmote_slowed", "Events whose work waits because their council is over its limit.", ["topic"], registry=metrics.registry
        )

    async def enter(self, connection: Connection, pieces: Sequence[Entered]) -> None:
        """Takes a token for each piece, in the transaction that takes them in.

        Args:
            pieces: in the order in which they are to be worked, each once, and none that was in the queue before.
        """
        if not pieces:
            return
        arguments = {
            "tenants": [piece.tenant_id for piece in pieces],
            "events": [piece.event_id for piece in pieces],
            "kinds": [piece.kind for piece in pieces],
            "holds": HOLDS,
        }
        waiting = (await connection.execute(_ENTER, arguments)).rowcount
        if waiting:
            self._slowed.labels(pieces[0].kind).inc(waiting)
