"""The consumer at its edges: Kafka away, a deploy that rejects everything, and a fault that nobody knows."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from kafka import KafkaProducer
from structlog.testing import capture_logs

from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote_contracts.topics import INCIDENT_EVENTS
from wardmote_kernel.identity import TenantId
from wardmote_local.servers.kafka import KafkaServer
from wardmote_runtime.admin import create_topics
from wardmote_runtime.consumer import BAD_WINDOW, Consumer
from wardmote_runtime.database import Database
from wardmote_runtime.inbox import Inbox, Incoming, Subscription
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.wake import Wake
from wardmote_testkit.incidents import incident_event, message
from wardmote_testkit.ports import free_port
from wardmote_testkit.servers import own_folder
from wardmote_testkit.wait import eventually

WORDS = "I know where you live"


class NotedInbox(Inbox):
    """An inbox that remembers what it took in, or fails as it is told."""

    def __init__(self, database: Database, topic: str) -> None:
        super().__init__(database, [Subscription(topic, IncidentEvent)], Metrics(), Wake())
        self.fault: BaseException | None = None
        self.values: list[bytes] = []

    async def take_in(self, batch: Sequence[Incoming]) -> int:
        if self.fault is not None:
            raise self.fault
        self.values += [incoming.value for incoming in batch]
        return await super().take_in(batch)

    async def has(self, count: int) -> bool:
        return len(self.values) >= count


class Ending:
    """Stands where the process would end."""

    def __init__(self) -> None:
        self.called = asyncio.Event()

    def __call__(self) -> None:
        self.called.set()


@asynccontextmanager
async def consuming(bootstrap: str, topic: str, inbox: Inbox, group: str, ending: Ending | None = None) -> AsyncIterator[Consumer]:
    consumer = Consumer(group, bootstrap, [topic], inbox, Metrics(), Telemetry("test", None), ending or Ending())
    await consumer.start()
    try:
        yield consumer
    finally:
        await asyncio.wait_for(consumer.stop(), 15)


def send(bootstrap: str, topic: str, messages: Sequence[tuple[bytes | None, bytes, list[tuple[str, bytes]]]]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for key, value, headers in messages:
        producer.send(topic, key=key, value=value, headers=headers)
    producer.flush()
    producer.close()


@pytest.fixture
def group() -> str:
    return f"test-{uuid4().hex[:8]}"


async def test_kafka_may_come_after_the_consumer_and_go_before_it(database: Database, tenant: TenantId, group: str) -> None:
    """Neither dead nor crashed in between: it joins as soon as there is a Kafka, and does not wait for one to stop."""
    port, ending = free_port(), Ending()
    address, inbox = f"127.0.0.1:{port}", NotedInbox(database, INCIDENT_EVENTS.name)
    consumer = Consumer(group, address, [INCIDENT_EVENTS.name], inbox, Metrics(), Telemetry("test", None), ending)
    with own_folder("wardmote-kafka-") as folder:
        with capture_logs() as logs:
            await consumer.start()
            await eventually(lambda: _truth(any("away" in line["event"] for line in logs)), 10, "noticed that Kafka is away")
        server = KafkaServer(folder, port, free_port())
        await asyncio.to_thread(server.start)
        try:
            await asyncio.to_thread(create_topics, address, [INCIDENT_EVENTS], single_broker=True, partitions=1)
            one = message(INCIDENT_EVENTS.name, incident_event(tenant, uuid4()), tenant)
            await asyncio.to_thread(send, address, INCIDENT_EVENTS.name, [one])
            await eventually(lambda: inbox.has(1), 30, "the event taken in")
        finally:
            await asyncio.to_thread(server.stop)
            began = asyncio.get_running_loop().time()
            with contextlib.suppress(TimeoutError):
                await consumer.stop()
    assert asyncio.get_running_loop().time() - began < 6
    assert not ending.called.is_set()


async def test_a_consumer_that_waits_for_kafka_stops_at_once(database: Database, group: str) -> None:
    with capture_logs() as logs:
        async with consuming(
            f"127.0.0.1:{free_port()}", INCIDENT_EVENTS.name, NotedInbox(database, INCIDENT_EVENTS.name), group
        ) as consumer:
            await eventually(lambda: _truth(len(logs) > 1), 10, "noticed that Kafka is away")
            await asyncio.wait_for(consumer.stop(), 5)


async def test_a_flood_of_bad_data_stops_the_process(database: Database, broker: str, topic: str, group: str) -> None:
    ending = Ending()
    with capture_logs() as logs:
        async with consuming(broker, topic, NotedInbox(database, topic), group, ending):
            await asyncio.to_thread(send, broker, topic, [(None, b"", [])] * (BAD_WINDOW + 10))
            await asyncio.wait_for(ending.called.wait(), 20)
    assert any("rejected" in line["event"] for line in logs)


async def test_bad_data_among_good_is_no_flood(database: Database, broker: str, topic: str, group: str, tenant: TenantId) -> None:
    inbox, ending = NotedInbox(database, topic), Ending()
    mixed: list[tuple[bytes | None, bytes, list[tuple[str, bytes]]]] = []
    for _ in range(BAD_WINDOW):
        mixed += [message(topic, incident_event(tenant, uuid4()), tenant), (None, b"", [])]
    async with consuming(broker, topic, inbox, group, ending):
        await asyncio.to_thread(
            send, broker, topic, [one for pair in zip(good, [(None, b"", [])] * len(good), strict=True) for one in pair]
        )
        await eventually(lambda: inbox.has(2 * BAD_WINDOW), 20, "all taken in")
    assert not ending.called.is_set()


async def test_an_unknown_fault_stops_the_process_and_acknowledges_nothing(
    database: Database, broker: str, topic: str, group: str, tenant: TenantId
) -> None:
    failing, ending = NotedInbox(database, topic), Ending()
    failing.fault = ValueError(WORDS)
    with capture_logs() as logs:
        async with consuming(broker, topic, failing, group, ending):
            await asyncio.to_thread(send, broker, topic, [message(topic, incident_event(tenant, uuid4()), tenant)])
            await asyncio.wait_for(ending.called.wait(), 20)
    assert WORDS not in str(logs)
    mended = NotedInbox(database, topic)
    async with consuming(broker, topic, mended, group):
        await eventually(lambda: mended.has(1), 30, "the event again")


async def test_a_passing_fault_is_waited_out_and_nothing_is_lost(
    database: Database, broker: str, topic: str, group: str, tenant: TenantId
) -> None:
    inbox, ending = NotedInbox(database, topic), Ending()
    inbox.fault = ConnectionRefusedError()
    with capture_logs() as logs:
        async with consuming(broker, topic, inbox, group, ending):
            await asyncio.to_thread(send, broker, topic, [message(topic, incident_event(tenant, uuid4()), tenant)])
            await eventually(lambda: _truth(len(logs) >= 2), 20, "two tries")
            inbox.fault = None
            await eventually(lambda: inbox.has(1), 20, "the event taken in")
    assert not ending.called.is_set()


async def test_nothing_is_left_in_the_working_folder(database: Database, broker: str, topic: str, group: str) -> None:
    before = set(os.listdir())
    async with consuming(broker, topic, NotedInbox(database, topic), group):
        pass
    assert set(os.listdir()) == before


async def _truth(value: bool) -> bool:
    return value
