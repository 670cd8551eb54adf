"""Moves facts from the outbox to Kafka (kafka-python), in order, and forgets each once the broker has it."""

import asyncio
import threading
from collections.abc import Sequence
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

_BATCH = 1000
_PAUSE_SHORTEST, _PAUSE_LONGEST = 0.002, 0.1
"""Seconds between looks at an empty outbox. The pause doubles while nothing comes, and is the shortest again after a hint: the hint
comes from inside the transaction, so the row may be committed a few milliseconds later."""

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0
_LOCK_SPACE = 0x5741524D  # Arbitrary constant: our advisory locks do not meet another program's.

_WAITING = "SELECT shard FROM generate_series(0, %s) AS s(shard) WHERE EXISTS (SELECT 1 FROM outbox WHERE outbox.shard = s.shard)"
_TAKE = "SELECT tenant_id, seq, topic, key, headers, value FROM outbox WHERE shard = %s ORDER BY seq LIMIT %s"
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
            with psycopg.connect(self._database_url, row_factory=dict_row, autocommit=True) as connection:
                while not self._stopping.is_set():
                    waiting = connection.execute(_WAITING, [SHARDS - 1]).fetchall()
                    moved = sum(self._relay_shard(connection, producer, row["shard"]) for row in waiting)
                    self._rest(moved)
        finally:
            producer.close(timeout=5)

    def _rest(self, moved: int) -> None:
        if moved:
            self._pause = _PAUSE_SHORTEST
            return
        if self._woken.wait(self._pause):
            self._woken.clear()
            self._pause = _PAUSE_SHORTEST
        else:
            self._pause = min(self._pause * 2, _PAUSE_LONGEST)

    def _relay_shard(self, connection: psycopg.Connection[Row], producer: KafkaProducer, shard: int) -> int:
        with connection.transaction():
            lock = connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s) AS mine", [_LOCK_SPACE, shard]).fetchone()
            if lock is None or not lock["mine"]:
                return 0
            rows = connection.execute(_TAKE, [shard, _BATCH]).fetchall()
            if rows:
                self._send(producer, rows)
                connection.execute(_FORGET, [[row["tenant_id"] for row in rows], [row["seq"] for row in rows]])
        self._wait = _FIRST_WAIT if rows else self._wait
        for row in rows:
            self._metrics.relayed.labels(row["topic"]).inc()
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
