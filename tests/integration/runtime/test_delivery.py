"""Outbox → relay → Kafka → consumer → inbox → dispatcher, on real servers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from kafka import KafkaProducer

from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import PLATFORM, TenantId
from wardmote_runtime.consumer import Consumer
from wardmote_runtime.database import Database
from wardmote_runtime.dispatcher import Dispatcher, Handler
from wardmote_runtime.inbox import Inbox, Subscription
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.relay import Relay
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import Work, WorkQueue, settle
from wardmote_testkit.incidents import fact, incident_event, message
from wardmote_testkit.wait import eventually


class Pipe:
    """One process that sends and takes one topic."""

    def __init__(self, database: Database, addresses: ServiceDatabase, broker: str, topic: str) -> None:
        self.database, self.topic = database, topic
        self.metrics, self.outbox_wake, self.work_wake = Metrics(), Wake(), Wake()
        self.outbox = Outbox("test", self.outbox_wake)
        self.relay = Relay(addresses.relay_url, broker, self.metrics, self.outbox_wake)
        inbox = Inbox(database, [Subscription(topic, IncidentEvent)], self.metrics, self.work_wake)
        self.consumer = Consumer(f"test-{uuid4().hex[:8]}", broker, [topic], inbox, self.metrics, Telemetry("test", None))
        self.seen: list[tuple[str, int]] = []

    async def keep(self, work: Work) -> None:
        """A handler that remembers incident and number, and settles."""
        event = IncidentEvent.FromString(work.value)
        async with self.database.tenant_transaction() as connection:
            await settle(connection, work.ref)
        self.seen.append((event.incident_id, event.metadata.aggregate_version))

    @asynccontextmanager
    async def running(self, handler: Handler | None = None, *, relay: bool = True) -> AsyncIterator[None]:
        dispatcher = Dispatcher(
            WorkQueue(self.database), {self.topic: handler or self.keep}, concurrency=8, per_tenant=4, metrics=self.metrics,
            telemetry=Telemetry("test", None), wake=self.work_wake,
        )  # fmt: skip
        parts: list[Part] = [dispatcher, self.consumer, *([self.relay] if relay else [])]
        for part in parts:
            await part.start()
        try:
            yield
        finally:
            for part in reversed(parts):
                await part.stop()


@pytest.fixture
def pipe(database: Database, addresses: ServiceDatabase, broker: str, topic: str) -> Pipe:
    return Pipe(database, addresses, broker, topic)


def send(broker: str, topic: str, messages: Sequence[tuple[bytes | None, bytes, list[tuple[str, bytes]]]]) -> None:
    producer = KafkaProducer(bootstrap_servers=broker)
    for key, value, headers in messages:
        producer.send(topic, key=key, value=value, headers=headers)
    producer.flush()
    producer.close()


async def rows(database: Database, tenant: TenantId, statement: str) -> list[dict[str, object]]:
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            return await (await connection.execute(statement)).fetchall()


async def test_facts_arrive_once_and_in_order_of_their_aggregate(pipe: Pipe, tenant: TenantId) -> None:
    incidents = [uuid4() for _ in range(5)]
    async with pipe.running():
        for number in range(1, 9):
            with tenant_scope(tenant):
                async with pipe.database.tenant_transaction() as connection:
                    facts = [fact(pipe.topic, incident_event(tenant, incident, number=number)) for incident in incidents]
                    await pipe.outbox.append(connection, facts)
        await eventually(lambda: _truth(len(pipe.seen) == 40), describe="40 facts handled")
    for incident in incidents:
        assert [number for seen, number in pipe.seen if seen == str(incident)] == list(range(1, 9))
    assert await rows(pipe.database, tenant, "SELECT 1 FROM outbox") == []
    assert await rows(pipe.database, tenant, "SELECT 1 FROM work") == []


async def test_of_two_relays_one_moves_each_fact_and_the_other_takes_over(
    pipe: Pipe, addresses: ServiceDatabase, broker: str, tenant: TenantId, other_tenant: TenantId
) -> None:
    other_metrics = Metrics()
    other = Relay(addresses.relay_url, broker, other_metrics, pipe.outbox_wake)
    incident = uuid4()

    async def tell(number: int) -> None:
        for council in (tenant, other_tenant):
            with tenant_scope(council):
                async with pipe.database.tenant_transaction() as connection:
                    await pipe.outbox.append(connection, [fact(pipe.topic, incident_event(council, incident, number=number))])

    async with pipe.running():
        await tell(1)
        await eventually(lambda: _truth(len(pipe.seen) == 2), describe="the first relay at work, with all shards")
        await other.start()
        await tell(2)
        await eventually(lambda: _truth(len(pipe.seen) == 4), describe="two further facts handled")
        assert (relayed(pipe.metrics, pipe.topic), relayed(other_metrics, pipe.topic)) == (4, 0)
        await pipe.relay.stop()
        await tell(3)
        await eventually(lambda: _truth(len(pipe.seen) == 6), describe="the facts that the other relay moved")
        await other.stop()
    assert relayed(other_metrics, pipe.topic) == 2
    assert [number for _, number in pipe.seen[::2]] == [1, 2, 3]


def relayed(metrics: Metrics, topic: str) -> float:
    return metrics.registry.get_sample_value("wardmote_outbox_relayed_total", {"topic": topic}) or 0


async def test_a_duplicate_is_taken_once_also_inside_one_batch(pipe: Pipe, broker: str, tenant: TenantId) -> None:
    event = incident_event(tenant, uuid4())
    last = incident_event(tenant, uuid4(), number=9)
    async with pipe.running(relay=False):
        send(broker, pipe.topic, [message(pipe.topic, event, tenant)] * 3)
        await eventually(lambda: _truth(len(pipe.seen) >= 1), describe="the fact handled")
        send(broker, pipe.topic, [message(pipe.topic, event, tenant), message(pipe.topic, last, tenant)])
        await eventually(lambda: _truth((last.incident_id, 9) in pipe.seen), describe="the last fact handled")
        await eventually(lambda: _none(pipe.database, tenant, "SELECT 1 FROM work"), describe="an empty queue")
    assert sorted(pipe.seen) == sorted([(event.incident_id, 1), (last.incident_id, 9)])


async def test_what_cannot_be_read_becomes_a_dead_letter_and_stops_nobody(pipe: Pipe, broker: str, tenant: TenantId) -> None:
    good = incident_event(tenant, uuid4())
    key, value, headers = message(pipe.topic, incident_event(tenant, uuid4()), tenant)
    foreign = TenantId(uuid4())
    _, foreign_value, _ = message(pipe.topic, incident_event(foreign, uuid4()), foreign)
    async with pipe.running(relay=False):
        send(
            broker,
            pipe.topic,
            [
                (None, b"", []),
                (key, b"\xff\xff\xff", headers),
                (f"{foreign}/x".encode(), value, headers),
                (key, foreign_value, headers),
                message(pipe.topic, good, tenant),
            ],
        )
        await eventually(lambda: _truth((good.incident_id, 1) in pipe.seen), describe="the good fact handled")
    own = await rows(pipe.database, tenant, "SELECT reason FROM dead_letter")
    unknown = await rows(pipe.database, PLATFORM, "SELECT reason FROM dead_letter")
    assert {row["reason"] for row in own} <= {"value-not-decodable", "value-of-another-tenant"}
    assert own
    assert sorted(str(row["reason"]) for row in unknown) == ["header-missing", "key-of-another-tenant"]


async def test_a_refused_fact_parks_what_follows_it_and_nothing_else(pipe: Pipe, broker: str, tenant: TenantId) -> None:
    poisoned, healthy = uuid4(), uuid4()

    async def refuse_first(work: Work) -> None:
        event = IncidentEvent.FromString(work.value)
        if event.incident_id == str(poisoned) and event.metadata.aggregate_version == 1:
            raise Invalid(Violation("fact", "wrong"))
        await pipe.keep(work)

    async with pipe.running(refuse_first, relay=False):
        first = [message(pipe.topic, incident_event(tenant, poisoned, number=number), tenant) for number in (1, 2)]
        send(broker, pipe.topic, first)
        await eventually(lambda: _some(pipe.database, tenant, "SELECT 1 FROM dead_letter"), describe="a dead letter")
        send(broker, pipe.topic, [message(pipe.topic, incident_event(tenant, poisoned, number=3), tenant)])
        send(broker, pipe.topic, [message(pipe.topic, incident_event(tenant, healthy, number=1), tenant)])
        await eventually(lambda: _truth((str(healthy), 1) in pipe.seen), describe="the healthy incident handled")
    assert [seen for seen in pipe.seen if seen[0] == str(poisoned)] == []
    parked = await rows(pipe.database, tenant, "SELECT is_parked FROM work")
    assert [row["is_parked"] for row in parked] == [True, True]
    dead = await rows(pipe.database, tenant, "SELECT reason FROM dead_letter")
    assert [row["reason"] for row in dead] == ["INVALID"]


async def test_a_passing_fault_is_tried_again_until_it_works(pipe: Pipe, broker: str, tenant: TenantId) -> None:
    tries: list[int] = []

    async def fail_twice(work: Work) -> None:
        tries.append(work.ref.attempts)
        if work.ref.attempts < 3:
            raise ConnectionError
        await pipe.keep(work)

    async with pipe.running(fail_twice, relay=False):
        send(broker, pipe.topic, [message(pipe.topic, incident_event(tenant, uuid4()), tenant)])
        await eventually(lambda: _truth(len(pipe.seen) == 1), describe="the fact handled at the third try")
    assert tries == [1, 2, 3]


async def _truth(value: bool) -> bool:
    return value


async def _some(database: Database, tenant: TenantId, statement: str) -> bool:
    return bool(await rows(database, tenant, statement))


async def _none(database: Database, tenant: TenantId, statement: str) -> bool:
    return not await rows(database, tenant, statement)
