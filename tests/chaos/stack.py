"""The stack under chaos: own servers, own small disks, and every role in a process that is started again when it ends."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tests.chaos.kept import Kept
from tests.chaos.rooms import Room
from wardmote_contracts.topics import ALL
from wardmote_local import databases
from wardmote_local.addresses import HIGHEST_OFFSET, HOST, KAFKA, KAFKA_CONTROLLER, SMTP, Addresses
from wardmote_local.child import Program
from wardmote_local.folders import Folders
from wardmote_local.keys import Keys
from wardmote_local.readiness import wait_until_answers
from wardmote_local.servers.kafka import KafkaServer
from wardmote_local.servers.postgres import PostgresServer
from wardmote_local.services import module_of, programs
from wardmote_runtime.admin import create_topics
from wardmote_runtime.provision import ServiceDatabase

SPLIT = {"intake": ("grpc", "http", "stream", "work", "relay"), "classification": ("grpc", "stream", "work", "relay")}
"""The roles that have a process of their own; the other services do all in one."""

WHOLE = ("tenancy", "notification", "case-management")
SERVICES = ("tenancy", "notification", "intake", "classification", "case-management")
PARTITIONS = 6
READY_WITHIN_S = 120.0
KEYRING_MB, TABLESPACE_MB = 64, 768
MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run lies, and the ports it has."""

    folders: Folders
    addresses: Addresses

    def ops(self, number: int) -> str:
        """Where the role of that number tells its health."""
        return f"{HOST}:{self.addresses.first_port + HIGHEST_OFFSET + 1 + number}"


class ChaosStack:
    """Everything that can be hit."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.folders, self.addresses = places.folders, places.addresses
        self.keys = Keys(self.folders.keys)
        self.postgres = PostgresServer(self.folders.postgres)
        self.kafka = KafkaServer(self.folders.kafka, self.addresses.port(KAFKA), self.addresses.port(KAFKA_CONTROLLER))
        self.roles: dict[str, Kept] = {}
        self.mails_file = self.folders.var / "mails"
        self.rooms: dict[str, Room] = {}

    def database(self, service: str) -> str:
        """The superuser's address of a service's database."""
        return make_conninfo(self.postgres.admin_dsn, dbname=module_of(service))

    async def start(self) -> None:
        """Returns when every role is ready."""
        self.rooms["keyring of intake"] = Room.make(self.folders.keyrings / "intake", KEYRING_MB)
        self.keys.make()
        await self.start_servers()
        made = await asyncio.to_thread(self._prepare)
        for role in self._make_roles(made):
            self.roles[role.name] = role
            await role.start()
        await self.wait_until_ready()

    async def start_servers(self) -> None:
        await asyncio.gather(asyncio.to_thread(self.postgres.start), asyncio.to_thread(self.kafka.start))

    async def stop_servers(self) -> None:
        await asyncio.gather(asyncio.to_thread(self.kafka.stop), asyncio.to_thread(self.postgres.stop))

    async def stop(self) -> None:
        """Ends everything, whatever state it is in."""
        await asyncio.gather(*(role.stop() for role in self.roles.values()), return_exceptions=True)
        await self.stop_servers()
        for room in self.rooms.values():
            room.close()

    async def wait_until_ready(self, names: Iterable[str] = ()) -> None:
        """Returns when these roles, or all, say that they are ready."""
        chosen = set(names) or self.roles.keys()
        urls = {name: f"http://{self._ops(role)}/readyz" for name, role in self.roles.items() if name in chosen and name != MAIL}
        await wait_until_answers(urls, lambda: None, READY_WITHIN_S)

    @staticmethod
    def _ops(role: Kept) -> str:
        return role.environment["WARDMOTE_OPS_LISTEN"]

    def _prepare(self) -> dict[str, ServiceDatabase]:
        made = databases.provision_all(self.postgres.admin_dsn, self.keys.database_password())
        self._give_small_disk("classification")
        databases.migrate_all(SERVICES, made)
        create_topics(self.kafka.bootstrap, ALL, single_broker=True, partitions=PARTITIONS)
        return made

    def _give_small_disk(self, service: str) -> None:
        """The service's tables lie on a disk of their own, which can be full while the server goes on."""
        room = self.rooms[f"database of {service}"] = Room.make(self.folders.postgres / "small", TABLESPACE_MB)
        tables = Room(room.folder / "tables")  # PostgreSQL wants a folder that is empty and its own; the ballast lies beside it.
        tables.folder.mkdir()
        for each in (room, tables):
            each.own(self.folders.postgres / "data")
        with psycopg.connect(self.postgres.admin_dsn, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{tables.folder}'".encode())
            connection.execute(f"ALTER DATABASE {module_of(service)} SET TABLESPACE small".encode())

    def _make_roles(self, made: dict[str, ServiceDatabase]) -> list[Kept]:
        listed = programs(self.folders, self.addresses, self.keys, made, self.kafka.bootstrap)
        pairs = [(service, role) for service in SERVICES for role in SPLIT.get(service, ("all",))]
        sink = Kept(MAIL, "tests.chaos.mail_sink", (self.addresses.listen(SMTP), str(self.mails_file)), {}, self.folders.work(MAIL))
        return [sink, *(self._role(listed[service], role, number) for number, (service, role) in enumerate(pairs))]

    def _role(self, program: Program, role: str, number: int) -> Kept:
        name = program.name if role == "all" else f"{program.name}/{role}"
        own = {**program.environment, "WARDMOTE_OPS_LISTEN": self._places.ops(number), "WARDMOTE_TRACES": "none"}
        return Kept(name, program.module, (role,), own, self.folders.work(name.replace("/", "-")))


@asynccontextmanager
async def running_stack(folder: Path) -> AsyncIterator[ChaosStack]:
    """A whole stack; ended however the block ends."""
    stack = ChaosStack(Places(Folders(folder), Addresses(free_first_port())))
    try:
        await stack.start()
        yield stack
    finally:
        await stack.stop()


def free_first_port() -> int:
    """A first port after which everything is free now. Drawn, so that two runs at once seldom draw the same."""
    firsts = list(range(21_000, 32_000, 100))
    random.SystemRandom().shuffle(firsts)
    needed = HIGHEST_OFFSET + 1 + len(SERVICES) * 5
    for first in firsts:
        if all(_is_free(first + offset) for offset in range(needed)):
            return first
    raise SystemExit("No room for the ports of a stack on this machine.")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
