"""The inbox without Kafka before it: each event once, in order, and nothing that arrives can break it."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote_kernel.identity import PLATFORM, TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.inbox import Inbox, Incoming, Subscription
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_testkit.databases import make_service_database, open_database
from wardmote_testkit.incidents import incident_event, message

TOPIC = "incident-events"


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here: each has councils of its own."""
    return make_service_database(postgres_server, "intake")


@pytest.fixture(scope="module")
async def shared(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses) as opened:
        yield opened


def inbox_of(database: Database) -> Inbox:
    return Inbox(database, [Subscription(TOPIC, IncidentEvent)], Metrics(), Wake())


def arrived(tenant: TenantId, event: IncidentEvent, offset: int = 0) -> Incoming:
    key, value, headers = message(TOPIC, event, tenant)
    return Incoming(TOPIC, 0, offset, key, value, headers)


async def queued(database: Database, tenant: TenantId) -> list[tuple[UUID, bool]]:
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            rows = await (await connection.execute("SELECT event_id, is_parked FROM work ORDER BY seq")).fetchall()
    return [(row["event_id"], row["is_parked"]) for row in rows]


async def dead(database: Database, tenant: TenantId) -> list[str]:
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            rows = await (await connection.execute("SELECT reason FROM dead_letter ORDER BY reason")).fetchall()
    return [row["reason"] for row in rows]


def ids(events: list[IncidentEvent]) -> list[UUID]:
    return [UUID(event.metadata.event_id) for event in events]


async def test_events_are_queued_in_the_order_of_arrival(shared: Database, tenant: TenantId) -> None:
    events = [incident_event(tenant, uuid4(), number=number) for number in range(50)]
    assert await inbox_of(shared).take_in([arrived(tenant, event) for event in events]) == 0
    assert await queued(shared, tenant) == [(event_id, False) for event_id in ids(events)]


async def test_an_event_is_queued_once_however_often_it_comes(shared: Database, tenant: TenantId) -> None:
    events = [incident_event(tenant, uuid4()) for _ in range(5)]
    inbox = inbox_of(shared)
    await inbox.take_in([arrived(tenant, event) for event in events + events])
    await inbox.take_in([arrived(tenant, event) for event in reversed(events)])
    assert await queued(shared, tenant) == [(event_id, False) for event_id in ids(events)]


async def test_the_same_event_id_of_another_council_is_another_event(shared: Database, tenant: TenantId, other_tenant: TenantId) -> None:
    event_id = uuid4()
    batch = [arrived(council, incident_event(council, uuid4(), event_id)) for council in (tenant, other_tenant)]
    await inbox_of(shared).take_in(batch)
    assert await queued(shared, tenant) == await queued(shared, other_tenant) == [(event_id, False)]


async def test_what_follows_bad_data_of_its_aggregate_is_parked(shared: Database, tenant: TenantId) -> None:
    incident, other = uuid4(), uuid4()
    later, healthy = incident_event(tenant, incident, number=2), incident_event(tenant, other)
    key, _, headers = message(TOPIC, incident_event(tenant, incident), tenant)
    bad = Incoming(TOPIC, 0, 0, key, b"\xff", headers)
    assert await inbox_of(shared).take_in([bad, arrived(tenant, later), arrived(tenant, healthy)]) == 1
    assert await queued(shared, tenant) == [(UUID(later.metadata.event_id), True), (UUID(healthy.metadata.event_id), False)]
    assert await dead(shared, tenant) == ["value-not-decodable"]


async def test_bad_data_that_comes_again_is_kept_once(shared: Database, tenant: TenantId) -> None:
    """And counted once: a consumer that stopped at a flood takes it in again, and would else stop at it again, for ever."""
    key, _, headers = message(TOPIC, incident_event(tenant, uuid4()), tenant)
    counted = [await inbox_of(shared).take_in([Incoming(TOPIC, 0, 0, key, b"\xff", headers)]) for _ in range(2)]
    assert counted == [1, 0]
    assert await dead(shared, tenant) == ["value-not-decodable"]


async def test_a_value_of_another_council_or_event_is_bad_data(shared: Database, tenant: TenantId, other_tenant: TenantId) -> None:
    key, _, headers = message(TOPIC, incident_event(tenant, uuid4()), tenant)
    foreign = incident_event(other_tenant, uuid4()).SerializeToString()
    await inbox_of(shared).take_in([Incoming(TOPIC, 0, 0, key, foreign, headers)])
    key, _, headers = message(TOPIC, incident_event(tenant, uuid4()), tenant)
    of_another = incident_event(tenant, uuid4()).SerializeToString()
    await inbox_of(shared).take_in([Incoming(TOPIC, 0, 1, key, of_another, headers)])
    assert await dead(shared, tenant) == ["value-of-another-event", "value-of-another-tenant"]
    assert await queued(shared, other_tenant) == []


ZERO_BYTES: dict[str, tuple[bytes, list[tuple[str, bytes]]]] = {
    "in a header": (b"", [("x", b"a\x00b")]),
    "in a header's name": (b"", [("a\x00b", b"x")]),
    "in the key": (b"\x00", []),
}


@pytest.mark.parametrize("name", ZERO_BYTES)
async def test_a_zero_byte_becomes_a_dead_letter_and_the_rest_of_the_batch_is_kept(name: str, shared: Database, tenant: TenantId) -> None:
    """PostgreSQL takes none in a text: the batch would fail for ever, and with it every council."""
    good = incident_event(tenant, uuid4())
    key, value, headers = message(TOPIC, incident_event(tenant, uuid4()), tenant)
    more_key, more_headers = ZERO_BYTES[name]
    offset = uuid4().int >> 70
    poison = Incoming(TOPIC, 0, offset, key + more_key, value, [*headers, *more_headers])
    assert await inbox_of(shared).take_in([poison, arrived(tenant, good)]) == 1
    assert await queued(shared, tenant) == [(UUID(good.metadata.event_id), False)]
    assert "headers-not-text" in await dead(shared, PLATFORM)


RAW = st.builds(
    Incoming,
    topic=st.just(TOPIC),
    partition=st.integers(0, 3),
    offset=st.integers(0, 2**62),
    key=st.none() | st.binary(max_size=60),
    value=st.binary(max_size=60),
    headers=st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), st.binary(max_size=20)), max_size=4),
)


@given(st.lists(RAW, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nothing_that_arrives_breaks_the_inbox(shared: Database, batch: list[Incoming]) -> None:
    assert await inbox_of(shared).take_in(batch) <= len(batch)
    assert await inbox_of(shared).take_in(batch) == 0


async def test_processes_with_the_same_batch_in_another_order_do_not_deadlock(addresses: ServiceDatabase) -> None:
    """As after a rebalance."""
    tenants = [TenantId(uuid4()) for _ in range(10)]
    events = [(tenant, incident_event(tenant, uuid4())) for tenant in tenants for _ in range(20)]
    async with open_database(addresses) as one, open_database(addresses) as other:
        for turn in range(5):
            shuffled = Random(turn).sample(events, len(events))
            batches = [[arrived(tenant, event) for tenant, event in order] for order in (events, shuffled)]
            await asyncio.gather(*(inbox_of(database).take_in(batch) for database, batch in zip((one, other), batches, strict=True)))
        counts = [len(await queued(one, tenant)) for tenant in tenants]
    assert counts == [20] * 10
