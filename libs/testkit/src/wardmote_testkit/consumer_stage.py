"""A broker, an inbox and the consumers between them: what the consumer's contract is played on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from wardmote_kernel.identity import TenantId
from wardmote_runtime.provision import ServiceDatabase
from wardmote_testkit.consumer_program import Engine, Orders, consume
from wardmote_testkit.groups import Broker, Sent
from wardmote_testkit.incidents import incident_event, message
from wardmote_testkit.own_process import PATIENCE_S, OwnProcess, own_process
from wardmote_testkit.wait import eventually

LONG_ENOUGH_S = 1.2
"""Two of the consumer's commit intervals: what it has not committed by then it does not mean to commit."""


class Shelf:
    """The database behind the inbox, seen by its superuser: what is kept, and how to hold a batch in flight."""

    def __init__(self, admin_dsn: str, addresses: ServiceDatabase) -> None:
        self.addresses = addresses
        self._name = str(conninfo_to_dict(addresses.app_url)["dbname"])
        self._admin_dsn, self._dsn = admin_dsn, make_conninfo(admin_dsn, dbname=self._name)

    async def kept(self, topic: str) -> list[tuple[str, UUID]]:
        """Aggregate and event id of what waits to be done, in the order in which it will be."""
        return await self._ask("SELECT key, event_id FROM work WHERE kind = %s ORDER BY seq", topic)

    async def parked(self, topic: str) -> list[UUID]:
        """What waits behind a dead letter."""
        return [row[0] for row in await self._ask("SELECT event_id FROM work WHERE kind = %s AND is_parked ORDER BY seq", topic)]

    async def dead(self, topic: str) -> dict[UUID, str]:
        """The event id of each dead letter, and why it is one."""
        return dict(await self._ask("SELECT event_id, reason FROM dead_letter WHERE kind = %s", topic))

    async def _ask(self, query: str, *arguments: object) -> list[Any]:
        async with await psycopg.AsyncConnection.connect(self._dsn) as connection:
            return await (await connection.execute(query.encode(), arguments)).fetchall()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """While this lasts, a batch that is taken in stays in flight: its transaction waits for a lock."""
        async with await psycopg.AsyncConnection.connect(self._dsn) as connection:
            await connection.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
            yield

    async def batch_in_flight(self) -> None:
        """Returns when a batch waits for the lock."""
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        await eventually(lambda: self._ask(query, self._name), PATIENCE_S, "a batch in flight")

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """While this lasts, the database ends every connection and takes none."""
        async with await psycopg.AsyncConnection.connect(self._admin_dsn, autocommit=True) as connection:
            allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
            await connection.execute(allow.format(sql.Identifier(self._name), sql.SQL("false")))
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._name])
            try:
                yield
            finally:
                await connection.execute(allow.format(sql.Identifier(self._name), sql.SQL("true")))


@dataclass(slots=True)
class Stage:
    """One topic with its group and one engine."""

    engine: Engine
    broker: Broker
    shelf: Shelf
    topic: str
    folder: Path
    tenant: TenantId = field(default_factory=lambda: TenantId(uuid4()))
    service: str = field(default_factory=lambda: f"test-{uuid4().hex[:12]}")
    sent: list[tuple[str, UUID]] = field(default_factory=list)
    """Aggregate and event id of every good event, in order, the first time it was sent."""

    @property
    def group(self) -> str:
        return f"wardmote-{self.service}"

    def event(self, incident_id: UUID | None = None) -> Sent:
        """A good event; of an incident of its own when none is named."""
        made = incident_event(self.tenant, incident_id or uuid4(), number=len(self.sent) + 1)
        key, value, headers = message(self.topic, made, self.tenant)
        self.sent.append((key.decode(), UUID(made.metadata.event_id)))
        return key, value, headers

    def events(self, count: int, incidents: int = 10) -> list[Sent]:
        """Good events of so many incidents in turn."""
        ids = [uuid4() for _ in range(incidents)]
        return [self.event(ids[number % incidents]) for number in range(count)]

    async def send(self, messages: Sequence[Sent]) -> None:
        await self.broker.send(self.topic, messages)

    def orders(self, breaks_on: Sequence[UUID] = (), hangs_when_kept: bool = False) -> Orders:
        names = [str(event_id) for event_id in breaks_on]
        return Orders(self.engine, self.service, self.broker.bootstrap, self.topic, self.shelf.addresses, names, hangs_when_kept)

    @asynccontextmanager
    async def member(self, breaks_on: Sequence[UUID] = (), *, hangs_when_kept: bool = False) -> AsyncIterator[OwnProcess]:
        """The engine in a process of its own. What is left of it at the end is killed and forgotten by the group."""
        log = self.folder / f"{uuid4().hex}.log"
        try:
            async with own_process(log, consume, self.orders(breaks_on, hangs_when_kept)) as process:
                yield process
        finally:
            await self.broker.forget_members(self.group)

    async def kept(self) -> list[tuple[str, UUID]]:
        return await self.shelf.kept(self.topic)

    async def committed(self) -> int | None:
        return await self.broker.committed(self.group, self.topic)

    async def all_kept(self, count: int | None = None) -> None:
        """Returns when so many events are kept; without a number, all that were sent."""
        expected = len(self.sent) if count is None else count
        await eventually(lambda: _at_least(self.kept(), expected), PATIENCE_S, f"{expected} events kept")

    async def commits(self, count: int) -> None:
        """Returns when the group has committed exactly so many messages."""
        await eventually(lambda: _equal(self.committed(), count), PATIENCE_S, f"{count} messages committed")

    async def commits_no_more_than(self, count: int | None) -> None:
        """Watches for two commit intervals that the group commits nothing beyond."""
        end = asyncio.get_running_loop().time() + LONG_ENOUGH_S
        while asyncio.get_running_loop().time() < end:
            assert await self.committed() == count
            await asyncio.sleep(0.1)


async def _at_least(rows: Any, count: int) -> bool:
    found = await rows
    assert len(found) >= count, f"{len(found)} of {count}"
    return True


async def _equal(value: Any, expected: int) -> bool:
    found = await value
    assert found == expected, f"{found}, not {expected}"
    return True
