"""Outgoing facts, kept in the transaction that made them true. The relay moves them to Kafka."""

from collections.abc import Sequence
from typing import Any

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from psycopg.types.json import Jsonb

from wardmote_runtime.database import Connection
from wardmote_runtime.envelope import Fact, event_headers, event_key
from wardmote_runtime.tenancy import current_tenant
from wardmote_runtime.wake import Wake

APPEND = """
INSERT INTO outbox (tenant_id, event_id, topic, key, headers, value)
SELECT %(tenant)s, event_id, topic, key, headers, value
FROM unnest(%(fact_ids)s::uuid[], %(topics)s::text[], %(keys)s::text[], %(fact_headers)s::jsonb[], %(facts)s::bytea[])
    WITH ORDINALITY AS fact (event_id, topic, key, headers, value, place)"""
"""Keeps facts in their order; to be ended by ``ORDER BY place``, after what a larger statement joins."""


class Outbox:
    """Appends facts of one service. The trace of the present span goes along in the headers."""

    def __init__(self, source: str, wake: Wake) -> None:
        self._source = source
        self._wake = wake

    async def append(self, connection: Connection, facts: Sequence[Fact]) -> None:
        """Keeps the facts, in order, in the caller's transaction.

        The caller has locked the aggregate's row before: then order here is order of commit, per aggregate
        (streaming.md §4.3).
        """
        if facts:
            await connection.execute(f"{APPEND} ORDER BY place", {"tenant": current_tenant()} | self.columns(facts))
            self.wake_after(connection)

    def columns(self, facts: Sequence[Fact]) -> dict[str, Any]:
        """The facts as the parameters of :data:`APPEND`, all but the council, for a statement that keeps them with what they tell of."""
        tenant = current_tenant()
        trace: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(trace)
        return {
            "fact_ids": [fact.event_id for fact in facts],
            "topics": [fact.topic for fact in facts],
            "keys": [event_key(tenant, fact.aggregate_id) for fact in facts],
            "fact_headers": [Jsonb(event_headers(fact, tenant, self._source) | trace) for fact in facts],
            "facts": [fact.value for fact in facts],
        }

    def wake_after(self, connection: Connection) -> None:
        """Tells the relay of this process once the transaction is committed: it finds the facts at its first look."""
        connection.after_commit(self._wake.soon)

    def wake(self) -> None:
        """As :meth:`wake_after`, for facts that are committed already."""
        self._wake.soon()
