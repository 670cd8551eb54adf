"""Starts the whole stack in order, waits until it is whole, watches it, and stops it in the other order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wardmote_contracts.topics import ALL
from wardmote_local import databases, support
from wardmote_local.addresses import KAFKA, KAFKA_CONTROLLER, OFFSETS, SERVICES, Addresses
from wardmote_local.awareness import wait_until_known
from wardmote_local.calls import Services
from wardmote_local.checks import require_ports, require_room, require_same_first_port
from wardmote_local.child import PythonChild, Watched, end_left_overs
from wardmote_local.councils import COUNCILS
from wardmote_local.delivered import wait_until_delivered
from wardmote_local.folders import Folders, begin_anew
from wardmote_local.given import require_broker, require_superuser, without_password
from wardmote_local.keys import Keys
from wardmote_local.loading import CouncilLoader
from wardmote_local.progress import Progress
from wardmote_local.readiness import wait_until_answers
from wardmote_local.servers.kafka import KafkaServer
from wardmote_local.servers.postgres import PostgresServer
from wardmote_local.services import programs
from wardmote_local.settings import LocalSettings
from wardmote_local.state import READY, STARTING, STOPPING, StackState
from wardmote_local.supervisor import Supervisor
from wardmote_runtime.admin import create_topics
from wardmote_runtime.provision import ServiceDatabase

PARTITIONS = 6
"""Enough to see several partitions at work; one broker has no use for more."""


class Stack:
    """One stack of one folder. The caller holds the folder's lock."""

    def __init__(self, settings: LocalSettings, progress: Progress) -> None:
        self._folders = Folders(settings.var)
        self._addresses = Addresses(settings.port_base)
        self._progress = progress
        self.is_stopping = False
        self._keys = Keys(self._folders.keys)
        self._supervisor = Supervisor()
        self._postgres = PostgresServer(self._folders.postgres)
        self._kafka = KafkaServer(
            self._folders.kafka, self._addresses.port(KAFKA), self._addresses.port(KAFKA_CONTROLLER), progress=progress.note
        )
        self._given_kafka = settings.kafka
        self._given_database = settings.database_admin_url.get_secret_value() if settings.database_admin_url else None

    @property
    def _bootstrap(self) -> str:
        return self._given_kafka or self._kafka.bootstrap

    @property
    def _admin_url(self) -> str:
        return self._given_database or self._postgres.admin_dsn

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Whole and ready inside the block; stopped after it, however it ends."""
        try:
            await self._start()
            self._tell(READY)
            yield
        finally:
            self.is_stopping = True
            self._tell(STOPPING)
            with self._progress.step("Stop, the last started first"):
                await self._supervisor.stop()
            self._folders.state_file.unlink(missing_ok=True)
            self._progress.close()

    async def watch(self) -> None:
        """Returns never; raises when something of the stack ends by itself."""
        await self._supervisor.watch()

    async def _start(self) -> None:
        await self._check()
        self._tell(STARTING)
        await self._start_servers()
        self._keys.make()
        made = await self._prepare_data()
        await self._start_programs(made)
        await self._load_councils()

    async def _check(self) -> None:
        """Looks before anything starts. What a killed run left over is ended first: it holds the ports."""
        with self._progress.step("Ports and disk"):
            require_room(self._folders.var)
            require_same_first_port(self._folders.first_port_file, self._addresses.first_port)
            await end_left_overs(self._folders, [self._postgres, self._kafka])
            not_ours = (KAFKA, KAFKA_CONTROLLER) if self._given_kafka else ()
            require_ports(self._addresses, [what for what in OFFSETS if what not in not_ours])

    async def _start_servers(self) -> None:
        """Our own, or those that the environment gives."""
        ours: dict[str, Watched] = {}
        if self._given_database:
            await asyncio.to_thread(require_superuser, self._given_database)
        else:
            ours["postgres"] = self._postgres
        if self._given_kafka:
            await asyncio.to_thread(require_broker, self._given_kafka)
        else:
            ours["kafka"] = self._kafka
        with self._progress.step(f"Servers: {', '.join(ours) or 'those that were given'}"):
            await self._supervisor.start(ours)

    async def _prepare_data(self) -> dict[str, ServiceDatabase]:
        with self._progress.step("Databases"):
            made = await asyncio.to_thread(databases.provision_all, self._admin_url, self._keys.database_password())
        behind = await asyncio.to_thread(databases.behind, made)
        if behind:
            with self._progress.step(f"Migrations: {', '.join(behind)}"):
                await asyncio.to_thread(databases.migrate_all, behind, made)
        with self._progress.step("Topics"):
            await asyncio.to_thread(create_topics, self._bootstrap, ALL, single_broker=True, partitions=PARTITIONS)
        return made

    async def _start_programs(self, made: dict[str, ServiceDatabase]) -> None:
        """Sign-in and inbox with the services: all of them take most of their time to load, each on a processor of its own."""
        around = [support.sign_in(self._folders, self._addresses, COUNCILS), support.inbox(self._folders, self._addresses)]
        for file in self._folders.traces.glob("*.jsonl"):
            begin_anew(file)
        services = programs(self._folders, self._addresses, self._keys, made, self._bootstrap).values()
        with self._progress.step(f"{len(SERVICES)} services, sign-in and inbox"):
            for layer in (around, services):
                await self._supervisor.start({program.name: PythonChild(self._folders, program) for program in layer})
            urls = {service: f"{self._addresses.ops(service)}/readyz" for service in SERVICES}
            await wait_until_answers(urls | support.ready_urls(self._addresses, COUNCILS), self._supervisor.require_alive)

    async def _load_councils(self) -> None:
        async with Services(self._addresses) as services:
            with self._progress.step("Demo councils"):
                await CouncilLoader(services, self._addresses, self._keys, self._folders).load(COUNCILS)
                self._folders.first_port_file.write_text(str(self._addresses.first_port), encoding="utf-8")
            with self._progress.step("Every service knows the councils"):
                await wait_until_known(services, self._keys, COUNCILS, self._supervisor.require_alive)
                await wait_until_delivered(self._admin_url, self._bootstrap, self._supervisor.require_alive)

    def _tell(self, phase: str) -> None:
        state = StackState(phase, self._addresses.first_port, self._bootstrap, without_password(self._admin_url), self._supervisor.pids())
        state.write(self._folders.state_file)
