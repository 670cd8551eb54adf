"""The work queue on a real PostgreSQL: fair over councils, urgent beside it, in order, settled once."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from wardmote_kernel.errors import AlreadyHandled
from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.work import LEASE, Claimed, WorkQueue, add_job, settle
from wardmote_testkit.databases import make_service_database, open_database


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here."""
    return make_service_database(postgres_server, "intake")


@pytest.fixture(autouse=True)
def empty(addresses: ServiceDatabase, postgres_server: str) -> None:
    """A claim looks at all councils: each test begins with an empty queue."""
    with psycopg.connect(postgres_server, dbname=conninfo_to_dict(addresses.app_url)["dbname"]) as connection:
        connection.execute("TRUNCATE work, dead_letter")


@pytest.fixture
def queue(database: Database) -> WorkQueue:
    return WorkQueue(database)


async def add(
    database: Database, tenant: TenantId, *keys: str, is_urgent: bool = False, wait: timedelta = timedelta(0), kind: str = "job"
) -> list[UUID]:
    """One job for each key, in this order."""
    ids = [uuid4() for _ in keys]
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            for job_id, key in zip(ids, keys, strict=True):
                await add_job(connection, job_id=job_id, kind=kind, key=key, is_urgent=is_urgent, wait=wait)
    return ids


async def claim(queue: WorkQueue, *, ordinary: int = 100, urgent: int = 100, per_tenant: int = 100) -> list[Claimed]:
    return await queue.claim(ordinary=ordinary, urgent=urgent, per_tenant=per_tenant)


async def finish(database: Database, claimed: Claimed) -> None:
    with tenant_scope(claimed.tenant_id):
        async with database.tenant_transaction() as connection:
            await settle(connection, claimed.ref)


async def run_out(database: Database, claimed: Claimed) -> None:
    """As if the lease had passed."""
    async with database.relay_transaction() as connection:
        await connection.execute("UPDATE work SET claimed_until = now() - interval '1 second' WHERE claim = %s", [claimed.ref.claim])


def ids(pieces: list[Claimed]) -> list[UUID]:
    return [piece.ref.event_id for piece in pieces]


async def test_a_council_with_a_backlog_does_not_keep_others_waiting(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    await add(database, tenant, *(f"incident-{number}" for number in range(300)))
    others = [TenantId(uuid4()) for _ in range(20)]
    for other in others:
        await add(database, other, "only")
    first_round = await claim(queue, ordinary=24, per_tenant=8)
    assert set(others) <= {piece.tenant_id for piece in first_round}
    assert len([piece for piece in first_round if piece.tenant_id == tenant]) == 4
    assert len({piece.tenant_id for piece in first_round[:21]}) == 21


async def test_councils_with_backlogs_share_a_round(database: Database, queue: WorkQueue) -> None:
    councils = [TenantId(uuid4()) for _ in range(3)]
    for council in councils:
        await add(database, council, *(str(number) for number in range(10)))
    taken = await claim(queue, ordinary=9, per_tenant=8)
    assert {council: len([piece for piece in taken if piece.tenant_id == council]) for council in councils} == dict.fromkeys(councils, 3)


async def test_oldest_first_within_a_council(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    made = await add(database, tenant, *(f"k{number}" for number in range(10)))
    assert ids(await claim(queue, ordinary=4)) == made[:4]
    assert ids(await claim(queue, ordinary=4)) == made[4:8]


async def test_of_one_council_only_so_much_is_in_flight(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    await add(database, tenant, *(str(number) for number in range(20)))
    taken = await claim(queue, per_tenant=5)
    assert len(taken) == 5
    assert await claim(queue, per_tenant=5) == []
    await finish(database, taken[0])
    assert len(await claim(queue, per_tenant=5)) == 1
    assert len(await claim(queue, per_tenant=7)) == 2


async def test_processes_that_claim_at_once_share_nothing_and_keep_the_cap(addresses: ServiceDatabase, tenant: TenantId) -> None:
    async with open_database(addresses) as one, open_database(addresses) as other:
        await add(one, tenant, *(str(number) for number in range(50)))
        queues = [WorkQueue(one), WorkQueue(other)]
        for _ in range(10):
            rounds = await asyncio.gather(*(claim(queue, ordinary=4, per_tenant=4) for queue in queues * 2))
            taken = [piece for pieces in rounds for piece in pieces]
            assert len(set(ids(taken))) == len(taken) <= 4
            for piece in taken:
                await finish(one, piece)


async def test_urgent_work_comes_first_with_slots_of_its_own(
    database: Database, queue: WorkQueue, tenant: TenantId, other_tenant: TenantId
) -> None:
    ordinary = await add(database, tenant, "a", "b", "c")
    urgent = await add(database, tenant, "d", "e", is_urgent=True)
    theirs = await add(database, other_tenant, "f", is_urgent=True)
    assert ids(await claim(queue, ordinary=0, urgent=1)) == urgent[:1]
    taken = await claim(queue, ordinary=2, urgent=4, per_tenant=1)
    assert set(ids(taken[:2])) == {urgent[1], *theirs}
    assert [piece.is_urgent for piece in taken] == [True, True, False]
    assert ids(taken[2:]) == ordinary[:1]


async def test_urgent_work_passes_a_council_that_is_at_its_cap(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    await add(database, tenant, "a", "b", "c")
    assert len(await claim(queue, per_tenant=2)) == 2
    urgent = await add(database, tenant, "d", "e", "f", is_urgent=True)
    assert ids(await claim(queue, per_tenant=2)) == urgent


async def test_of_one_aggregate_only_the_first_may_be_claimed(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    """Over all kinds, and an urgent one does not overtake."""
    made = [
        *await add(database, tenant, "incident"),
        *await add(database, tenant, "incident", kind="other"),
        *await add(database, tenant, "incident", is_urgent=True),
    ]
    for expected in made:
        (piece,) = await claim(queue)
        assert piece.ref.event_id == expected
        assert await claim(queue) == []
        await finish(database, piece)
    assert await claim(queue) == []


async def test_another_councils_same_aggregate_is_another(
    database: Database, queue: WorkQueue, tenant: TenantId, other_tenant: TenantId
) -> None:
    await add(database, tenant, "same")
    await add(database, other_tenant, "same")
    assert {piece.tenant_id for piece in await claim(queue)} == {tenant, other_tenant}


async def test_work_given_back_waits_and_what_follows_it_waits_behind_it(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    first, second = await add(database, tenant, "incident", "incident")
    (piece,) = await claim(queue)
    await queue.later(piece, timedelta(hours=1))
    assert await claim(queue) == []
    with pytest.raises(AlreadyHandled):
        await finish(database, piece)
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            await connection.execute("UPDATE work SET due_at = now() WHERE event_id = %s", [first])
    (again,) = await claim(queue)
    assert (again.ref.event_id, again.ref.attempts) == (first, 2)
    await finish(database, again)
    assert ids(await claim(queue)) == [second]


async def test_a_job_is_not_done_before_its_time(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    await add(database, tenant, "later", wait=timedelta(hours=1))
    (now,) = await add(database, tenant, "now")
    assert ids(await claim(queue)) == [now]


async def test_the_same_job_again_is_a_no_op(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    job = uuid4()
    with tenant_scope(tenant):
        for key in ("first", "second"):
            async with database.tenant_transaction() as connection:
                await add_job(connection, job_id=job, kind="mail", key=key)
    (piece,) = await claim(queue)
    assert piece.key == "first"


async def test_a_claim_that_ran_out_goes_to_another_and_the_first_can_no_longer_end_it(
    database: Database, queue: WorkQueue, tenant: TenantId
) -> None:
    await add(database, tenant, "incident")
    (slow,) = await claim(queue)
    await run_out(database, slow)
    (quick,) = await claim(queue)
    assert quick.ref.event_id == slow.ref.event_id
    assert (slow.ref.attempts, quick.ref.attempts) == (1, 2)
    with pytest.raises(AlreadyHandled):
        await queue.read(slow)
    with pytest.raises(AlreadyHandled):
        await finish(database, slow)
    await queue.later(slow, timedelta(hours=1))
    await queue.bury(slow, "INVALID")
    assert (await queue.read(quick)).key == "incident"
    await finish(database, quick)
    with pytest.raises(AlreadyHandled):
        await finish(database, quick)


async def test_a_claim_that_ran_out_but_was_not_taken_may_still_settle(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    await add(database, tenant, "incident")
    (slow,) = await claim(queue)
    await run_out(database, slow)
    await finish(database, slow)
    assert await claim(queue) == []


async def test_a_claim_holds_for_its_lease(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    await add(database, tenant, "incident")
    (piece,) = await claim(queue)
    async with database.relay_transaction() as connection:
        statement = "SELECT claimed_until - now() AS left FROM work WHERE claim = %s"
        row = await (await connection.execute(statement, [piece.ref.claim])).fetchone()
    assert row is not None
    assert timedelta(0) < LEASE - row["left"] < timedelta(seconds=10)


async def left_of(database: Database, piece: Claimed) -> timedelta:
    async with database.relay_transaction() as connection:
        statement = "SELECT claimed_until - now() AS left FROM work WHERE event_id = %s"
        row = await (await connection.execute(statement, [piece.ref.event_id])).fetchone()
    assert row is not None
    return timedelta(seconds=row["left"].total_seconds())


async def test_renewed_claims_hold_for_another_lease_and_one_that_was_taken_stays_taken(
    database: Database, queue: WorkQueue, tenant: TenantId, other_tenant: TenantId
) -> None:
    await add(database, tenant, "slow")
    await add(database, other_tenant, "steady")
    mine = await claim(queue)
    slow = next(piece for piece in mine if piece.key == "slow")
    for piece in mine:
        await run_out(database, piece)
    await queue.renew([piece for piece in mine if piece is not slow])
    assert LEASE - await left_of(database, next(piece for piece in mine if piece is not slow)) < timedelta(seconds=5)
    (quick,) = await claim(queue)
    assert quick.ref.event_id == slow.ref.event_id
    await run_out(database, quick)
    await queue.renew(mine)
    assert await left_of(database, slow) < timedelta(0)
    with pytest.raises(AlreadyHandled):
        await finish(database, slow)


async def test_what_is_carried_is_read_for_all_at_once_and_what_was_lost_is_none(
    database: Database, queue: WorkQueue, tenant: TenantId, other_tenant: TenantId
) -> None:
    await add(database, tenant, "a", "b")
    await add(database, other_tenant, "c")
    pieces = await claim(queue)
    gone = pieces[1]
    await finish(database, gone)
    works = await queue.read_all(pieces)
    assert [work.key if work else None for work in works] == [None if piece is gone else piece.key for piece in pieces]


async def test_work_whose_transaction_is_undone_is_not_settled(database: Database, queue: WorkQueue, tenant: TenantId) -> None:
    await add(database, tenant, "incident")
    (piece,) = await claim(queue)

    async def failing() -> None:
        with tenant_scope(tenant):
            async with database.tenant_transaction() as connection:
                await settle(connection, piece.ref)
                raise ConnectionError

    with pytest.raises(ConnectionError):
        await failing()
    await finish(database, piece)


async def test_another_council_cannot_read_or_settle_it(
    database: Database, queue: WorkQueue, tenant: TenantId, other_tenant: TenantId
) -> None:
    await add(database, tenant, "incident")
    (piece,) = await claim(queue)
    stolen = Claimed(other_tenant, piece.key, piece.ref)
    with pytest.raises(AlreadyHandled):
        await queue.read(stolen)
    with pytest.raises(AlreadyHandled):
        await finish(database, stolen)
    await queue.bury(stolen, "INVALID")
    await finish(database, piece)


async def test_a_dead_letter_parks_what_follows_it_and_nothing_else(
    database: Database, queue: WorkQueue, tenant: TenantId, other_tenant: TenantId
) -> None:
    await add(database, tenant, "poisoned", "poisoned")
    (healthy,) = await add(database, tenant, "healthy")
    (theirs,) = await add(database, other_tenant, "poisoned")
    piece = next(piece for piece in await claim(queue) if piece.key == "poisoned" and piece.tenant_id == tenant)
    await queue.bury(piece, "INVALID")
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            dead = await (await connection.execute("SELECT event_id, reason FROM dead_letter")).fetchall()
            parked = await (await connection.execute("SELECT key FROM work WHERE is_parked")).fetchall()
    assert dead == [{"event_id": piece.ref.event_id, "reason": "INVALID"}]
    assert parked == [{"key": "poisoned"}]
    async with database.relay_transaction() as connection:
        await connection.execute("UPDATE work SET claimed_until = NULL")
    assert set(ids(await claim(queue))) == {healthy, theirs}


async def test_nothing_is_claimed_behind_a_dead_letter_even_if_it_came_in_beside_it(
    database: Database, queue: WorkQueue, tenant: TenantId, other_tenant: TenantId
) -> None:
    """The batch that brought it in may not have seen the dead letter yet: then the row is not parked."""
    await add(database, tenant, "poisoned")
    (piece,) = await claim(queue)
    await queue.bury(piece, "INVALID")
    await add(database, tenant, "poisoned")
    await add(database, tenant, "poisoned", is_urgent=True)
    (theirs,) = await add(database, other_tenant, "poisoned")
    assert ids(await claim(queue)) == [theirs]
