"""A database of notification, and its use cases on it, for one test module."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from wardmote_notification.adapters.postgres import PostgresUnitOfWork
from wardmote_notification.application.handlers import Handlers

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import RandomIds
from wardmote_runtime.database import Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.sealing import FolderKeyring, Sealer
from wardmote_runtime.wake import Wake
from wardmote_testkit.databases import make_service_database, open_database


class Nobody:
    """Fits ``Contacts`` and knows none."""

    async def current(self, person_id: UUID) -> str | None:
        return None

    def recent(self, person_id: UUID) -> str | None:
        return None

    def forget(self, person_id: UUID) -> None:
        """Nothing to forget."""


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    return make_service_database(postgres_server, "notification")


@pytest.fixture(scope="module")
async def database(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses) as opened:
        yield opened


@pytest.fixture(scope="module")
def wake() -> Wake:
    return Wake()


@pytest.fixture(scope="module")
def unit_of_work(database: Database, wake: Wake, tmp_path_factory: pytest.TempPathFactory) -> PostgresUnitOfWork:
    sealer = Sealer(FolderKeyring(tmp_path_factory.mktemp("keyring")))
    return PostgresUnitOfWork(database, Outbox("notification", Wake()), sealer, wake)


@pytest.fixture(scope="module")
def roster_work(database: Database, wake: Wake, tmp_path_factory: pytest.TempPathFactory) -> PostgresUnitOfWork:
    sealer = Sealer(FolderKeyring(tmp_path_factory.mktemp("keyring")))
    return PostgresUnitOfWork(database, Outbox("notification", Wake()), sealer, wake, is_alone=True)


@pytest.fixture(scope="module")
def handlers(unit_of_work: PostgresUnitOfWork, roster_work: PostgresUnitOfWork) -> Handlers:
    return Handlers(unit_of_work, roster_work, Nobody(), SystemClock(), RandomIds(SystemClock()))
