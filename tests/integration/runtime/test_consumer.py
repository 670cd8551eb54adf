"""The consumer at its edges: Kafka away, a deploy that rejects everything, and a fault that nobody knows."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from structlog.testing import capture_logs

from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote_contracts.topics import INCIDENT_EVENTS
from wardmote_kernel.identity import TenantId
from wardmote_local.servers.kafka import KafkaServer
from wardmote_runtime.admin import create_topics
from wardmote_runtime.consumer import BAD_WINDOW, Consumer
from wardmote_runtime.database import Database
from wardmote_runtime.inbox import Inbox, Incoming, Subscription
from wardmote_runtime.lifecycle import EXIT_CRASHED
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.wake import Wake
from wardmote_testkit.databases import make_service_database
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


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here."""
    return make_service_database(postgres_server, "intake")


@pytest.fixture
def group() -> str:
    return f"test-{uuid4().hex[:8]}"


PROCESS = """
import sys
from wardmote_runtime.consumer import Consumer
from wardmote_runtime.inbox import Inbox
from wardmote_runtime.lifecycle import run, run_until_stopped
from wardmote_runtime.logs import configure_logs
from wardmote_runtime.lifecycle import EXIT_CRASHED
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry

address, topic, group, fault = sys.argv[1:]

class Told(Inbox):
    def __init__(self):
        pass

    async def take_in(self, batch):
        if fault:
            raise ValueError(fault)
        print("taken in", len(batch), flush=True)
        return 0

class Other:
    async def start(self):
        pass

    async def stop(self):
        print("other stopped", flush=True)

configure_logs("probe", "info")
consumer = Consumer(group, address, [topic], Told(), Metrics(), Telemetry("probe", None))
run(lambda: run_until_stopped([Other(), consumer]))
"""


@asynccontextmanager
async def consumer_process(address: str, topic: str, group: str, fault: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of its own: a consumer that gives up, or whose Kafka is gone, leaves nothing of the process it runs in."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, address, topic, group, fault, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line_with(process: asyncio.subprocess.Process, words: str) -> None:
    assert process.stdout is not None
    while words not in (line := (await asyncio.wait_for(process.stdout.readline(), 30)).decode()):
        assert line, f"The process ended before it said: {words}"


async def test_kafka_may_come_after_the_process_and_go_before_it(tenant: TenantId, group: str) -> None:
    """It joins as soon as there is a Kafka; and it ends when it is told to, with all its parts, though faust waits for Kafka for ever."""
    port, topic = free_port(), INCIDENT_EVENTS.name
    async with consumer_process(f"127.0.0.1:{port}", topic, group) as process:
        await line_with(process, "Kafka is away")
        with own_folder("wardmote-kafka-") as folder:
            server = KafkaServer(folder, port, free_port())
            await asyncio.to_thread(server.start)
            try:
                await asyncio.to_thread(create_topics, server.bootstrap, [INCIDENT_EVENTS], single_broker=True, partitions=1)
                await asyncio.to_thread(send, server.bootstrap, topic, [message(topic, incident_event(tenant, uuid4()), tenant)])
                await line_with(process, "taken in 1")
            finally:
                await asyncio.to_thread(server.stop)
        process.terminate()
        await line_with(process, "other stopped")
        await line_with(process, "Stopped.")
        await asyncio.wait_for(process.wait(), 5)


async def test_an_unknown_fault_stops_the_process_and_acknowledges_nothing(broker: str, topic: str, group: str, tenant: TenantId) -> None:
    await asyncio.to_thread(send, broker, topic, [message(topic, incident_event(tenant, uuid4()), tenant)])
    async with consumer_process(broker, topic, group, fault=WORDS) as process:
        output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == EXIT_CRASHED
    assert "ValueError" in output.decode()
    assert WORDS not in output.decode()
    assert await asyncio.to_thread(acknowledged, broker, topic, group) == 0


async def test_what_was_kept_is_acknowledged(database: Database, broker: str, topic: str, group: str, tenant: TenantId) -> None:
    """The twin of the one above: the same question has another answer here."""
    await asyncio.to_thread(send, broker, topic, [message(topic, incident_event(tenant, uuid4()), tenant)])
    async with consuming(broker, topic, inbox := NotedInbox(database, topic), group):
        await eventually(lambda: inbox.has(1), 20, "the event taken in")
    assert await asyncio.to_thread(acknowledged, broker, topic, group) == 1


def acknowledged(broker: str, topic: str, group: str) -> int:
    """How many events of the topic the group will not ask for again."""
    consumer = KafkaConsumer(bootstrap_servers=broker, group_id=f"wardmote-{group}")
    try:
        return sum(consumer.committed(TopicPartition(topic, partition)) or 0 for partition in range(4))
    finally:
        consumer.close(autocommit=False)


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
    inbox, ending, incident = NotedInbox(database, topic), Ending(), uuid4()
    mixed: list[tuple[bytes | None, bytes, list[tuple[str, bytes]]]] = []
    for _ in range(BAD_WINDOW):
        event = message(topic, incident_event(tenant, incident), tenant)
        mixed += [event, event, (event[0], b"", [])]
    async with consuming(broker, topic, inbox, group, ending):
        await asyncio.to_thread(send, broker, topic, mixed)
        await eventually(lambda: inbox.has(len(mixed)), 20, "all taken in")
    assert not ending.called.is_set()


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
    before = contents()
    async with consuming(broker, topic, NotedInbox(database, topic), group):
        pass
    assert contents() == before


def contents() -> set[str]:
    return {path.name for path in Path().iterdir()}


async def _truth(value: bool) -> bool:
    return value
