"""Single statements of several councils, sent together and committed together: one way to the database and back for all of them.

Where all that a transaction does is one statement, nobody need wait between its parts. Under load the statements that come while a group
is under way make up the next one.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextvars import Context
from typing import Any
from uuid import UUID

import psycopg
import structlog

from wardmote_runtime.connections import Connection, Pool, living

MOST_TOGETHER = 48
"""Statements of one commit. None has a savepoint, so the figure only bounds how long locks are held."""

MOST_GROUPS = 2
"""Groups at once: one waits for the disk while the next one runs. More would only make them smaller."""

_FOR_COUNCIL = "SELECT set_config('wardmote.tenant', %s, true), set_config('wardmote.tenants', '', true)"

Rows = list[dict[str, Any]]

_OF_ONE = (psycopg.Error, ValueError, TypeError)
"""Faults of one statement: PostgreSQL's, and those of a value that cannot be written out."""


class _Statement:
    __slots__ = ("parameters", "rows", "tenant", "text")

    def __init__(self, tenant: UUID, text: str, parameters: Mapping[str, Any]) -> None:
        self.tenant = tenant
        self.text = text
        self.parameters = parameters
        self.rows: asyncio.Future[Rows] = asyncio.get_running_loop().create_future()

    def failed(self, fault: BaseException) -> None:
        if not self.rows.done():
            self.rows.set_exception(fault)

    def kept(self, rows: Rows) -> None:
        if not self.rows.done():
            self.rows.set_result(rows)


class SharedStatements:
    """Runs statements of councils in groups on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: deque[_Statement] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, tenant: UUID, text: str, parameters: Mapping[str, Any]) -> Rows:
        """What the statement returned, once it is committed. It acts for this council alone.

        If one of a group fails, all are undone and each is run again by itself: the one fails, the others are kept.

        Raises:
            psycopg.OperationalError: the connection was lost; nothing was kept, or nobody knows, as with a transaction of its own.
            psycopg.Error: as the statement alone.
        """
        statement = _Statement(tenant, text, parameters)
        self._waiting.append(statement)
        self._start()
        return await statement.rows

    def _start(self) -> None:
        if self._waiting and len(self._tasks) < MOST_GROUPS:
            task = asyncio.get_running_loop().create_task(self._run(), name="shared statements", context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._start()

    async def _run(self) -> None:
        """Takes those that wait; who has given up waiting before is left out, and after it is too late."""
        group = [one for one in self._taken() if not one.rows.done()]
        try:
            if group and not await self._is_settled(group):
                for one in group:
                    await self._is_settled([one])
        finally:
            for one in group:
                one.failed(psycopg.OperationalError("The statement's group was broken off."))

    def _taken(self) -> Sequence[_Statement]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]

    async def _is_settled(self, group: Sequence[_Statement]) -> bool:
        """Whether each of the group has its rows or its fault. If not, one of them is at fault, and PostgreSQL has undone them all."""
        try:
            connection = await living(self._pool)
        except psycopg.Error as fault:
            _fail_all(group, fault)
            return True
        try:
            results = await _run_all(connection, group)
        except _OF_ONE as fault:
            return await _is_known(connection, group, fault)
        finally:
            await self._pool.putconn(connection)
        for one, rows in zip(group, results, strict=True):
            one.kept(rows)
        return True


async def _is_known(connection: Connection, group: Sequence[_Statement], fault: Exception) -> bool:
    """Whose fault it is: that of the only one, or of the lost connection and then all are told, or it must be found out."""
    if connection.closed:
        _fail_all(group, fault)
        return True
    await connection.rollback()
    if len(group) == 1:
        group[0].failed(fault)
        return True
    structlog.get_logger("shared-statements").warning("A group of statements is run one by one.", error=type(fault).__name__)
    return False


def _fail_all(group: Sequence[_Statement], fault: Exception) -> None:
    for one in group:
        one.failed(psycopg.OperationalError(f"The connection was lost: {type(fault).__name__}."))


async def _run_all(connection: Connection, group: Sequence[_Statement]) -> list[Rows]:
    """Each behind the name of its council. After a fault PostgreSQL passes over what follows, the COMMIT too."""
    async with connection.pipeline():
        cursors = []
        await connection.execute(b"BEGIN")
        for one in group:
            await connection.execute(_FOR_COUNCIL, [str(one.tenant)])
            cursors.append(await connection.execute(one.text.encode(), one.parameters))
        ended = await connection.execute(b"COMMIT")
    if ended.statusmessage != "COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("The group was rolled back.")
    return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]
