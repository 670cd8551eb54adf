"""The machine's own limit, measured in the same run: the same bytes into the same PostgreSQL and through the same Kafka, with
nothing of ours around them."""

import asyncio
import random
from collections.abc import Sequence
from time import monotonic
from uuid import uuid4

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka import KafkaAdminClient
from psycopg.conninfo import make_conninfo

from tests.load.figures import rate
from tests.load.own_stack import OwnStack
from tests.load.texts import report
from wardmote.intake.v1.intake_service_pb2 import SubmitReportRequest

DATABASE = "wardmote_load_raw"
PARTITIONS = 6
BATCH = 500
WRITERS = 16
DISTINCT = 2000
_TABLE = "CREATE TABLE raw (tenant_id uuid NOT NULL, request_id uuid NOT NULL, body bytea NOT NULL, PRIMARY KEY (tenant_id, request_id))"


async def measure(stack: OwnStack, seconds: float) -> dict[str, float]:
    """Reports a second, for about ``seconds`` each."""
    bodies = _bodies()
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    address = make_conninfo(stack.postgres, dbname=DATABASE)
    try:
        with psycopg.connect(address) as connection:
            connection.execute(_TABLE)
        copied = await asyncio.to_thread(_copy, address, bodies, seconds)
        inserted = await _insert(address, bodies, seconds)
    finally:
        with psycopg.connect(stack.postgres, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {DATABASE}".encode())
    produced, consumed = await _through_kafka(stack.kafka, bodies, seconds)
    return {
        "bytes a report": sum(len(body) for body in bodies) / len(bodies),
        f"COPY, {BATCH} a transaction": copied,
        f"INSERT, one a transaction, {WRITERS} connections": inserted,
        "produce, acks=all": produced,
        "consume": consumed,
    }


def _bodies() -> list[bytes]:
    """Reports as gRPC carries them."""
    chance = random.Random(7)
    return [SubmitReportRequest(request_id=str(uuid4()), report=report(chance, 0.0).draft()).SerializeToString() for _ in range(DISTINCT)]


def _copy(address: str, bodies: Sequence[bytes], seconds: float) -> float:
    """COPY; each transaction is written through to the disk, as PostgreSQL does by default."""
    tenant, count, began = uuid4(), 0, monotonic()
    with psycopg.connect(address) as connection:
        while monotonic() - began < seconds:
            with connection.cursor().copy("COPY raw FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["uuid", "uuid", "bytea"])
                for number in range(BATCH):
                    copy.write_row([tenant, uuid4(), bodies[(count + number) % len(bodies)]])
            connection.commit()
            count += BATCH
    return rate(count, monotonic() - began)


async def _insert(address: str, bodies: Sequence[bytes], seconds: float) -> float:
    """What a service that answers each report by itself could reach if it did nothing else."""
    began = monotonic()

    async def write() -> int:
        written = 0
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            while monotonic() - began < seconds:
                await connection.execute("INSERT INTO raw VALUES (%s, %s, %s)", [uuid4(), uuid4(), bodies[written % len(bodies)]])
                written += 1
        return written

    count = sum(await asyncio.gather(*(write() for _ in range(WRITERS))))
    return rate(count, monotonic() - began)


async def _through_kafka(bootstrap: str, bodies: Sequence[bytes], seconds: float) -> tuple[float, float]:
    """Produced with acknowledgements and idempotence, then consumed, by the fastest client that is locked (aiokafka)."""
    topic = f"load-raw-{uuid4().hex[:8]}"
    with KafkaAdminClient(bootstrap_servers=bootstrap.split(",")) as admin:
        admin.create_topics({topic: {"num_partitions": PARTITIONS, "replication_factor": 1}})
        try:
            produced, count = await _produce(bootstrap, topic, bodies, seconds)
            return produced, await _consume(bootstrap, topic, count)
        finally:
            admin.delete_topics([topic])


async def _produce(bootstrap: str, topic: str, bodies: Sequence[bytes], seconds: float) -> tuple[float, int]:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2) as producer:
        for number in range(PARTITIONS):  # A topic that was just made has no leaders yet.
            await producer.send_and_wait(topic, b"", partition=number)
        count, began = 0, monotonic()
        while monotonic() - began < seconds:
            waiting = [
                await producer.send(topic, bodies[(count + number) % len(bodies)], key=str(number).encode()) for number in range(2 * BATCH)
            ]
            await asyncio.gather(*waiting)
            count += len(waiting)
        return rate(count, monotonic() - began), count


async def _consume(bootstrap: str, topic: str, count: int) -> float:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
        began, got = monotonic(), 0
        while got < count:
            batches = await consumer.getmany(timeout_ms=1000, max_records=1000)
            got += sum(len(records) for records in batches.values())
        return rate(got, monotonic() - began)
    finally:
        await consumer.stop()
