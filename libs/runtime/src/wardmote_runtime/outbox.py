"""Outgoing facts, kept in the transaction that made them true. The relay moves them to Kafka."""

from collections.abc import Sequence

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from psycopg.types.json import Jsonb

from wardmote_runtime.database import Connection
from wardmote_runtime.envelope import Fact, event_headers, event_key
from wardmote_runtime.tenancy import current_tenant
from wardmote_runtime.wake import Wake

_APPEND = "INSERT INTO outbox (tenant_id, event_id, topic, key, headers, value) VALUES (%s, %s, %s, %s, %s, %s)"


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
        if not facts:
            return
        tenant = current_tenant()
        trace: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(trace)
        rows = [
            (
                tenant,
                fact.event_id,
                fact.topic,
                event_key(tenant, fact.aggregate_id),
                Jsonb(event_headers(fact, tenant, self._source) | trace),
                fact.value,
            )
            for fact in facts
        ]
        async with connection.cursor() as cursor:
            await cursor.executemany(_APPEND, rows)
        self._wake.soon()
