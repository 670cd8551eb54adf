"""Moves facts from the outbox to Kafka (kafka-python), in order, and forgets each once the broker has it."""

import asyncio
import threading
from collections import Counter
from collections.abc import Sequence
from time import monotonic
from typing import Any

import psycopg
import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError
from psycopg.rows import dict_row

from wardmote_runtime.lifecycle import stop_process
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.wake import Wake

SHARDS = 4
"""Outbox rows are shared out by tenant over this many shards; one relay at a time moves each (delivery_0001.sql)."""

_BATCH = 500
"""Facts of one shard at once."""
_PAUSE_SHORTEST, _PAUSE_LONGEST = 0.03, 0.25
"""Seconds between looks at an empty outbox. The pause doubles while nothing comes. A hint of this process, given after the commit, ends
it at once: only facts of another process wait for it."""

_LOOK_FOR_SHARDS = 1.0
"""Seconds between tries to get the shards that another relay moves: it may have ended."""

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0
_LOCK_SPACE = 0x5741524D  # Arbitrary constant: our advisory locks do not meet another program's.

# A lock of the session: it goes with the connection, so a relay that dies gives its shards back, and no transaction need hold it. Should
# the server have given a shard to another relay while this one still sends, both send the same facts in the same order.
_HOLD = "SELECT shard FROM unnest(%s::int[]) AS s (shard) WHERE pg_try_advisory_lock(%s, shard)"
# Of each shard its oldest, found by the index however long the outbox is.
_TAKE = """
SELECT oldest.* FROM unnest(%s::int[]) AS held (shard) CROSS JOIN LATERAL (
    SELECT tenant_id, seq, topic, key, headers, value FROM outbox WHERE outbox.shard = held.shard ORDER BY seq LIMIT %s) AS oldest
ORDER BY seq"""
_FORGET = "DELETE FROM outbox WHERE (tenant_id, seq) IN (SELECT * FROM unnest(%s::uuid[], %s::bigint[]))"

Row = dict[str, Any]


class Relay:
    """Runs in a thread of its own, because kafka-python blocks. Crash-only: what is not acknowledged stays in the outbox.

    A crash between the broker's acknowledgement and the delete sends again; the inbox of each consumer absorbs it.
    """

    def __init__(self, database_url: str, bootstrap: str, metrics: Metrics, wake: Wake) -> None:
        self._database_url = database_url
        self._bootstrap = bootstrap
        self._metrics = metrics
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._pause = _PAUSE_SHORTEST
        self._wait = _FIRST_WAIT
        self._log = structlog.get_logger("relay")
        wake.listen(self._woken.set)

    async def start(self) -> None:
        self._thread.start()

    async def stop(self) -> None:
        """Finishes the batch in flight; the rest stays in the outbox."""
        self._stopping.set()
        self._woken.set()
        await asyncio.to_thread(self._thread.join, 6)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._relay_until_fault()
            except (KafkaError, psycopg.OperationalError, OSError) as fault:
                self._log.warning("Kafka or the database is away; facts wait in the outbox.", error=type(fault).__name__, wait_s=self._wait)
                self._stopping.wait(self._wait)
                self._wait = min(self._wait * 2, _LONGEST_WAIT)
            except BaseException as fault:  # Crash-only: a fault we do not know must not look like an idle relay.
                self._log.critical("The relay met a fault it does not know and stops the process.", error=type(fault).__name__)
                stop_process()
                raise

    def _relay_until_fault(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self._bootstrap.split(","), client_id="wardmote-relay", acks="all", enable_idempotence=True,
            linger_ms=0, delivery_timeout_ms=30_000, request_timeout_ms=10_000, compression_type=None,
        )  # fmt: skip
        try:
            with psycopg.connect(self._database_url, row_factory=dict_row, autocommit=True, prepare_threshold=2) as connection:
                self._move_all(connection, producer)
        finally:
            producer.close(timeout=5)

    def _move_all(self, connection: psycopg.Connection[Row], producer: KafkaProducer) -> None:
        held: list[int] = []
        looked = 0.0
        while not self._stopping.is_set():
            if len(held) < SHARDS and monotonic() - looked >= _LOOK_FOR_SHARDS:
                held += self._more_shards(connection, held)
                looked = monotonic()
            self._rest(self._move(connection, producer, held) if held else 0)

    @staticmethod
    def _more_shards(connection: psycopg.Connection[Row], held: Sequence[int]) -> list[int]:
        others = [shard for shard in range(SHARDS) if shard not in held]
        return [row["shard"] for row in connection.execute(_HOLD, [others, _LOCK_SPACE]).fetchall()]

    def _rest(self, moved: int) -> None:
        if moved >= _BATCH:  # There may be more.
            return
        if moved:
            self._pause = _PAUSE_SHORTEST
        if self._woken.wait(self._pause):
            self._woken.clear()
            self._pause = _PAUSE_SHORTEST
        else:
            self._pause = min(self._pause * 2, _PAUSE_LONGEST)

    def _move(self, connection: psycopg.Connection[Row], producer: KafkaProducer, held: Sequence[int]) -> int:
        """One batch of the shards that this relay holds, oldest first: each council's facts lie in one shard, in order."""
        rows = connection.execute(_TAKE, [held, _BATCH]).fetchall()
        if not rows:
            return 0
        self._send(producer, rows)
        connection.execute(_FORGET, [[row["tenant_id"] for row in rows], [row["seq"] for row in rows]])
        self._wait = _FIRST_WAIT
        for topic, count in Counter(row["topic"] for row in rows).items():
            self._metrics.relayed.labels(topic).inc(count)
        return len(rows)

    def _send(self, producer: KafkaProducer, rows: Sequence[Row]) -> None:
        waiting = [
            producer.send(
                row["topic"],
                key=row["key"].encode(),
                value=row["value"],
                headers=[(name, text.encode()) for name, text in row["headers"].items()],
            )
            for row in rows
        ]
        producer.flush(timeout=30)
        for sent in waiting:
            sent.get(timeout=0)
