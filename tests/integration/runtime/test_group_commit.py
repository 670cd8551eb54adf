"""Transactions committed together: one commit, and each part as if it were alone."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.group_commit import MOST_PARTS, _Part
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import NoTenant, tenant_scope
from wardmote_runtime.work import add_job
from wardmote_testkit.databases import make_service_database, open_database
from wardmote_testkit.wait import eventually

MINE = "SELECT event_id FROM work ORDER BY seq"


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here."""
    return make_service_database(postgres_server, "intake")


@pytest.fixture
async def pools(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses, size=3) as opened:
        yield opened


async def add(connection: Connection, job: UUID) -> str:
    """Adds a job; gives the transaction's own number."""
    await add_job(connection, job_id=job, kind="job", key=str(job))
    row = await (await connection.execute("SELECT pg_current_xact_id_if_assigned()::text AS top")).fetchone()
    assert row is not None
    return str(row["top"])


async def kept_of(pools: Database, tenant: UUID) -> list[UUID]:
    with tenant_scope(tenant):
        async with pools.tenant_transaction() as connection:
            return [row["event_id"] for row in await (await connection.execute(MINE)).fetchall()]


async def part(pools: Database, tenant: UUID, fault: BaseException | None = None, statement: str = "") -> tuple[UUID, str, list[UUID]]:
    """One part: adds a job and reads what its council sees."""
    job = uuid4()
    with tenant_scope(tenant):
        async with pools.shared_transaction() as connection:
            number = await add(connection, job)
            seen = [row["event_id"] for row in await (await connection.execute(MINE)).fetchall()]
            if statement:
                await connection.execute(statement)
            if fault is not None:
                raise fault
    return job, number, seen


async def test_parts_that_come_together_are_one_commit_and_see_no_other_council(pools: Database) -> None:
    councils = [uuid4() for _ in range(MOST_PARTS)]
    parts = await asyncio.gather(*(part(pools, council) for council in councils))
    assert len({number for _, number, _ in parts}) < MOST_PARTS / 4
    for council, (job, _, seen) in zip(councils, parts, strict=True):
        assert seen == [job]
        assert await kept_of(pools, council) == [job]


async def test_a_part_alone_is_kept_when_its_block_is_left(pools: Database, tenant: TenantId) -> None:
    job, _, _ = await part(pools, tenant)
    assert await kept_of(pools, tenant) == [job]


@pytest.mark.parametrize("failing", [{0}, {1}, {2, 3}, {0, 1, 4}, {0, 1, 2, 3, 4}])
async def test_parts_that_fail_are_undone_alone(failing: set[int], pools: Database) -> None:
    councils = [uuid4() for _ in range(5)]
    faults: list[dict[str, object]] = [{"fault": KeyError()}, {"statement": "SELECT 1 / 0"}]
    ended = await asyncio.gather(
        *(part(pools, council, **(faults[place % 2] if place in failing else {})) for place, council in enumerate(councils)),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    for place, (council, end) in enumerate(zip(councils, ended, strict=True)):
        assert isinstance(end, KeyError | errors.DivisionByZero) == (place in failing)
        assert len(await kept_of(pools, council)) == (0 if place in failing else 1)


async def test_a_part_writes_for_its_own_council_alone(pools: Database) -> None:
    """After a part of another council that was kept, and after one that was undone: the setting falls back to that one's then."""
    theirs, ours = TenantId(uuid4()), TenantId(uuid4())

    async def intrude() -> None:
        with tenant_scope(ours):
            async with pools.shared_transaction() as connection:
                await connection.execute("INSERT INTO work (tenant_id, event_id, kind, key) VALUES (%s, %s, 'k', 'k')", [theirs, uuid4()])

    ended = await asyncio.gather(part(pools, theirs), intrude(), part(pools, theirs, KeyError()), intrude(), return_exceptions=True)
    assert [type(end) for end in ended] == [tuple, errors.InsufficientPrivilege, KeyError, errors.InsufficientPrivilege]
    assert len(await kept_of(pools, theirs)) == 1


async def test_one_that_hangs_holds_up_nobody_for_long(pools: Database) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()
    slow, quick = TenantId(uuid4()), TenantId(uuid4())

    async def hang() -> None:
        with tenant_scope(slow):
            async with pools.shared_transaction() as connection:
                await add(connection, uuid4())
                entered.set()
                await go_on.wait()

    hanging = asyncio.create_task(hang())
    await asyncio.wait_for(entered.wait(), 5)
    job, _, _ = await asyncio.wait_for(part(pools, quick), 5)
    assert not hanging.done()
    assert await kept_of(pools, quick) == [job]
    go_on.set()
    await hanging
    assert len(await kept_of(pools, slow)) == 1


async def test_one_that_is_broken_off_while_it_waits_or_works_leaves_the_others(pools: Database) -> None:
    councils = [TenantId(uuid4()) for _ in range(6)]
    tasks = [asyncio.create_task(part(pools, council)) for council in councils]
    await asyncio.sleep(0)
    tasks[1].cancel()
    while not tasks[0].done():
        await asyncio.sleep(0)
        if not tasks[3].done():
            tasks[3].cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    for place in (0, 2, 4, 5):
        assert isinstance(ended[place], tuple)
        assert len(await kept_of(pools, councils[place])) == 1
    assert isinstance(ended[1], asyncio.CancelledError)
    assert await kept_of(pools, councils[1]) == []


async def test_one_that_is_broken_off_in_the_moment_of_its_turn_does_not_hold_the_group(pools: Database, tenant: TenantId) -> None:
    """It would hold the connection, and the locks of those before it, for ever."""
    groups, late = pools._group_commit, _Part(tenant)
    waiting = asyncio.create_task(groups._turn_of(late))
    late.turn.add_done_callback(lambda _: waiting.cancel())
    await asyncio.wait([late.turn], timeout=5)
    with pytest.raises(asyncio.CancelledError):
        await waiting

    async def is_over() -> bool:
        return not groups._tasks

    await eventually(is_over, 5, "the end of the group")
    await part(pools, tenant)


async def test_a_lost_connection_is_told_to_each_part_and_keeps_nothing(
    pools: Database, addresses: ServiceDatabase, postgres_server: str
) -> None:
    councils = [TenantId(uuid4()) for _ in range(3)]

    async def cut() -> None:
        with tenant_scope(uuid4()):
            async with pools.shared_transaction() as connection:
                name = conninfo_to_dict(addresses.app_url)["dbname"]
                with psycopg.connect(postgres_server, autocommit=True) as admin:
                    statement = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid = %s"
                    admin.execute(statement, [name, connection.info.backend_pid])
                await connection.execute("SELECT 1")

    ended = await asyncio.gather(
        part(pools, councils[0]), part(pools, councils[1]), cut(), part(pools, councils[2]), return_exceptions=True
    )
    assert all(isinstance(end, psycopg.OperationalError) for end in ended[:3])
    for council in councils[:2]:
        assert await kept_of(pools, council) == []
    await part(pools, councils[0])


async def test_without_a_database_all_who_wait_are_told_at_once() -> None:
    nowhere = "host=127.0.0.1 port=1 dbname=x user=x connect_timeout=1"
    database = Database(nowhere, nowhere, nowhere, 2)
    with pytest.raises(psycopg.OperationalError):
        await asyncio.wait_for(part(database, uuid4()), 5)


async def test_without_a_council_nothing_is_shared(pools: Database) -> None:
    with pytest.raises(NoTenant):
        pools.shared_transaction()
