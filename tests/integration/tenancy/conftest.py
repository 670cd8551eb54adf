"""Tenancy on a real PostgreSQL: its parts one by one, and whole processes as they run in production."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from wardmote_tenancy.adapters.key_signer import TokenKeySigner
from wardmote_tenancy.adapters.postgres import PostgresUnitOfWork
from wardmote_tenancy.adapters.postgres_queries import PostgresQueries
from wardmote_tenancy.application.handlers import Handlers
from wardmote_tenancy.main import parts
from wardmote_tenancy.settings import TenancySettings

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import RandomIds
from wardmote_runtime.auth import TokenSigner, new_key_pair
from wardmote_runtime.database import Database
from wardmote_runtime.grpc_server import GrpcServer
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.plumbing import ProcessRole
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.sealing import FolderKeyring, Sealer
from wardmote_runtime.wake import Wake
from wardmote_testkit.databases import make_service_database, open_database

NOWHERE = "127.0.0.1:1"
ISSUERS = ("tenancy", "console", "operator", "notification", "classification")


@pytest.fixture(scope="package")
def addresses(postgres_server: str) -> ServiceDatabase:
    return make_service_database(postgres_server, "tenancy")


@pytest.fixture(scope="package")
async def database(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses) as opened:
        yield opened


@pytest.fixture(scope="package")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each issuer's private key, the file of all public ones, and a keyring."""
    folder = tmp_path_factory.mktemp("keys")
    pairs = {issuer: new_key_pair() for issuer in ISSUERS}
    for issuer, (private, _) in pairs.items():
        (folder / f"{issuer}.json").write_text(json.dumps(private))
    (folder / "trusted.json").write_text(json.dumps({issuer: public for issuer, (_, public) in pairs.items()}))
    return folder


@pytest.fixture(scope="package")
def signers(keys: Path) -> dict[str, TokenSigner]:
    return {issuer: TokenSigner.from_file(issuer, keys / f"{issuer}.json", SystemClock()) for issuer in ISSUERS}


@pytest.fixture(scope="package")
def sealer(keys: Path) -> Sealer:
    return Sealer(FolderKeyring(keys / "keyring"))


@pytest.fixture(scope="package")
def handlers(database: Database, sealer: Sealer, signers: dict[str, TokenSigner]) -> Handlers:
    clock = SystemClock()
    unit_of_work = PostgresUnitOfWork(database, Outbox("tenancy", Wake()), sealer)
    return Handlers(unit_of_work, TokenKeySigner(signers["tenancy"]), clock, RandomIds(clock))


@pytest.fixture(scope="package")
def queries(database: Database, sealer: Sealer) -> PostgresQueries:
    return PostgresQueries(database, sealer)


@pytest.fixture(scope="package")
def settings(addresses: ServiceDatabase, keys: Path) -> TenancySettings:
    return TenancySettings.model_validate(
        {
            "database_url": addresses.app_url, "pipeline_database_url": addresses.pipeline_url,
            "relay_database_url": addresses.relay_url, "kafka_bootstrap": "127.0.0.1:1",
            "trusted_issuers_file": keys / "trusted.json", "signing_key_file": keys / "tenancy.json", "keyring_folder": keys / "keyring",
            "intake_address": NOWHERE, "classification_address": NOWHERE, "case_management_address": NOWHERE,
            "notification_address": NOWHERE,
        }
    )  # fmt: skip


async def running(role: ProcessRole, settings: TenancySettings, served: type[GrpcServer] | type[HttpServer]) -> AsyncIterator[int]:
    """A process of that role; hands out the port that it serves on."""
    started = parts(role, settings)
    for part in started:
        await part.start()
    yield next(part.port for part in started if isinstance(part, served))
    for part in reversed(started):
        await part.stop()


@pytest.fixture(scope="package")
async def grpc_port(settings: TenancySettings) -> AsyncIterator[int]:
    async for port in running("grpc", settings, GrpcServer):
        yield port


@pytest.fixture(scope="package")
async def http_port(settings: TenancySettings) -> AsyncIterator[int]:
    async for port in running("http", settings, HttpServer):
        yield port
