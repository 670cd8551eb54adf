"""Statements committed together: one commit, each for its own council, and one that fails takes no other with it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from structlog.testing import capture_logs

from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.shared_statements import MOST_GROUPS, MOST_TOGETHER
from wardmote_runtime.tenancy import NoTenant, tenant_scope
from wardmote_testkit.databases import make_service_database, open_database

_ADD = """
INSERT INTO work (tenant_id, event_id, kind, key) VALUES (%(tenant)s, %(id)s, 'k', 'k')
RETURNING event_id, pg_current_xact_id()::text AS number, current_setting('wardmote.tenant') AS acting"""
_FAIL = "SELECT 1 / (%(id)s::uuid IS NULL)::int"
_CUT = "SELECT pg_terminate_backend(pg_backend_pid()), %(id)s::uuid"


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here."""
    return make_service_database(postgres_server, "intake")


@pytest.fixture
async def pools(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses, size=4) as opened:
        yield opened


async def run(pools: Database, council: UUID, statement: str = _ADD, tenant: UUID | None = None) -> list[dict[str, Any]]:
    with tenant_scope(council):
        return await pools.shared_statement(statement, {"tenant": tenant or council, "id": uuid4()})


async def kept_of(pools: Database, council: UUID) -> list[UUID]:
    with tenant_scope(council):
        async with pools.tenant_transaction() as connection:
            return [row["event_id"] for row in await (await connection.execute("SELECT event_id FROM work")).fetchall()]


async def test_statements_that_come_together_are_one_commit_each_for_its_council(pools: Database) -> None:
    councils = [uuid4() for _ in range(MOST_TOGETHER)]
    for _ in range(3):  # Prepared statements too.
        rows = await asyncio.gather(*(run(pools, council) for council in councils))
        assert len({row["number"] for (row,) in rows}) <= MOST_GROUPS
        assert [row["acting"] for (row,) in rows] == [str(council) for council in councils]
    for council in councils:
        assert len(await kept_of(pools, council)) == 3


async def test_a_statement_alone_is_kept_when_it_returns(pools: Database, tenant: TenantId) -> None:
    ((row),) = await run(pools, tenant)
    assert await kept_of(pools, tenant) == [row["event_id"]]


@pytest.mark.parametrize("failing", [{0}, {7}, {3, 4}, set(range(8))])
async def test_one_that_fails_fails_alone(failing: set[int], pools: Database) -> None:
    councils = [uuid4() for _ in range(8)]
    with capture_logs():
        ended = await asyncio.gather(
            *(run(pools, council, _FAIL if place in failing else _ADD) for place, council in enumerate(councils)), return_exceptions=True
        )
    for place, (council, end) in enumerate(zip(councils, ended, strict=True)):
        assert isinstance(end, errors.DivisionByZero) == (place in failing)
        assert len(await kept_of(pools, council)) == (0 if place in failing else 1)


async def test_a_value_that_cannot_be_written_out_fails_its_statement_alone(pools: Database) -> None:
    council, other = uuid4(), uuid4()

    async def odd() -> object:
        with tenant_scope(other):
            return await pools.shared_statement("SELECT %(id)s", {"id": "\ud800"})

    with capture_logs():
        kept, failed = await asyncio.gather(run(pools, council), odd(), return_exceptions=True)
    assert isinstance(kept, list)
    assert isinstance(failed, UnicodeEncodeError)


async def test_nothing_is_written_for_another_council_whoever_stands_beside(pools: Database) -> None:
    ours, theirs = uuid4(), uuid4()
    with capture_logs():
        ended = await asyncio.gather(
            run(pools, theirs), run(pools, ours, tenant=theirs), run(pools, theirs), run(pools, ours), return_exceptions=True
        )
    assert isinstance(ended[1], errors.InsufficientPrivilege)
    assert (len(await kept_of(pools, theirs)), len(await kept_of(pools, ours))) == (2, 1)


async def test_the_next_transaction_on_the_connection_acts_for_nobody(addresses: ServiceDatabase) -> None:
    async with open_database(addresses, size=1) as pools:
        await asyncio.gather(*(run(pools, uuid4()) for _ in range(4)))
        async with pools.directory_transaction() as connection:
            assert await (await connection.execute("SELECT 1 FROM work")).fetchall() == []
        await asyncio.gather(*(run(pools, uuid4()) for _ in range(4)))
        async with pools._app.connection() as connection:  # Outside of any transaction, where nothing is set anew.
            left = await (await connection.execute("SELECT current_setting('wardmote.tenant', true) AS acting")).fetchall()
    assert left == [{"acting": ""}]


async def test_a_lost_connection_is_told_to_each_and_the_next_ones_go_on(
    pools: Database, addresses: ServiceDatabase, postgres_server: str
) -> None:
    with psycopg.connect(postgres_server, dbname=conninfo_to_dict(addresses.app_url)["dbname"]) as admin:
        admin.execute("GRANT EXECUTE ON FUNCTION pg_terminate_backend(integer, bigint) TO PUBLIC")
    councils = [uuid4() for _ in range(4)]
    with capture_logs():
        first = [run(pools, uuid4()) for _ in range(MOST_GROUPS)]  # So that the next ones make one group.
        group = [run(pools, councils[0]), run(pools, councils[1], _CUT), run(pools, councils[2])]
        ended = await asyncio.gather(*first, *group, return_exceptions=True)
    assert all(isinstance(end, psycopg.OperationalError) for end in ended[MOST_GROUPS:]), ended
    assert await kept_of(pools, councils[0]) == []
    await run(pools, councils[3])
    assert len(await kept_of(pools, councils[3])) == 1


async def test_one_who_has_given_up_waiting_leaves_the_others(pools: Database) -> None:
    councils = [uuid4() for _ in range(5)]
    tasks = [asyncio.create_task(run(pools, council)) for council in councils]
    await asyncio.sleep(0)
    tasks[4].cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(end, list) for end in ended] == [True] * 4 + [False]


async def test_without_a_database_each_is_told(addresses: ServiceDatabase) -> None:
    nowhere = "host=127.0.0.1 port=1 dbname=x user=x connect_timeout=1"
    database = Database(nowhere, nowhere, nowhere, 2)
    ended = await asyncio.wait_for(asyncio.gather(*(run(database, uuid4()) for _ in range(8)), return_exceptions=True), 10)
    assert all(isinstance(end, psycopg.OperationalError) for end in ended)


async def test_without_a_council_nothing_is_run(pools: Database) -> None:
    with pytest.raises(NoTenant):
        await pools.shared_statement("SELECT 1", {})
