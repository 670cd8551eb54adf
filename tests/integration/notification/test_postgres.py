"""Notification's tables on a real PostgreSQL: one signal once, sealed contacts, one council."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from wardmote_notification.adapters.listing import PostgresQueries
from wardmote_notification.adapters.postgres import PostgresUnit, PostgresUnitOfWork
from wardmote_notification.application.commands import RaiseSignal
from wardmote_notification.application.handlers import Handlers
from wardmote_notification.domain.events import FailureReason
from wardmote_notification.domain.notification import Kind, Notification
from wardmote_notification.domain.roster import Recipient
from wardmote_notification.domain.urgent_signal import SignalStatus, UrgentSignal

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled, Invalid, NotFound
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_kernel.taxonomy import Severity
from wardmote_runtime.database import Database
from wardmote_runtime.migrations import migrate
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_testkit.databases import REPOSITORY, make_service_database
from wardmote_testkit.wait import eventually

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CANARY = "canary.contact@council.example"


@pytest.fixture
def tenant() -> Iterator[TenantId]:
    with tenant_scope(uuid4()) as here:
        yield here


@pytest.fixture
def elsewhere() -> TenantId:
    return TenantId(uuid4())


def about(kind: Kind, about_id: UUID | None = None, person_id: UUID | None = None) -> Notification:
    new_id = RandomIds(SystemClock()).new_id()
    return Notification(new_id, person_id or uuid4(), kind, about_id or uuid4(), "7K3M-P2QX", NOW, Severity.S3)


def signal() -> UrgentSignal:
    return UrgentSignal(uuid4(), uuid4(), "7K3M-P2QX", ("TL-001",), NOW)


def raise_signal(signal_id: UUID | None = None) -> RaiseSignal:
    return RaiseSignal(signal_id or uuid4(), uuid4(), "7K3M-P2QX", ("reporter-in-danger",))


async def register(unit_of_work: PostgresUnitOfWork, *roles: str, person_id: UUID | None = None) -> UUID:
    recipient = Recipient(person_id or uuid4(), frozenset(roles))
    async with unit_of_work() as unit:
        await unit.put_recipient(recipient)
    return recipient.person_id


async def rows(database: Database, statement: str) -> list[dict[str, Any]]:
    async with database.tenant_transaction() as connection:
        return await (await connection.execute(statement)).fetchall()


class Roads:
    """Two transactions at once; the second one is seen to wait for a lock of the first."""

    def __init__(self, unit_of_work: PostgresUnitOfWork, postgres_server: str, addresses: ServiceDatabase) -> None:
        self._unit_of_work = unit_of_work
        self._admin = postgres_server
        self._name = psycopg.conninfo.conninfo_to_dict(addresses.app_url)["dbname"]

    @asynccontextmanager
    async def first(self) -> AsyncIterator[PostgresUnit]:
        async with self._unit_of_work() as unit:
            yield unit

    async def waits(self) -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        async with await psycopg.AsyncConnection.connect(self._admin) as connection:
            row = await (await connection.execute(query, [self._name])).fetchone()
        return row is not None and row[0] > 0


@pytest.fixture
def roads(roster_work: PostgresUnitOfWork, postgres_server: str, addresses: ServiceDatabase) -> Roads:
    return Roads(roster_work, postgres_server, addresses)


async def test_of_two_transactions_at_once_only_one_makes_the_pages(
    tenant: TenantId, unit_of_work: PostgresUnitOfWork, handlers: Handlers, roads: Roads, database: Database
) -> None:
    person = await register(unit_of_work, "on_call")
    first = signal()
    async with roads.first() as unit:
        assert await unit.add_signal(first)
        second = asyncio.create_task(handlers.raise_signal(raise_signal(first.signal_id)))
        await eventually(roads.waits, describe="the second path waits for the first")
        await unit.add([about(Kind.PAGE, first.signal_id, person)])
    assert not (await second).is_first
    assert len(await rows(database, "SELECT 1 FROM notification WHERE kind = 'page'")) == 1
    assert len(await rows(database, "SELECT 1 FROM work WHERE kind = 'deliver-notification' AND is_urgent")) == 1


async def test_if_the_first_transaction_fails_the_second_pages(
    tenant: TenantId, unit_of_work: PostgresUnitOfWork, handlers: Handlers, roads: Roads, database: Database
) -> None:
    await register(unit_of_work, "on_call")
    first, second = signal(), []

    async def fails() -> None:
        async with roads.first() as unit:
            await unit.add_signal(first)
            second.append(asyncio.create_task(handlers.raise_signal(raise_signal(first.signal_id))))
            await eventually(roads.waits, describe="the second path waits for the first")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await fails()
    assert (await second[0]).is_first
    assert len(await rows(database, "SELECT 1 FROM notification WHERE kind = 'page'")) == 1


async def test_many_arrivals_at_once_page_once(tenant: TenantId, unit_of_work: PostgresUnitOfWork, handlers: Handlers) -> None:
    await register(unit_of_work, "on_call")
    signal_id = uuid4()
    outcomes = await asyncio.gather(*(handlers.raise_signal(raise_signal(signal_id)) for _ in range(8)))
    assert sorted(outcome.is_first for outcome in outcomes) == [False] * 7 + [True]


async def test_a_signal_and_the_first_person_cannot_pass_each_other_unseen(
    tenant: TenantId, unit_of_work: PostgresUnitOfWork, roads: Roads
) -> None:
    unanswered = signal()
    async with roads.first() as unit:
        assert unanswered.page(await unit.roster()) == ()
        registering = asyncio.create_task(_register_and_look(unit_of_work))
        await eventually(roads.waits, describe="the registration waits for the signal")
        await unit.add_signal(unanswered)
    assert await registering == [replace(unanswered, status=SignalStatus.NOBODY)]


async def _register_and_look(unit_of_work: PostgresUnitOfWork) -> list[UrgentSignal]:
    async with unit_of_work() as unit:
        await unit.put_recipient(Recipient(uuid4(), frozenset({"on_call"})))
        return list(await unit.unanswered_signals())


async def test_new_jobs_wake_the_dispatcher_after_the_commit(
    tenant: TenantId, unit_of_work: PostgresUnitOfWork, handlers: Handlers, wake: Wake
) -> None:
    woken: list[bool] = []
    wake.listen(lambda: woken.append(True))
    await register(unit_of_work, "on_call")
    assert woken == []
    async with unit_of_work() as unit:
        await unit.add([about(Kind.PAGE)])
        assert woken == []
    assert woken == [True]


async def test_a_contact_lies_sealed_and_goes_with_its_person(
    tenant: TenantId, unit_of_work: PostgresUnitOfWork, addresses: ServiceDatabase, postgres_server: str, database: Database
) -> None:
    person = await register(unit_of_work, "on_call")
    async with unit_of_work() as unit:
        await unit.keep_contact(person, CANARY)
        await unit.keep_contact(uuid4(), CANARY)
        assert await unit.kept_contact(person) == CANARY
    name = psycopg.conninfo.conninfo_to_dict(addresses.app_url)["dbname"]
    with psycopg.connect(psycopg.conninfo.make_conninfo(postgres_server, dbname=name)) as connection:
        kept = "".join(row for (row,) in connection.execute("SELECT r::text FROM recipient r"))
    assert str(person) in kept
    assert CANARY not in kept
    assert CANARY.encode().hex() not in kept
    await register(unit_of_work, "on_call", "case_worker", person_id=person)
    async with unit_of_work() as unit:
        assert await unit.kept_contact(person) == CANARY
        await unit.remove_recipient(person)
        assert await unit.kept_contact(person) is None
    assert await rows(database, "SELECT 1 FROM recipient") == []


async def test_a_contact_can_be_erased_alone(tenant: TenantId, unit_of_work: PostgresUnitOfWork, database: Database) -> None:
    person = await register(unit_of_work, "on_call")
    async with unit_of_work() as unit:
        await unit.keep_contact(person, CANARY)
        await unit.keep_contact(person, None)
        assert await unit.kept_contact(person) is None
    assert await rows(database, "SELECT contact_key FROM recipient") == [{"contact_key": None}]


async def test_pages_and_openings_are_unique_and_growth_is_while_it_waits(tenant: TenantId, unit_of_work: PostgresUnitOfWork) -> None:
    person, about_id = uuid4(), uuid4()
    async with unit_of_work() as unit:
        for kind in Kind:
            assert await unit.add([about(kind, about_id, person)]) == 1
            assert await unit.add([about(kind, about_id, person), about(kind, about_id)]) == 1
            last = (await unit.latest_about(about_id, kind))[person]
            last.deliver(uuid4(), NOW)
            await unit.end(last)
            assert await unit.add([about(kind, about_id, person)]) == (kind is Kind.INCIDENT_ATTACHED)


async def test_whoever_is_told_already_gets_no_second_job(tenant: TenantId, unit_of_work: PostgresUnitOfWork, database: Database) -> None:
    person, about_id = uuid4(), uuid4()
    async with unit_of_work() as unit:
        await unit.add([about(Kind.CASE_OPENED, about_id, person)])
        assert await unit.add([]) == 0
        assert await unit.add([about(Kind.CASE_OPENED, about_id, person), about(Kind.CASE_OPENED, about_id)]) == 1
    assert len(await rows(database, "SELECT 1 FROM work JOIN notification ON event_id = notification_id")) == 2
    assert len(await rows(database, "SELECT 1 FROM work")) == 2


async def test_what_has_ended_neither_ends_again_nor_counts_another_attempt(
    tenant: TenantId, unit_of_work: PostgresUnitOfWork, database: Database
) -> None:
    one = about(Kind.CASE_OPENED)
    async with unit_of_work() as unit:
        await unit.add([one])
        late = (await unit.letter(one.notification_id)).notification
        one.deliver(uuid4(), NOW)
        await unit.end(one)
    late.begin_attempt(7)
    async with unit_of_work() as unit:
        await unit.note_attempt(late)
    late.fail(uuid4(), NOW, FailureReason.GAVE_UP)
    with pytest.raises(AlreadyHandled):
        await _end(unit_of_work, late)
    assert await rows(database, "SELECT status, attempts FROM notification") == [{"status": "delivered", "attempts": 0}]
    assert len(await rows(database, "SELECT 1 FROM outbox")) == 1


async def _end(unit_of_work: PostgresUnitOfWork, notification: Notification) -> None:
    async with unit_of_work() as unit:
        await unit.end(notification)


async def test_only_case_workers_are_told_in_a_fixed_order(tenant: TenantId, unit_of_work: PostgresUnitOfWork) -> None:
    workers = {await register(unit_of_work, *roles) for roles in (["case_worker"], ["on_call", "case_worker"])}
    await register(unit_of_work, "on_call")
    async with unit_of_work() as unit:
        assert await unit.case_workers() == tuple(sorted(workers))


async def test_a_letter_has_the_councils_slug_when_it_is_known(
    tenant: TenantId, unit_of_work: PostgresUnitOfWork, database: Database
) -> None:
    one = about(Kind.CASE_OPENED)
    async with unit_of_work() as unit:
        await unit.add([one])
        assert (await unit.letter(one.notification_id)).slug == ""
    async with database.tenant_transaction() as connection:
        await connection.execute("INSERT INTO tenant_copy (tenant_id, slug, version) VALUES (%s, 'northshire', 1)", [tenant])
    async with unit_of_work() as unit:
        assert (await unit.letter(one.notification_id)).slug == "northshire"


async def test_how_it_ended_and_its_fact_are_kept_together(tenant: TenantId, unit_of_work: PostgresUnitOfWork, database: Database) -> None:
    one, other = about(Kind.PAGE), about(Kind.CASE_OPENED)
    async with unit_of_work() as unit:
        await unit.add([one, other])
        one.begin_attempt(2)
        one.deliver(uuid4(), NOW)
        other.fail(uuid4(), NOW, FailureReason.NO_CONTACT)
        await unit.end(one)
        await unit.end(other)
        assert (await unit.letter(one.notification_id)).notification == one
        assert (await unit.letter(other.notification_id)).notification == other
    facts = await rows(database, "SELECT topic, key, headers ->> 'ce_type' AS type FROM outbox ORDER BY seq")
    assert [(fact["topic"], fact["type"]) for fact in facts] == [
        ("notification-events", "NotificationDelivered"), ("notification-events", "NotificationFailed"),
    ]  # fmt: skip
    assert facts[0]["key"] == f"{tenant}/{one.notification_id}"


async def test_another_councils_rows_are_unknown_here(
    tenant: TenantId, elsewhere: TenantId, unit_of_work: PostgresUnitOfWork, handlers: Handlers, database: Database
) -> None:
    same_signal = uuid4()
    with tenant_scope(elsewhere):
        person = await register(unit_of_work, "on_call")
        assert (await handlers.raise_signal(raise_signal(same_signal))).status is SignalStatus.ON_CALL
        (page,) = (await PostgresQueries(database).notifications(0, "")).notifications
        async with unit_of_work() as unit:
            await unit.keep_contact(person, CANARY)
    outcome = await handlers.raise_signal(raise_signal(same_signal))
    assert (outcome.is_first, outcome.status) == (True, SignalStatus.NOBODY)
    assert (await PostgresQueries(database).notifications(0, "")).notifications == []
    async with unit_of_work() as unit:
        assert await unit.kept_contact(person) is None
        with pytest.raises(NotFound) as foreign:
            await unit.letter(page.notification_id)
        with pytest.raises(NotFound) as unknown:
            await unit.letter(uuid4())
    assert str(foreign.value) == str(unknown.value)


async def test_the_list_is_newest_first_by_cursor(tenant: TenantId, unit_of_work: PostgresUnitOfWork, database: Database) -> None:
    made = [about(Kind.PAGE) for _ in range(5)]
    async with unit_of_work() as unit:
        await unit.add(made)
    queries, seen, cursor = PostgresQueries(database), [], ""
    for size in (2, 2, 1):
        listing = await queries.notifications(2, cursor)
        assert len(listing.notifications) == size
        seen += [view.notification_id for view in listing.notifications]
        cursor = listing.next_cursor
    assert cursor == ""
    assert seen == sorted((one.notification_id for one in made), reverse=True)
    for limit, wrong in ((101, ""), (1, "no"), (1, "bm8")):
        with pytest.raises(Invalid):
            await queries.notifications(limit, wrong)


async def test_work_that_is_not_ours_cannot_be_settled(tenant: TenantId, unit_of_work: PostgresUnitOfWork, database: Database) -> None:
    async def settles() -> None:
        async with unit_of_work() as unit:
            await unit.add([about(Kind.PAGE)])
            await unit.settle(WorkRef(uuid4(), "case-events", uuid4()))

    with pytest.raises(AlreadyHandled):
        await settles()
    assert await rows(database, "SELECT 1 FROM notification") == []


def test_the_revisions_go_down_and_up_again(postgres_server: str) -> None:
    made = make_service_database(postgres_server, "notification")
    folder = REPOSITORY / "services" / "notification" / "migrations"
    migrate(folder, made.migrate_url, "base")
    migrate(folder, made.migrate_url)
