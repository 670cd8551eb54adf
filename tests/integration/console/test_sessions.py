"""The session table on a real PostgreSQL: hashed, one council at a time, and cleared of what is over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest
from wardmote_console.adapters.sessions import PostgresSessions
from wardmote_console.application.person import IDLE, LONGEST, Person, Session

from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.database import Database
from wardmote_runtime.migrations import migrate
from wardmote_runtime.provision import ServiceDatabase
from wardmote_testkit.clock import MONDAY_MORNING
from wardmote_testkit.databases import REPOSITORY, make_service_database, open_database

HERE, ELSEWHERE = TenantId(uuid4()), TenantId(uuid4())
NOW = MONDAY_MORNING


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    return make_service_database(postgres_server, "console")


@pytest.fixture(scope="module")
async def database(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses) as opened:
        yield opened


@pytest.fixture
def sessions(database: Database) -> PostgresSessions:
    return PostgresSessions(database)


def a_session(tenant: TenantId = HERE, **changed: object) -> Session:
    person = Person(tenant, "alex.merrow", frozenset({Role.CASE_WORKER, Role.ON_CALL}))
    return Session(person, **({"opened_at": NOW, "seen_at": NOW} | changed))  # type: ignore[arg-type]


def kept(addresses: ServiceDatabase, tenant: TenantId) -> list[tuple[object, ...]]:
    """The council's rows, as its own application login sees them."""
    with psycopg.connect(addresses.app_url) as connection:
        connection.execute("SELECT set_config('wardmote.tenant', %s, true)", [str(tenant)])
        return connection.execute("SELECT * FROM session").fetchall()


async def test_a_session_comes_back_and_its_key_is_not_kept(sessions: PostgresSessions, addresses: ServiceDatabase) -> None:
    key = "the-key-of-a-browser"
    await sessions.open(key, a_session())
    assert await sessions.find(HERE, key) == a_session()
    rows = kept(addresses, HERE)
    assert key not in repr(rows)
    assert sha256(key.encode()).digest() in rows[0]


async def test_a_key_opens_nothing_in_another_council(sessions: PostgresSessions) -> None:
    await sessions.open("here", a_session())
    assert await sessions.find(ELSEWHERE, "here") is None
    await sessions.end(ELSEWHERE, "here")
    await sessions.seen(ELSEWHERE, "here", NOW + timedelta(minutes=1))
    assert await sessions.find(HERE, "here") == a_session()


async def test_without_a_council_no_row_is_seen(sessions: PostgresSessions, addresses: ServiceDatabase) -> None:
    await sessions.open("unseen", a_session())
    with psycopg.connect(addresses.app_url) as connection:
        assert connection.execute("SELECT * FROM session").fetchall() == []


async def test_a_row_of_another_council_cannot_be_written(addresses: ServiceDatabase) -> None:
    with psycopg.connect(addresses.app_url) as connection:
        connection.execute("SELECT set_config('wardmote.tenant', %s, true)", [str(HERE)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO session VALUES (%s, %s, 'x', '{case_worker}', now(), now())", [ELSEWHERE, sha256(b"x").digest()]
            )


async def test_use_is_remembered_and_never_set_back(sessions: PostgresSessions) -> None:
    await sessions.open("used", a_session())
    await sessions.seen(HERE, "used", NOW + timedelta(minutes=5))
    await sessions.seen(HERE, "used", NOW + timedelta(minutes=3))
    found = await sessions.find(HERE, "used")
    assert found is not None
    assert found.seen_at == NOW + timedelta(minutes=5)


async def test_an_ended_session_is_gone(sessions: PostgresSessions) -> None:
    await sessions.open("ended", a_session())
    await sessions.end(HERE, "ended")
    assert await sessions.find(HERE, "ended") is None


async def test_what_is_over_goes_when_the_next_session_opens(sessions: PostgresSessions) -> None:
    tenant = TenantId(uuid4())
    later = NOW + LONGEST + timedelta(minutes=1)
    await sessions.open("idle", a_session(tenant, opened_at=later - timedelta(hours=1), seen_at=later - IDLE - timedelta(seconds=1)))
    await sessions.open("old", a_session(tenant, opened_at=NOW, seen_at=later - timedelta(minutes=1)))
    await sessions.open("good", a_session(tenant, opened_at=later - timedelta(hours=1), seen_at=later - timedelta(minutes=1)))
    await sessions.open("new", a_session(tenant, opened_at=later, seen_at=later))
    found = {key: await sessions.find(tenant, key) for key in ("idle", "old", "good", "new")}
    assert {key for key, session in found.items() if session} == {"good", "new"}


async def test_a_role_that_is_no_more_is_left_out(sessions: PostgresSessions, addresses: ServiceDatabase) -> None:
    await sessions.open("roles", a_session())
    with psycopg.connect(addresses.app_url) as connection:
        connection.execute("SELECT set_config('wardmote.tenant', %s, true)", [str(HERE)])
        connection.execute("UPDATE session SET roles = '{case_worker,gone}' WHERE session_hash = %s", [sha256(b"roles").digest()])
    found = await sessions.find(HERE, "roles")
    assert found is not None
    assert found.person.roles == {Role.CASE_WORKER}


def test_the_migration_goes_back_and_forth(postgres_server: str) -> None:
    made = make_service_database(postgres_server, "console")
    folder = REPOSITORY / "services" / "console" / "migrations"
    migrate(folder, made.migrate_url, "base")
    migrate(folder, made.migrate_url)
    assert kept(made, HERE) == []
