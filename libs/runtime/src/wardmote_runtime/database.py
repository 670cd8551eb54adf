"""PostgreSQL by psycopg 3: pools that open a transaction only for a known council, or for a known set of them."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from wardmote_kernel.identity import TenantId
from wardmote_runtime.connections import Connection, Pool, acting_for, begun
from wardmote_runtime.group_commit import GroupCommit
from wardmote_runtime.shared_statements import Rows, SharedStatements
from wardmote_runtime.tenancy import current_tenant

__all__ = ["Connection", "Database"]

_ACQUIRE_SECONDS = 10.0
"""Longest wait for a free connection; the request then fails as unavailable instead of queueing without end."""

_PREPARED_FROM = 2
"""The second time a statement is seen on a connection it is prepared: planning row-level security anew is most of its cost."""


class Database:
    """The pools of one service. Each login may do only its own part; row-level security holds for all of them."""

    def __init__(self, app_url: str, pipeline_url: str, relay_url: str, size: int) -> None:
        self._app = self._pool(app_url, size, "app")
        self._pipeline = self._pool(pipeline_url, min(size, 2), "pipeline")
        self._relay = self._pool(relay_url, 2, "relay")
        self._group_commit = GroupCommit(self._app)
        self._shared_statements = SharedStatements(self._app)

    @staticmethod
    def _pool(url: str, size: int, name: str) -> Pool:
        # In autocommit a transaction is opened where one is meant, nowhere else.
        options: dict[str, Any] = {"row_factory": dict_row, "autocommit": True, "prepare_threshold": _PREPARED_FROM}
        return AsyncConnectionPool(
            url, kwargs=options, min_size=min(2, size), max_size=size, name=name, open=False, timeout=_ACQUIRE_SECONDS,
            connection_class=Connection,
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

    def tenant_transaction(self) -> AbstractAsyncContextManager[Connection]:
        """One transaction of the current council; commits at the end, rolls back on an error.

        Raises:
            NoTenant: outside a request or event of a council.
        """
        return begun(self._app, f"BEGIN; {acting_for(current_tenant())}")

    def shared_transaction(self) -> AbstractAsyncContextManager[Connection]:
        """As :meth:`tenant_transaction`, and committed together with those of others that come at the same time.

        For short blocks that wait for nothing but their own statements; see :mod:`wardmote_runtime.group_commit`.

        Raises:
            NoTenant: outside a request or event of a council.
        """
        return self._group_commit.transaction(current_tenant())

    async def shared_statement(self, text: str, parameters: Mapping[str, Any]) -> Rows:
        """What one statement of the current council returns, once it is committed: sent and committed with those of others that come
        at the same time (:mod:`wardmote_runtime.shared_statements`).

        Raises:
            NoTenant: outside a request or event of a council.
        """
        return await self._shared_statements.run(current_tenant(), text, parameters)

    def pipeline_transaction(self, tenants: Iterable[TenantId]) -> AbstractAsyncContextManager[Connection]:
        """One transaction over a set of councils, for inbox, work queue and dead letters alone."""
        return begun(self._pipeline, f"BEGIN; {acting_for(None, tenants)}")

    def relay_transaction(self) -> AbstractAsyncContextManager[Connection]:
        """One transaction that sees every council's outbox and the queue's order, and no payload of work."""
        return begun(self._relay, "BEGIN")

    def relay_statement(self) -> AbstractAsyncContextManager[Connection]:
        """As :meth:`relay_transaction`, for one statement, which is a transaction by itself and needs no frame."""
        return self._relay.connection()

    def directory_transaction(self) -> AbstractAsyncContextManager[Connection]:
        """One transaction of the application login with no council set: it sees public directories, and no tenant's row."""
        return begun(self._app, f"BEGIN; {acting_for(None)}")
