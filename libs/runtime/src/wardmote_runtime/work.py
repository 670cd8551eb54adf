"""The work queue of a service: claimed fairly over councils, urgent first, one at a time per aggregate, settled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from psycopg.types.json import Jsonb

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled
from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.tenancy import current_tenant, tenant_scope

LEASE = timedelta(seconds=15)
"""How long a claim holds. A process that dies gives its work back after this, a page too; one that lives renews its claims
(:meth:`WorkQueue.renew`). One whose claim another process has taken has lost its right to settle."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A piece of work that this process may do now. The payload is read later, inside the council's own scope."""

    tenant_id: TenantId
    key: str
    ref: WorkRef
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work with what it carries: a fact's bytes, or nothing for a job of the service itself."""

    ref: WorkRef
    key: str
    headers: Mapping[str, str]
    value: bytes


# The ring finds the councils that have work by skipping along the index, not by reading the backlog. Only the first piece of an
# aggregate may be claimed, and none behind a dead letter. Of each council at most `per_tenant` ordinary pieces are in flight, the one
# due longest first, then one of each council in turn; urgent pieces have slots of their own and no such limit. What is not due yet lies
# behind the end of the scan (work_by_due): a council's long queue in the slower lane is not looked at. The UPDATE looks again at
# claimed_until, so that two processes cannot claim one row.
_MAY = """
    FROM work w
    WHERE w.tenant_id = ring.tenant_id AND NOT w.is_parked AND w.due_at <= now() AND (w.claimed_until IS NULL OR w.claimed_until < now())
      AND NOT EXISTS (SELECT 1 FROM work e WHERE e.tenant_id = w.tenant_id AND e.key = w.key AND e.seq < w.seq)
      AND NOT EXISTS (SELECT 1 FROM dead_letter d WHERE d.tenant_id = w.tenant_id AND d.key = w.key AND d.released_at IS NULL)
"""
_CLAIM = f"""
WITH RECURSIVE ring AS (
    (SELECT tenant_id FROM work WHERE NOT is_parked ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT w.tenant_id FROM work w WHERE NOT w.is_parked AND w.tenant_id > ring.tenant_id ORDER BY w.tenant_id LIMIT 1)
    FROM ring WHERE ring.tenant_id IS NOT NULL),
urgent AS (
    SELECT c.* FROM ring CROSS JOIN LATERAL (
        SELECT w.tenant_id, w.event_id, w.kind, w.due_at, w.seq, 0 AS turn {_MAY} AND w.is_urgent
        ORDER BY w.due_at, w.seq LIMIT %(urgent)s) c
    ORDER BY due_at, seq LIMIT %(urgent)s),
ordinary AS (
    SELECT c.*, row_number() OVER (PARTITION BY c.tenant_id ORDER BY c.due_at, c.seq) AS turn FROM ring CROSS JOIN LATERAL (
        SELECT w.tenant_id, w.event_id, w.kind, w.due_at, w.seq {_MAY} AND NOT w.is_urgent ORDER BY w.due_at, w.seq
        LIMIT greatest(0, least(%(ordinary)s, %(per_tenant)s - (SELECT count(*) FROM work b
            WHERE b.tenant_id = ring.tenant_id AND b.claimed_until >= now() AND NOT b.is_urgent)))) c
    ORDER BY turn, due_at, seq LIMIT %(ordinary)s),
chosen AS (SELECT * FROM urgent UNION ALL SELECT * FROM ordinary)
UPDATE work SET claim = %(claim)s, claimed_until = now() + %(lease)s, attempts = attempts + 1
FROM chosen WHERE work.tenant_id = chosen.tenant_id AND work.event_id = chosen.event_id AND work.kind = chosen.kind
    AND (work.claimed_until IS NULL OR work.claimed_until < now())
RETURNING work.tenant_id, work.event_id, work.kind, work.key, work.attempts, work.is_urgent, chosen.turn
"""

_PIECES = "unnest(%(tenants)s::uuid[], %(events)s::uuid[], %(kinds)s::text[], %(claims)s::uuid[]) AS piece (tenant, event, kind, claim)"
_STILL_MINE = "work.tenant_id = piece.tenant AND work.event_id = piece.event AND work.kind = piece.kind AND work.claim = piece.claim"
_READ = f"SELECT work.tenant_id, work.event_id, work.kind, work.headers, work.value FROM {_PIECES} JOIN work ON {_STILL_MINE}"
_RENEW = f"UPDATE work SET claimed_until = now() + %(lease)s FROM {_PIECES} WHERE {_STILL_MINE}"
_THIS_WORK = "tenant_id = %(tenant)s AND event_id = %(work_id)s AND kind = %(work_kind)s AND claim = %(work_claim)s"
SETTLED = f"settled AS (DELETE FROM work WHERE {_THIS_WORK} RETURNING tenant_id)"
"""For a statement that settles work with what was done: hang what is kept on this. No row of it is :func:`already_settled`."""
MINE = f"mine AS (SELECT tenant_id FROM work WHERE {_THIS_WORK} FOR UPDATE)"
"""For a statement that settles work only if it keeps something: hang what is kept on this, and add :func:`settled_with` it."""
_SETTLE = "DELETE FROM work WHERE tenant_id = %s AND event_id = %s AND kind = %s AND claim = %s"
_LATER = """UPDATE work SET due_at = now() + %s, claim = NULL, claimed_until = NULL
WHERE tenant_id = %s AND event_id = %s AND kind = %s AND claim = %s"""
_ADD = """INSERT INTO work (tenant_id, event_id, kind, key, is_urgent, headers, due_at)
VALUES (%s, %s, %s, %s, %s, %s, now() + %s) ON CONFLICT DO NOTHING"""
_BURY = """WITH dead AS (DELETE FROM work WHERE tenant_id = %(t)s AND event_id = %(e)s AND kind = %(k)s AND claim = %(c)s RETURNING *)
INSERT INTO dead_letter (tenant_id, event_id, kind, key, headers, value, seq, reason)
SELECT tenant_id, event_id, kind, key, headers, value, seq, %(reason)s FROM dead ON CONFLICT DO NOTHING RETURNING key"""
_PARK = "UPDATE work SET is_parked = true WHERE tenant_id = %s AND key = %s"


class WorkQueue:
    """Claims for one process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, *, ordinary: int, urgent: int, per_tenant: int) -> list[Claimed]:
        """Pieces to do now, urgent first.

        Args:
            ordinary: at most so many that are not urgent.
            urgent: at most so many that are.
            per_tenant: of each council at most so many ordinary pieces in flight, over all processes.
        """
        claim = uuid4()
        arguments = {"ordinary": ordinary, "urgent": urgent, "per_tenant": per_tenant, "claim": claim, "lease": LEASE}
        async with self._database.relay_statement() as connection:
            rows = await (await connection.execute(_CLAIM, arguments)).fetchall()
        rows.sort(key=lambda row: (not row["is_urgent"], row["turn"]))
        return [_claimed(row, claim) for row in rows]

    async def read_all(self, claimed: Sequence[Claimed]) -> list[Work | None]:
        """What each claimed piece carries, in one transaction; None for one whose claim ran out and went to another process, or
        that was settled."""
        async with self._database.pipeline_transaction({piece.tenant_id for piece in claimed}) as connection:
            rows = await (await connection.execute(_READ, _columns(claimed))).fetchall()
        found = {(row["tenant_id"], row["event_id"], row["kind"]): row for row in rows}
        return [_work(piece, found.get((piece.tenant_id, piece.ref.event_id, piece.ref.kind))) for piece in claimed]

    async def read(self, claimed: Claimed) -> Work:
        """What the claimed work carries.

        Raises:
            AlreadyHandled: the claim ran out and another process has it, or it was settled.
        """
        (work,) = await self.read_all([claimed])
        if work is None:
            raise AlreadyHandled("The claim on this work has run out.")
        return work

    async def renew(self, claimed: Sequence[Claimed]) -> None:
        """Lets the claims hold for another lease from now. One that another process has taken stays taken."""
        async with self._database.relay_statement() as connection:
            await connection.execute(_RENEW, _columns(claimed) | {"lease": LEASE})

    async def later(self, claimed: Claimed, wait: timedelta) -> None:
        """Gives the work back, to be done after ``wait``. Later work of the same aggregate waits behind it."""
        ref = claimed.ref
        with tenant_scope(claimed.tenant_id):
            async with self._database.tenant_transaction() as connection:
                await connection.execute(_LATER, [wait, claimed.tenant_id, ref.event_id, ref.kind, ref.claim])

    async def bury(self, claimed: Claimed, reason: str) -> None:
        """Makes the work a dead letter and parks what comes after it of the same aggregate."""
        ref = claimed.ref
        with tenant_scope(claimed.tenant_id):
            async with self._database.tenant_transaction() as connection:
                arguments = {"t": claimed.tenant_id, "e": ref.event_id, "k": ref.kind, "c": ref.claim, "reason": reason}
                if await (await connection.execute(_BURY, arguments)).fetchone():
                    await connection.execute(_PARK, [claimed.tenant_id, claimed.key])


def _columns(pieces: Sequence[Claimed]) -> dict[str, Any]:
    return {
        "tenants": [piece.tenant_id for piece in pieces],
        "events": [piece.ref.event_id for piece in pieces],
        "kinds": [piece.ref.kind for piece in pieces],
        "claims": [piece.ref.claim for piece in pieces],
    }


def _work(piece: Claimed, row: dict[str, Any] | None) -> Work | None:
    return Work(piece.ref, piece.key, row["headers"], row["value"]) if row is not None else None


def _claimed(row: dict[str, Any], claim: UUID) -> Claimed:
    return Claimed(TenantId(row["tenant_id"]), row["key"], WorkRef(row["event_id"], row["kind"], claim, row["attempts"]), row["is_urgent"])


async def settle(connection: Connection, ref: WorkRef) -> None:
    """Takes the work off the queue, in the transaction that keeps what was done.

    Raises:
        AlreadyHandled: it was settled before, or the claim ran out; the transaction must not commit.
    """
    cursor = await connection.execute(_SETTLE, [current_tenant(), ref.event_id, ref.kind, ref.claim])
    if cursor.rowcount != 1:
        raise already_settled()


def settled_with(kept: str) -> str:
    """Settles the work that is :data:`MINE` if ``kept``, a part of the same statement, has a row."""
    return f"settled AS (DELETE FROM work WHERE {_THIS_WORK} AND EXISTS (SELECT FROM {kept}))"


def settling(ref: WorkRef) -> dict[str, Any]:
    """The parameters of :data:`SETTLED` and :data:`MINE`, all but the council."""
    return {"work_id": ref.event_id, "work_kind": ref.kind, "work_claim": ref.claim}


def already_settled() -> AlreadyHandled:
    """The work was settled before, or its claim ran out; the transaction must not commit."""
    return AlreadyHandled("This work was settled by another attempt.")


async def add_job(
    connection: Connection,
    *,
    job_id: UUID,
    kind: str,
    key: str,
    is_urgent: bool = False,
    wait: timedelta = timedelta(0),
    joins_trace: bool = True,
) -> None:
    """Gives the service a job of its own, in the caller's transaction. The same id and kind again is a no-op.

    Args:
        joins_trace: what the job does joins the trace of the present span. False, for one of a long row of jobs: it begins its own.
    """
    trace: dict[str, str] = {}
    if joins_trace:
        TraceContextTextMapPropagator().inject(trace)
    await connection.execute(_ADD, [current_tenant(), job_id, kind, key, is_urgent, Jsonb(trace), wait])
