"""What a transaction of the pools promises beside row-level security: sound, not stopped by a dead connection, hints after it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from wardmote_kernel.identity import TenantId
from wardmote_runtime.connections import acting_for
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import tenant_scope
from wardmote_testkit.databases import open_database


def kill_all(admin: str, addresses: ServiceDatabase) -> None:
    """As a restart of the server does to connections that lie in a pool."""
    name = conninfo_to_dict(addresses.app_url)["dbname"]
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])


async def pid_of(database: Database) -> int:
    async with database.tenant_transaction() as connection:
        await connection.execute("SELECT 1")
        return connection.info.backend_pid


async def test_connections_that_died_while_idle_fail_nobody(addresses: ServiceDatabase, postgres_server: str, tenant: TenantId) -> None:
    async with open_database(addresses, size=3) as database:
        with tenant_scope(tenant):
            before = await pid_of(database)
            async with database.shared_transaction() as connection:
                await connection.execute("SELECT 1")
            await database.shared_statement("SELECT 1", {})
            async with database.pipeline_transaction([tenant]), database.relay_transaction():
                pass
            kill_all(postgres_server, addresses)
            assert await database.shared_statement("SELECT 7 AS n", {}) == [{"n": 7}]
            kill_all(postgres_server, addresses)
            assert await pid_of(database) != before
            async with database.shared_transaction() as connection:
                await connection.execute("SELECT 1")
            async with database.pipeline_transaction([tenant]), database.relay_transaction():
                pass


async def test_a_transaction_whose_error_was_caught_is_not_taken_for_kept(database: Database, tenant: TenantId) -> None:
    """PostgreSQL answers COMMIT with a rollback then, and no error."""

    async def swallow(transaction: Callable[[], AbstractAsyncContextManager[Connection]]) -> None:
        async with transaction() as connection:
            with suppress(errors.DivisionByZero):
                await connection.execute("SELECT 1 / 0")

    with tenant_scope(tenant):
        for transaction in (database.tenant_transaction, database.shared_transaction):
            with pytest.raises(errors.InFailedSqlTransaction):
                await swallow(transaction)


async def test_a_hint_is_given_once_after_the_commit_and_never_after_an_error(database: Database, tenant: TenantId) -> None:
    given: list[int] = []

    def hint() -> None:
        given.append(1)

    async def fail() -> None:
        async with database.tenant_transaction() as connection:
            connection.after_commit(hint)
            raise KeyError

    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            connection.after_commit(hint)
            connection.after_commit(hint)
            assert given == []
        assert given == [1]
        with pytest.raises(KeyError):
            await fail()
        async with database.tenant_transaction():
            pass
    assert given == [1]


@pytest.mark.parametrize("named", ["'; DROP TABLE work; --", "00000000-0000-0000-0000-000000000001", 7])
def test_only_a_real_id_gets_into_the_text_that_names_the_council(named: object) -> None:
    with pytest.raises(TypeError):
        acting_for(named)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        acting_for(None, [named])  # type: ignore[list-item]
