"""Short transactions of several councils, run one after another on one connection and committed together.

A commit waits for the disk, and a transaction of its own costs two more statements and a connection; under load both are shared out
over all that wait. Each part has a savepoint and a council of its own: one that fails is undone alone, and none sees another council.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from uuid import UUID

import psycopg
import structlog

from wardmote_runtime.connections import Connection, Pool, acting_for, begun, opened

MOST_PARTS = 32
"""PostgreSQL keeps 64 subtransactions of a transaction at hand; with more, every other transaction slows down."""

PATIENCE_SECONDS = 0.25
"""A part whose turn has not come by then goes alone: one that waits for a lock must not hold up all others."""

MOST_GROUPS = 3
"""Groups at once: one takes parts in while others wait for the disk."""


class _Part:
    """One transaction as its opener sees it, and how far it has come."""

    __slots__ = ("acting", "kept", "over", "turn")

    def __init__(self, tenant: UUID) -> None:
        loop = asyncio.get_running_loop()
        self.acting = acting_for(tenant)
        self.turn: asyncio.Future[Connection | None] = loop.create_future()
        """The connection, when it is this part's turn; None when it is to go alone."""
        self.over: asyncio.Future[bool] = loop.create_future()
        """Whether it is to be kept, when its statements have run."""
        self.kept: asyncio.Future[None] = loop.create_future()
        """When the group is committed."""

    def go_alone(self) -> None:
        if not self.turn.done():
            self.turn.set_result(None)


class _Group:
    """The parts of one commit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: list[_Part] = []
        self._has_savepoint = self._is_last_undone = False
        self.parts = 0

    async def open(self, part: _Part) -> None:
        """Makes ready for a further part, which sees nothing of the one before: neither its council nor its failure."""
        if self._is_last_undone:
            before = "ROLLBACK TO SAVEPOINT part" if self._has_savepoint else "ROLLBACK; BEGIN"
        else:
            before = "RELEASE SAVEPOINT part; SAVEPOINT part" if self._has_savepoint else "SAVEPOINT part"
            self._has_savepoint = True
        await self._connection.execute(f"{before}; {part.acting}".encode())

    async def run(self, part: _Part) -> None:
        """Lets the part run its statements. The first one has no savepoint: undoing it undoes all there is."""
        self.parts += 1
        if part.turn.done():  # Broken off, or gone alone, while this was made ready for it.
            self._is_last_undone = True
            return
        part.turn.set_result(self._connection)
        self._is_last_undone = not await part.over
        if not self._is_last_undone:
            self._kept.append(part)

    async def commit(self) -> None:
        """
        Raises:
            psycopg.Error: it is not known to be committed.
        """
        if self._is_last_undone:
            await self._connection.execute(b"ROLLBACK TO SAVEPOINT part" if self._has_savepoint else b"ROLLBACK")
        if self._kept:
            ended = await self._connection.execute(b"COMMIT")
            if ended.statusmessage != "COMMIT":
                raise psycopg.errors.InFailedSqlTransaction("The group was rolled back.")
            self._connection.give_hints()
        for part in self._kept:
            if not part.kept.done():
                part.kept.set_result(None)

    def fail(self) -> None:
        """Tells the parts that stood before the fault. Each tries again by itself, as after a lost connection of its own."""
        for part in self._kept:
            if not part.kept.done():
                part.kept.set_exception(psycopg.OperationalError("The group's transaction was lost."))


class GroupCommit:
    """Shares commits on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: deque[_Part] = deque()
        self._is_taking_parts = False
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def transaction(self, tenant: UUID) -> AsyncIterator[Connection]:
        """As a transaction of its own: commits at the end, rolls back on an error, and is committed once the block is left.

        The block is to be short and to wait for nothing but its statements: others stand behind it.

        Raises:
            psycopg.OperationalError: the connection was lost before the group was committed; nothing of this part was kept, or, if
                it was lost in the middle of the COMMIT, nobody knows, as with a transaction of its own.
        """
        part = _Part(tenant)
        connection = await self._turn_of(part)
        if connection is None:
            async with begun(self._pool, f"BEGIN; {part.acting}") as own:
                yield own
            return
        try:
            yield connection
            connection.check_sound()
        except BaseException:
            part.over.set_result(False)
            raise
        part.over.set_result(True)
        await part.kept

    async def _turn_of(self, part: _Part) -> Connection | None:
        self._waiting.append(part)
        self._start()
        timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, part.go_alone)
        try:
            return await part.turn
        except BaseException:
            part.over.set_result(False)  # If its turn came in the very moment in which it was broken off, the group goes on.
            raise
        finally:
            timer.cancel()

    def _start(self) -> None:
        if self._is_taking_parts or len(self._tasks) >= MOST_GROUPS or not self._waiting:
            return
        self._is_taking_parts = True
        task = asyncio.get_running_loop().create_task(self._run(), name="group commit", context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._start()

    def _take_no_more(self) -> None:
        """This group commits now; the next one may take parts while it waits for the disk."""
        self._is_taking_parts = False
        self._start()

    async def _run(self) -> None:
        first = self._next()
        if first is None:
            self._take_no_more()
            return
        try:
            connection = await opened(self._pool, f"BEGIN; {first.acting}")
        except psycopg.Error as fault:
            self._fail_all(first, fault)
            return
        group = _Group(connection)
        try:
            await self._collect(group, first)
            await group.commit()
        except psycopg.Error as fault:
            structlog.get_logger("group-commit").warning("A group of transactions was lost.", error=type(fault).__name__)
            group.fail()
        finally:
            connection.forget_hints()
            await self._pool.putconn(connection)

    async def _collect(self, group: _Group, first: _Part) -> None:
        part: _Part | None = first
        try:
            while part is not None:
                await group.run(part)
                part = self._next() if group.parts < MOST_PARTS else None
                if part is not None:
                    await self._open(group, part)
        finally:
            self._take_no_more()

    @staticmethod
    async def _open(group: _Group, part: _Part) -> None:
        try:
            await group.open(part)
        except psycopg.Error as fault:
            if not part.turn.done():
                part.turn.set_exception(_again(fault))
            raise

    def _fail_all(self, first: _Part, fault: psycopg.Error) -> None:
        """Without a connection all who wait are told at once: one after another they would wait for one in vain."""
        waiting, self._waiting = [first, *self._waiting], deque()
        for part in waiting:
            if not part.turn.done():
                part.turn.set_exception(_again(fault))
        self._take_no_more()

    def _next(self) -> _Part | None:
        while self._waiting:
            part = self._waiting.popleft()
            if not part.turn.done():  # Not broken off, and not gone alone.
                return part
        return None


def _again(fault: psycopg.Error) -> psycopg.Error:
    """A fault of the same kind for each who is told: one exception raised in several tasks would gather all their traces."""
    return type(fault)("The transaction was not begun: the connection was lost.")
