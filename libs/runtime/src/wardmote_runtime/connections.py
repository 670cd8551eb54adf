"""Connections of the pools: a transaction on one begins with the statement that says for whom it acts."""

import select
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool


class Connection(AsyncConnection[DictRow]):
    """Rows come as dictionaries, so that a query can be read beside the code that uses it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._hints: list[Callable[[], None]] = []

    def after_commit(self, hint: Callable[[], None]) -> None:
        """Calls ``hint`` once the present transaction is committed; never if it is undone. The same hint twice is called once."""
        if hint not in self._hints:
            self._hints.append(hint)

    def give_hints(self) -> None:
        """Of the transaction that was committed."""
        hints, self._hints = self._hints, []
        for hint in hints:
            hint()

    def forget_hints(self) -> None:
        """Of a transaction that was undone."""
        self._hints.clear()

    def check_sound(self) -> None:
        """Refuses to go on in a transaction whose error was caught: PostgreSQL would answer its COMMIT with a silent rollback.

        Raises:
            psycopg.errors.InFailedSqlTransaction: a statement failed before.
        """
        if self.pgconn.transaction_status == TransactionStatus.INERROR:
            raise psycopg.errors.InFailedSqlTransaction("A statement of this transaction failed; it cannot be kept.")


Pool = AsyncConnectionPool[Connection]


def acting_for(tenant: UUID | None, tenants: Iterable[UUID] | None = None) -> str:
    """The statements that say for whom a transaction acts: one council, a set of them, or none. To be sent with its BEGIN.

    Both settings are set each time and end with the transaction, so nothing that an earlier one left on the connection counts. The
    ids are written into the text because a text of several statements takes no parameters; only a real UUID gets there.
    """
    named = str(_checked(tenant)) if tenant is not None else ""
    chosen = "{" + ",".join(sorted(str(_checked(one)) for one in set(tenants))) + "}" if tenants is not None else ""
    return f"SET LOCAL wardmote.tenant = '{named}'; SET LOCAL wardmote.tenants = '{chosen}'"


def _checked(tenant: UUID) -> UUID:
    if not isinstance(tenant, UUID):
        raise TypeError("A council is named by its UUID.")
    return tenant


@asynccontextmanager
async def begun(pool: Pool, opening: str) -> AsyncIterator[Connection]:
    """A connection in a transaction that ``opening`` began; commits at the end, rolls back on an error.

    A connection that died while it lay in the pool shows itself at the opening. Nothing has happened in it yet, so another is taken.

    Raises:
        psycopg.OperationalError: the database is away.
    """
    connection = await opened(pool, opening)
    try:
        async with connection:  # The pool's: ends the transaction, and leaves the connection open.
            yield connection
            connection.check_sound()
        connection.give_hints()
    finally:
        connection.forget_hints()
        await pool.putconn(connection)


async def opened(pool: Pool, opening: str) -> Connection:
    """A connection in the transaction that ``opening`` began, to be put back by the caller; see :func:`begun`."""
    return await _answering(pool, lambda connection: connection.execute(opening.encode()))


async def living(pool: Pool) -> Connection:
    """An idle connection, to be put back by the caller. For transactions that are sent whole, and so cannot be begun again elsewhere.

    The server says nothing to an idle connection but that it ends. So one that has something to read is asked before it is used, and
    one that does not answer is passed over; to look costs no way to the server.

    Raises:
        psycopg.OperationalError: the database is away.
    """
    return await _answering(pool, _asked_if_it_has_news)


async def _answering(pool: Pool, ask: Callable[[Connection], Awaitable[object]]) -> Connection:
    """The first connection that answers; those that died while they lay in the pool are passed over."""
    for tries_left in range(pool.max_size, -1, -1):
        connection = await pool.getconn()
        try:
            await ask(connection)
        except BaseException as fault:
            await pool.putconn(connection)
            if tries_left and connection.closed and isinstance(fault, psycopg.OperationalError):
                continue
            raise
        return connection
    raise AssertionError("The last try returns or raises.")


async def _asked_if_it_has_news(connection: Connection) -> None:
    if _has_news(connection):
        await connection.execute(b"SELECT 1")


def _has_news(connection: Connection) -> bool:
    looked = select.poll()
    looked.register(connection.fileno(), select.POLLIN)
    return bool(looked.poll(0))
