"""The slower lane on a real PostgreSQL: a council over its limit is worked at its own rate, and no other council feels it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote.tenancy.v1.tenant_events_pb2 import TenantConfigured, TenantEvent
from wardmote.tenancy.v1.tenant_pb2 import NATION_WALES, TENANT_STATUS_ACTIVE
from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.inbox import Inbox, Incoming, Subscription
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.tenant_copy import apply_tenant_event
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import WorkQueue
from wardmote_testkit.databases import make_service_database, open_database
from wardmote_testkit.incidents import incident_event, message

TOPIC = "incident-events"
LIMIT = 60
"""Reports a minute, so one a second, and so many in a burst."""

TICK = timedelta(seconds=1)


def may_wait(event: IncidentEvent) -> bool:
    return not event.incident_reported.urgent_signal_id


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here: each has councils of its own."""
    return make_service_database(postgres_server, "classification")


@pytest.fixture(scope="module")
async def shared(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses) as opened:
        yield opened


class Lane:
    """The inbox of one process, and what lies in the queue."""

    def __init__(self, database: Database) -> None:
        self.database, self.metrics = database, Metrics()
        self._inbox = Inbox(database, [Subscription(TOPIC, IncidentEvent, may_wait=may_wait)], self.metrics, Wake())

    async def limit(self, tenant: TenantId, reports_per_minute: int = LIMIT) -> None:
        with tenant_scope(tenant):
            async with self.database.tenant_transaction() as connection:
                await connection.execute(
                    "INSERT INTO tenant_copy (tenant_id, slug, reports_per_minute) VALUES (%s, 'northshire', %s)",
                    [tenant, reports_per_minute],
                )

    async def take_in(self, *events: tuple[TenantId, IncidentEvent]) -> None:
        await self._inbox.take_in([_arrived(tenant, event) for tenant, event in events])

    async def flood(self, tenant: TenantId, count: int) -> list[IncidentEvent]:
        events = [incident_event(tenant, uuid4()) for _ in range(count)]
        await self.take_in(*((tenant, event) for event in events))
        return events

    async def waits(self, tenant: TenantId) -> list[timedelta]:
        """How long each piece in the queue waits from its arrival, in the order of arrival."""
        with tenant_scope(tenant):
            async with self.database.tenant_transaction() as connection:
                rows = await (await connection.execute("SELECT due_at - written_at AS wait FROM work ORDER BY seq")).fetchall()
        return [row["wait"] for row in rows]

    async def claimed(self, tenant: TenantId, most: int = 1000) -> list[UUID]:
        pieces = await WorkQueue(self.database).claim(ordinary=most, urgent=most, per_tenant=most)
        return [piece.ref.event_id for piece in pieces if piece.tenant_id == tenant]

    def slowed(self) -> float:
        return self.metrics.registry.get_sample_value("wardmote_slowed_total", {"topic": TOPIC}) or 0.0


def _arrived(tenant: TenantId, event: IncidentEvent) -> Incoming:
    key, value, headers = message(TOPIC, event, tenant)
    return Incoming(TOPIC, 0, 0, key, value, headers)


@pytest.fixture
def lane(shared: Database) -> Lane:
    return Lane(shared)


async def test_a_minutes_worth_is_worked_at_once_and_the_rest_at_the_limits_rate(lane: Lane, tenant: TenantId) -> None:
    await lane.limit(tenant)
    events = await lane.flood(tenant, LIMIT + 10)
    assert await lane.waits(tenant) == [timedelta(0)] * LIMIT + [TICK * number for number in range(1, 11)]
    assert await lane.claimed(tenant) == [UUID(event.metadata.event_id) for event in events[:LIMIT]]
    assert lane.slowed() == 10


async def test_100_times_the_limit_is_all_taken_in_and_waits_its_turn(lane: Lane, tenant: TenantId) -> None:
    await lane.limit(tenant)
    for _ in range(20):
        await lane.flood(tenant, 5 * LIMIT)
    waits = await lane.waits(tenant)
    assert len(waits) == 100 * LIMIT
    assert timedelta(minutes=98) < waits[-1] <= timedelta(minutes=99)
    assert len(await lane.claimed(tenant, 10_000)) < 2 * LIMIT


async def test_other_councils_are_worked_at_once_beside_a_flood(lane: Lane, tenant: TenantId, other_tenant: TenantId) -> None:
    for council in (tenant, other_tenant):
        await lane.limit(council)
    await lane.flood(tenant, 10 * LIMIT)
    flooding = [(tenant, incident_event(tenant, uuid4())) for _ in range(50)]
    quiet = incident_event(other_tenant, uuid4())
    await lane.take_in(*flooding, (other_tenant, quiet), *((tenant, incident_event(tenant, uuid4())) for _ in range(50)))
    assert await lane.waits(other_tenant) == [timedelta(0)]
    assert await lane.claimed(other_tenant) == [UUID(quiet.metadata.event_id)]


async def test_danger_waits_for_nothing_and_takes_no_token(lane: Lane, tenant: TenantId) -> None:
    await lane.limit(tenant)
    await lane.flood(tenant, 2 * LIMIT)
    urgent = incident_event(tenant, uuid4())
    urgent.incident_reported.urgent_signal_id = str(uuid4())
    await lane.take_in((tenant, urgent), (tenant, incident_event(tenant, uuid4())))
    *_, of_urgent, of_next = await lane.waits(tenant)
    assert of_urgent == timedelta(0)
    assert LIMIT * TICK < of_next <= (LIMIT + 1) * TICK
    assert UUID(urgent.metadata.event_id) in await lane.claimed(tenant)


async def test_a_batch_sees_and_fills_the_buckets_of_its_own_councils_alone(
    lane: Lane, shared: Database, tenant: TenantId, other_tenant: TenantId
) -> None:
    for council in (tenant, other_tenant):
        await lane.limit(council)
        await lane.flood(council, 1)
    async with shared.pipeline_transaction([tenant]) as connection:
        for table in ("pace", "tenant_copy"):
            rows = await (await connection.execute(f"SELECT tenant_id FROM {table}".encode())).fetchall()
            assert [row["tenant_id"] for row in rows] == [tenant]
        changed = await connection.execute("UPDATE pace SET full_at = now() WHERE tenant_id = %s", [other_tenant])
        assert changed.rowcount == 0


async def test_what_comes_again_takes_no_second_token(lane: Lane, tenant: TenantId) -> None:
    await lane.limit(tenant)
    events = await lane.flood(tenant, LIMIT)
    for _ in range(3):
        await lane.take_in(*((tenant, event) for event in events))
    fresh = incident_event(tenant, uuid4())
    await lane.take_in((tenant, events[0]), (tenant, fresh), (tenant, fresh))
    assert len(await lane.waits(tenant)) == LIMIT + 1
    assert timedelta(0) < (await lane.waits(tenant))[-1] <= TICK


async def test_a_council_without_a_limit_does_not_wait(lane: Lane, tenant: TenantId, other_tenant: TenantId) -> None:
    await lane.limit(tenant, 0)
    for council in (tenant, other_tenant):
        await lane.flood(council, 500)
        assert set(await lane.waits(council)) == {timedelta(0)}


async def test_the_bucket_fills_again_with_time_and_holds_no_more_than_a_minute(
    lane: Lane, tenant: TenantId, addresses: ServiceDatabase, postgres_server: str
) -> None:
    await lane.limit(tenant)
    await lane.flood(tenant, 2 * LIMIT)
    name = str(conninfo_to_dict(addresses.app_url)["dbname"])
    for passed, at_once in ((timedelta(seconds=90), 30), (timedelta(days=7), LIMIT)):
        with psycopg.connect(make_conninfo(postgres_server, dbname=name)) as admin:
            admin.execute("UPDATE pace SET full_at = full_at - %s WHERE tenant_id = %s", [passed, tenant])
        await lane.flood(tenant, 2 * LIMIT)
        newest = (await lane.waits(tenant))[-2 * LIMIT :]
        assert sum(wait == timedelta(0) for wait in newest) in (at_once, at_once + 1)  # The test itself takes a part of a second.


@pytest.mark.parametrize(("limit", "waits"), [(LIMIT * 10, TICK * 3), (LIMIT // 2, TICK * 60), (0, timedelta(0))])
async def test_a_changed_limit_counts_for_what_waits(
    lane: Lane, shared: Database, tenant: TenantId, other_tenant: TenantId, limit: int, waits: timedelta
) -> None:
    for council in (tenant, other_tenant):
        await lane.limit(council)
        await lane.flood(council, LIMIT + 30)
    event = TenantEvent(metadata=EventMetadata(aggregate_version=1), tenant_configured=TenantConfigured(reports_per_minute=limit))
    event.tenant_configured.nation, event.tenant_configured.status = NATION_WALES, TENANT_STATUS_ACTIVE
    for _ in range(2):  # That it comes again changes nothing more.
        with tenant_scope(tenant):
            async with shared.tenant_transaction() as connection:
                await apply_tenant_event(connection, event)
    assert abs((await lane.waits(tenant))[-1] - waits) < TICK
    assert (await lane.waits(other_tenant))[-1] == 30 * TICK
    await lane.flood(tenant, 1)
    assert abs((await lane.waits(tenant))[-1] - waits) < 3 * TICK


async def test_two_processes_share_one_bucket(shared: Database, tenant: TenantId) -> None:
    first, second = Lane(shared), Lane(shared)
    await first.limit(tenant)
    await asyncio.gather(*(lane.flood(tenant, LIMIT // 2) for lane in (first, second, first, second)))
    waits = sorted(await first.waits(tenant))
    assert sum(wait < TICK / 2 for wait in waits) == LIMIT  # Not exactly 0: one's clock began while it waited for the other.
    assert LIMIT * TICK - TICK / 2 < waits[-1] < LIMIT * TICK + TICK / 2


async def test_a_claim_does_not_look_at_what_waits(lane: Lane, tenant: TenantId, addresses: ServiceDatabase, postgres_server: str) -> None:
    """As the table's own statistics count it: rows that a claim reads must not grow with the lane."""
    await lane.limit(tenant, 1)
    await lane.flood(tenant, 3000)
    name = str(conninfo_to_dict(addresses.app_url)["dbname"])
    with psycopg.connect(make_conninfo(postgres_server, dbname=name), autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE work")
        admin.execute("SET ROLE wardmote_relay")
        plan = admin.execute(
            "EXPLAIN (ANALYZE, FORMAT TEXT) SELECT seq FROM work w WHERE w.tenant_id = %s AND NOT w.is_parked AND NOT w.is_urgent"
            " AND w.due_at <= now() ORDER BY w.due_at, w.seq LIMIT 8",
            [tenant],
        ).fetchall()
    text = "\n".join(row[0] for row in plan)
    assert "work_by_due" in text, text
    assert "Removed by Filter" not in text, text
