"""Tenancy's tables on a real PostgreSQL: sealed particulars, one transaction, one council, and a directory that is public."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest
from wardmote_tenancy.adapters.admission import Admission
from wardmote_tenancy.adapters.postgres_queries import PostgresQueries
from wardmote_tenancy.application.commands import CreateTenant, IssueApiKey, Order, PutPerson, RevokeApiKey, SetTenantStatus
from wardmote_tenancy.application.handlers import Handlers
from wardmote_tenancy.application.queries import TenantView
from wardmote_tenancy.domain.events import TenantStatus
from wardmote_tenancy.domain.person import Particulars, Person
from wardmote_tenancy.domain.settings import Branding, IdentityProvider, TenantSettings

from wardmote.tenancy.v1.tenant_events_pb2 import TenantEvent
from wardmote_kernel.errors import Conflict, Invalid, NotFound, NotPermitted, Unauthenticated, WardmoteError
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.migrations import migrate
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import Caller, tenant_scope
from wardmote_runtime.tenant_copy import TenantCopy, apply_tenant_event
from wardmote_testkit.databases import REPOSITORY, make_service_database

CANARY = "canaryofaperson"
PROVIDER = IdentityProvider("https://login.example/northshire", "wardmote")


def order(request_id: str | None = None, fingerprint: bytes = b"1") -> Order:
    return Order(request_id or str(uuid4()), fingerprint)


def some_settings(slug: str = "") -> TenantSettings:
    return TenantSettings(slug or f"c{uuid4().hex}", "Northshire Council", Nation.WALES, PROVIDER, Branding("#1d5f4a", "Ask for Dana."))


async def aboard(handlers: Handlers, tenant: TenantId, settings: TenantSettings | None = None, again: Order | None = None) -> TenantView:
    with tenant_scope(tenant):
        return await handlers.create_tenant(CreateTenant(again or order(), tenant, settings or some_settings()))


@pytest.fixture
async def here(handlers: Handlers) -> TenantId:
    return (await aboard(handlers, TenantId(uuid4()))).tenant_id


@pytest.fixture
async def elsewhere(handlers: Handlers) -> TenantId:
    return (await aboard(handlers, TenantId(uuid4()))).tenant_id


def put(person_id: UUID, roles: tuple[Role, ...] = (Role.CASE_WORKER,), subject: str = "") -> PutPerson:
    particulars = Particulars(f"{CANARY} name", f"{CANARY}@council.example") if roles else Particulars("")
    return PutPerson(order(), person_id, roles, subject, particulars)


async def put_person(handlers: Handlers, tenant: TenantId, command: PutPerson) -> Person:
    with tenant_scope(tenant):
        return await handlers.put_person(command)


@asynccontextmanager
async def rows_of(database: Database, tenant: TenantId) -> AsyncIterator[Connection]:
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            yield connection


async def facts_of(database: Database, tenant: TenantId) -> list[TenantEvent]:
    async with rows_of(database, tenant) as connection:
        rows = await (await connection.execute("SELECT topic, key, value FROM outbox ORDER BY seq")).fetchall()
    assert {(row["topic"], row["key"]) for row in rows} <= {("tenant-events", f"{tenant}/{tenant}")}
    return [TenantEvent.FromString(row["value"]) for row in rows]


async def test_a_council_comes_aboard_as_it_was_ordered(handlers: Handlers, queries: PostgresQueries) -> None:
    tenant, settings = TenantId(uuid4()), some_settings()
    view = await aboard(handlers, tenant, settings)
    assert view == TenantView(tenant, settings, TenantStatus.ACTIVE, 1)
    with tenant_scope(tenant):
        assert await queries.own_tenant() == view
    assert await queries.tenant_by_slug(settings.slug) == view


async def test_facts_are_numbered_along_the_council_without_a_gap(handlers: Handlers, database: Database, here: TenantId) -> None:
    people = [uuid4() for _ in range(4)]
    await asyncio.gather(*(put_person(handlers, here, put(person_id)) for person_id in people))
    with tenant_scope(here):
        issued = await handlers.issue_api_key(IssueApiKey(order(), "Case system"))
        await handlers.revoke_api_key(RevokeApiKey(issued.api_key.key_id))
        await handlers.set_tenant_status(SetTenantStatus(order(), TenantStatus.SUSPENDED))
    facts = await facts_of(database, here)
    assert [fact.metadata.aggregate_version for fact in facts] == [1, 2, 3, 4, 5, 6, 7]
    assert [fact.WhichOneof("fact") for fact in facts] == [
        "tenant_configured", *["person_configured"] * 4, "api_key_revoked", "tenant_configured",
    ]  # fmt: skip


async def test_the_copy_of_other_services_says_the_same_as_the_own_admission(
    handlers: Handlers, database: Database, here: TenantId
) -> None:
    """Every service is told the state by the facts; tenancy reads it from its rows. Answers are the same, word for word."""
    with tenant_scope(here):
        key_id = (await handlers.issue_api_key(IssueApiKey(order(), "Case system"))).api_key.key_id
    token = VerifiedToken(Caller(str(key_id), frozenset({Role.INTEGRATION_CLIENT}), here, "tenancy"), str(key_id))
    other = replace(token, token_id="another")
    assert await answers(database, here, token) == ["let in"] * 2
    with tenant_scope(here):
        await handlers.revoke_api_key(RevokeApiKey(key_id))
    assert {type(answer) for answer in await answers(database, here, token)} == {Unauthenticated}
    assert await answers(database, here, other) == ["let in"] * 2
    with tenant_scope(here):
        await handlers.set_tenant_status(SetTenantStatus(order(), TenantStatus.SUSPENDED))
    assert {type(answer) for answer in await answers(database, here, other)} == {NotPermitted}
    nowhere = replace(token, caller=replace(token.caller, tenant_id=TenantId(uuid4())))
    assert {type(answer) for answer in await answers(database, here, nowhere)} == {Unauthenticated}


async def answers(database: Database, tenant: TenantId, token: VerifiedToken) -> list[WardmoteError | str]:
    """What tenancy's admission and a copy made from all facts so far say to a token."""
    for fact in await facts_of(database, tenant):
        async with rows_of(database, tenant) as connection:
            await apply_tenant_event(connection, fact)
    found: list[WardmoteError | str] = []
    for admit in (Admission(database).admit, TenantCopy(database).admit):
        try:
            await admit(token)
            found.append("let in")
        except WardmoteError as refused:
            found.append(refused)
    assert len({str(answer) for answer in found}) == 1
    return found


async def test_a_repeated_order_makes_one_council_also_when_both_come_at_once(handlers: Handlers, database: Database) -> None:
    tenant, settings, again = TenantId(uuid4()), some_settings(), order()
    views = await asyncio.gather(*(aboard(handlers, tenant, settings, again) for _ in range(4)))
    assert {view.version for view in views} == {1}
    assert len(await facts_of(database, tenant)) == 1
    assert await aboard(handlers, tenant, settings) == views[0]


async def test_two_orders_for_one_council_at_once_make_one(handlers: Handlers, database: Database) -> None:
    tenant, settings = TenantId(uuid4()), some_settings()
    results = await asyncio.gather(*(aboard(handlers, tenant, settings) for _ in range(4)), return_exceptions=True)
    assert {type(result) for result in results} <= {TenantView, Conflict}
    assert len(await facts_of(database, tenant)) == 1


async def test_a_slug_is_one_councils_and_nobody_is_told_whose(handlers: Handlers, queries: PostgresQueries) -> None:
    settings, tenants = some_settings(), [TenantId(uuid4()) for _ in range(4)]
    results = await asyncio.gather(*(aboard(handlers, tenant, settings) for tenant in tenants), return_exceptions=True)
    (winner,) = [result for result in results if isinstance(result, TenantView)]
    refused = [str(result) for result in results if isinstance(result, Conflict)]
    assert refused == ["The slug is taken. Choose another."] * 3
    assert (await queries.tenant_by_slug(settings.slug)).tenant_id == winner.tenant_id
    for loser in set(tenants) - {winner.tenant_id}:
        with tenant_scope(loser), pytest.raises(NotFound):
            await queries.own_tenant()


async def test_an_unknown_slug_is_not_found(queries: PostgresQueries) -> None:
    for slug in ("nowhere", "", "Not A Slug", "zero\0byte", "a'; DROP TABLE tenant; --"):
        with pytest.raises(NotFound):
            await queries.tenant_by_slug(slug)


async def test_operators_page_through_all_councils(handlers: Handlers, queries: PostgresQueries) -> None:
    made = {(await aboard(handlers, TenantId(uuid4()))).settings.slug for _ in range(3)}
    seen: list[str] = []
    cursor, pages = "", 0
    while cursor or not pages:
        page = await queries.tenants(2, cursor)
        seen += [view.settings.slug for view in page.tenants]
        cursor, pages = page.next_cursor, pages + 1
    assert made <= set(seen)
    assert seen == sorted(set(seen))
    with pytest.raises(Invalid):
        await queries.tenants(101, "")


async def test_contacts_are_told_of_this_councils_people_only(
    handlers: Handlers, queries: PostgresQueries, here: TenantId, elsewhere: TenantId
) -> None:
    present, left, foreign, silent = (uuid4() for _ in range(4))
    for tenant, person_id in ((here, present), (here, left), (elsewhere, foreign)):
        await put_person(handlers, tenant, put(person_id))
    await put_person(handlers, here, put(left, ()))
    await put_person(handlers, here, replace(put(silent), particulars=Particulars("No contact")))
    with tenant_scope(here):
        contacts = await queries.contacts([present, present, left, foreign, silent, uuid4()])
        assert [(contact.person_id, contact.email) for contact in contacts] == [(present, f"{CANARY}@council.example")]
        with pytest.raises(Invalid):
            await queries.contacts([uuid4()] * 201)


def open_words(postgres_server: str, addresses: ServiceDatabase, words: str) -> list[str]:
    """Tables in which the words lie open, as text or as bytes."""
    name = psycopg.conninfo.conninfo_to_dict(addresses.app_url)["dbname"]
    with psycopg.connect(psycopg.conninfo.make_conninfo(postgres_server, dbname=name)) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        assert {"person", "person_key", "api_key", "tenant", "outbox", "request"} <= set(tables)
        rows = [(table, row) for table in tables for (row,) in connection.execute(f"SELECT t::text FROM {table} t")]
    return sorted({table for table, row in rows if words in row or words.encode().hex() in row})


async def test_no_name_or_contact_lies_open_in_the_database(
    handlers: Handlers, addresses: ServiceDatabase, postgres_server: str, here: TenantId
) -> None:
    await put_person(handlers, here, put(uuid4()))
    assert open_words(postgres_server, addresses, CANARY) == []


async def test_the_search_finds_open_words(handlers: Handlers, addresses: ServiceDatabase, postgres_server: str, here: TenantId) -> None:
    """The twin: a word that is kept open as text is found, and one that is kept open as bytes."""
    with tenant_scope(here):
        await handlers.issue_api_key(IssueApiKey(order(), "planted-in-a-label"))
    assert open_words(postgres_server, addresses, "planted-in-a-label") == ["api_key"]
    slug = some_settings().slug
    await aboard(handlers, TenantId(uuid4()), some_settings(slug))
    assert open_words(postgres_server, addresses, slug) == ["outbox", "tenant", "tenant_directory"]


async def test_no_token_is_kept(handlers: Handlers, addresses: ServiceDatabase, postgres_server: str, here: TenantId) -> None:
    command = IssueApiKey(order(), "Case system")
    with tenant_scope(here):
        issued = await handlers.issue_api_key(command)
        with pytest.raises(Conflict, match=str(issued.api_key.key_id)):
            await handlers.issue_api_key(command)
    for part in issued.token.split("."):
        assert open_words(postgres_server, addresses, part) == []


async def test_leaving_erases_everything_but_the_id(
    handlers: Handlers, queries: PostgresQueries, database: Database, here: TenantId
) -> None:
    person_id = uuid4()
    registered = put(person_id, subject="sub-1")
    await put_person(handlers, here, registered)
    leave = put(person_id, ())
    await put_person(handlers, here, leave)
    async with rows_of(database, here) as connection:
        rows = await (await connection.execute("SELECT * FROM person WHERE person_id = %s", [person_id])).fetchall()
        keys = await (await connection.execute("SELECT 1 FROM person_key WHERE person_id = %s", [person_id])).fetchall()
        prints = await (
            await connection.execute(
                "SELECT request_id, fingerprint, response FROM request WHERE request_id = ANY(%s)",
                [[registered.order.request_id, leave.order.request_id]],
            )
        ).fetchall()
    blank = {"subject": "", "name_sealed": None, "contact_sealed": None}
    assert rows == [{"tenant_id": here, "person_id": person_id, "roles": [], **blank}]
    assert keys == []
    assert {row["request_id"]: (row["fingerprint"], row["response"]) for row in prints} == {
        registered.order.request_id: (b"", b""),
        leave.order.request_id: (b"1", str(person_id).encode()),
    }
    with pytest.raises(Conflict):
        await put_person(handlers, here, registered)
    with tenant_scope(here):
        assert await queries.contacts([person_id]) == []


async def test_one_persons_leaving_leaves_the_others(handlers: Handlers, queries: PostgresQueries, here: TenantId) -> None:
    stays, leaves = uuid4(), uuid4()
    for command in (put(stays), put(leaves), put(leaves, ()), put(leaves)):
        await put_person(handlers, here, command)
    with tenant_scope(here):
        assert {contact.person_id for contact in await queries.contacts([stays, leaves])} == {stays, leaves}


async def test_another_councils_rows_are_not_there(handlers: Handlers, database: Database, here: TenantId, elsewhere: TenantId) -> None:
    await put_person(handlers, elsewhere, put(uuid4()))
    with tenant_scope(elsewhere):
        await handlers.issue_api_key(IssueApiKey(order(), "Case system"))
    async with rows_of(database, here) as connection:
        for table in ("tenant", "person", "person_key", "api_key", "request", "outbox"):
            rows = await (await connection.execute(f"SELECT tenant_id FROM {table}")).fetchall()
            assert {row["tenant_id"] for row in rows} <= {here}
        changed = await connection.execute("UPDATE tenant SET status = 'suspended' WHERE tenant_id = %s", [elsewhere])
        assert changed.rowcount == 0


async def test_nothing_can_be_written_for_another_council(database: Database, here: TenantId, elsewhere: TenantId) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with rows_of(database, here) as connection:
            await connection.execute(
                "INSERT INTO person (tenant_id, person_id, roles, subject) VALUES (%s, %s, '{}', '')", [elsewhere, uuid4()]
            )


async def test_without_a_council_only_the_directory_is_seen(database: Database, here: TenantId) -> None:
    async with database.directory_transaction() as connection:
        assert await (await connection.execute("SELECT 1 FROM tenant_directory WHERE tenant_id = %s", [here])).fetchall()
        for table in ("tenant", "person", "person_key", "api_key"):
            assert await (await connection.execute(f"SELECT 1 FROM {table}")).fetchall() == []


async def test_the_directory_cannot_be_rewritten(database: Database, here: TenantId) -> None:
    for statement in ("UPDATE tenant_directory SET slug = 'x'", "DELETE FROM tenant_directory"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with rows_of(database, here) as connection:
                await connection.execute(statement)


def test_only_the_public_directory_is_without_a_councils_policy(addresses: ServiceDatabase, postgres_server: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(addresses.app_url)["dbname"]
    with psycopg.connect(psycopg.conninfo.make_conninfo(postgres_server, dbname=name)) as connection:
        bare = connection.execute(
            """SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname <> 'alembic_version' AND NOT (relrowsecurity AND relforcerowsecurity)"""
        ).fetchall()
    assert bare == [("tenant_directory", "public directory")]


def test_the_revisions_go_down_and_up_again(postgres_server: str) -> None:
    made = make_service_database(postgres_server, "tenancy")
    folder = REPOSITORY / "services" / "tenancy" / "migrations"
    migrate(folder, made.migrate_url, "base")
    migrate(folder, made.migrate_url)
