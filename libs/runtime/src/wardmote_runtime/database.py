"""PostgreSQL by psycopg 3: pools that open a transaction only for a known council, or for a known set of them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from wardmote_kernel.identity import TenantId
from wardmote_runtime.tenancy import current_tenant

Connection = AsyncConnection[DictRow]
"""Rows come as dictionaries, so that a query can be read beside the code that uses it."""

_ACQUIRE_SECONDS = 10.0
"""Longest wait for a free connection; the request then fails as unavailable instead of queueing without end."""


async def _forget_settings(connection: Connection) -> None:
    """Nothing set by one transaction may be seen by the next one on this connection (streaming.md §5.3)."""
    await connection.execute("RESET ALL")


class Database:
    """The pools of one service. Each login may do only its own part; row-level security holds for all of them."""

    def __init__(self, app_url: str, pipeline_url: str, relay_url: str, size: int) -> None:
        self._app = self._pool(app_url, size, "app")
        self._pipeline = self._pool(pipeline_url, min(size, 2), "pipeline")
        self._relay = self._pool(relay_url, 2, "relay")

    @staticmethod
    def _pool(url: str, size: int, name: str) -> AsyncConnectionPool[Connection]:
        options: dict[str, Any] = {"row_factory": dict_row, "autocommit": True}  # a transaction is opened where one is meant, nowhere else
        return AsyncConnectionPool(
            url, kwargs=options, min_size=1, max_size=size, name=name, open=False, timeout=_ACQUIRE_SECONDS, reset=_forget_settings,
            connection_class=AsyncConnection[DictRow], check=AsyncConnectionPool.check_connection,
        )  # fmt: skip

    async def start(self) -> None:
        """Opens the pools. Does not wait for the database: readiness says whether it answers."""
        for pool in (self._app, self._pipeline, self._relay):
            await pool.open(wait=False)

    async def stop(self) -> None:
        for pool in (self._app, self._pipeline, self._relay):
            await pool.close(timeout=2)

    async def is_ready(self) -> bool:
        """Whether the database answers now."""
        async with self._app.connection(timeout=2) as connection:
            await connection.execute("SELECT 1")
        return True

    @asynccontextmanager
    async def tenant_transaction(self) -> AsyncIterator[Connection]:
        """One transaction of the current council; commits at the end, rolls back on an error.

        Raises:
            NoTenant: outside a request or event of a council.
        """
        tenant = current_tenant()
        async with self._app.connection() as connection, connection.transaction():
            await connection.execute("SELECT set_config('wardmote.tenant', %s, true)", [str(tenant)])
            yield connection

    @asynccontextmanager
    async def pipeline_transaction(self, tenants: Iterable[TenantId]) -> AsyncIterator[Connection]:
        """One transaction over a set of councils, for inbox, work queue and dead letters alone."""
        chosen = "{" + ",".join(sorted({str(tenant) for tenant in tenants})) + "}"
        async with self._pipeline.connection() as connection, connection.transaction():
            await connection.execute("SELECT set_config('wardmote.tenants', %s, true)", [chosen])
            yield connection

    @asynccontextmanager
    async def relay_transaction(self) -> AsyncIterator[Connection]:
        """One transaction that sees every council's outbox and the queue's order, and no payload of work."""
        async with self._relay.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def directory_transaction(self) -> AsyncIterator[Connection]:
        """One transaction of the application login with no council set: it sees public directories, and no tenant's row."""
        async with self._app.connection() as connection, connection.transaction():
            yield connection
