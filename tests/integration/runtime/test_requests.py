"""A request that is sent twice is done once."""

import asyncio
from uuid import uuid4

import pytest

from wardmote_kernel.errors import Conflict
from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.requests import earlier_response, fingerprint, keep_response
from wardmote_runtime.tenancy import tenant_scope
from wardmote_testkit.databases import make_service_database, open_database
from wardmote_testkit.wait import eventually

PRINT, OTHER_PRINT = fingerprint("Submit", b"one"), fingerprint("Submit", b"other")


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here: each has councils of its own."""
    return make_service_database(postgres_server, "intake")


async def order(
    database: Database, tenant: TenantId, request_id: str, mark: bytes = PRINT, answer: bytes = b"receipt"
) -> tuple[bytes, bool]:
    """What a handler does: the answer, and whether it did the work for it."""
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            earlier = await earlier_response(connection, request_id, mark)
            if earlier is not None:
                return earlier, False
            await keep_response(connection, request_id, mark, answer)
            return answer, True


async def test_the_same_request_again_gets_the_first_answer(database: Database, tenant: TenantId) -> None:
    request_id = str(uuid4())
    assert await order(database, tenant, request_id, answer=b"first") == (b"first", True)
    assert await order(database, tenant, request_id, answer=b"second") == (b"first", False)


async def test_an_empty_answer_is_an_answer(database: Database, tenant: TenantId) -> None:
    request_id = str(uuid4())
    assert await order(database, tenant, request_id, answer=b"") == (b"", True)
    assert await order(database, tenant, request_id) == (b"", False)


async def test_the_id_with_another_request_is_a_conflict(database: Database, tenant: TenantId) -> None:
    request_id = str(uuid4())
    await order(database, tenant, request_id)
    with pytest.raises(Conflict):
        await order(database, tenant, request_id, OTHER_PRINT)


async def test_another_councils_same_id_is_another_request(database: Database, tenant: TenantId, other_tenant: TenantId) -> None:
    request_id = str(uuid4())
    assert await order(database, tenant, request_id, answer=b"ours") == (b"ours", True)
    assert await order(database, other_tenant, request_id, OTHER_PRINT, b"theirs") == (b"theirs", True)
    assert await order(database, tenant, request_id) == (b"ours", False)


async def test_an_order_that_failed_is_done_when_it_is_sent_again(database: Database, tenant: TenantId) -> None:
    request_id = str(uuid4())

    async def failing() -> None:
        with tenant_scope(tenant):
            async with database.tenant_transaction() as connection:
                assert await earlier_response(connection, request_id, PRINT) is None
                await keep_response(connection, request_id, PRINT, b"never")
                raise ConnectionError

    with pytest.raises(ConnectionError):
        await failing()
    assert await order(database, tenant, request_id) == (b"receipt", True)


async def waiting_for_a_lock(database: Database, count: int) -> bool:
    """Seen by the application login itself: its own sessions."""
    async with database.directory_transaction() as connection:
        row = await (await connection.execute("SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).fetchone()
    return row is not None and row["n"] == count


async def test_the_same_request_many_times_at_once_is_done_once(
    addresses: ServiceDatabase, tenant: TenantId, other_tenant: TenantId
) -> None:
    """The first holds its transaction open until all others wait for it; another council's request waits for nobody."""
    request_id, go_on, is_in = str(uuid4()), asyncio.Event(), asyncio.Event()
    async with open_database(addresses, size=8) as database:

        async def first() -> None:
            with tenant_scope(tenant):
                async with database.tenant_transaction() as connection:
                    assert await earlier_response(connection, request_id, PRINT) is None
                    is_in.set()
                    await go_on.wait()
                    await keep_response(connection, request_id, PRINT, b"first")

        doing = asyncio.create_task(first())
        await is_in.wait()
        others = [asyncio.create_task(order(database, tenant, request_id)) for _ in range(5)]
        await eventually(lambda: waiting_for_a_lock(database, 5), 10, "five requests waiting for the first")
        assert await order(database, other_tenant, request_id) == (b"receipt", True)
        assert await order(database, tenant, str(uuid4())) == (b"receipt", True)
        go_on.set()
        await doing
        assert await asyncio.gather(*others) == [(b"first", False)] * 5
