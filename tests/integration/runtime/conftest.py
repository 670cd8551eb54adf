"""A service's delivery tables on a real PostgreSQL, and the catalogue's topics on a real Kafka."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub
from wardmote_contracts.topics import ALL, Topic
from wardmote_kernel.identity import TenantId
from wardmote_runtime.admin import create_topics
from wardmote_runtime.database import Database
from wardmote_runtime.provision import ServiceDatabase
from wardmote_testkit.databases import make_service_database, open_database
from wardmote_testkit.rpc import House, calling


@pytest.fixture
def addresses(postgres_server: str) -> ServiceDatabase:
    """A database of its own for one test."""
    return make_service_database(postgres_server, "intake")


@pytest.fixture
async def database(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses) as opened:
        yield opened


@pytest.fixture(scope="session")
def broker(kafka_server: str) -> str:
    create_topics(kafka_server, ALL, single_broker=True, partitions=4)
    return kafka_server


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(uuid4())


@pytest.fixture
def other_tenant() -> TenantId:
    return TenantId(uuid4())


@pytest.fixture
def migrations() -> Path:
    return Path("services/intake/migrations")


@pytest.fixture
def topic(broker: str) -> str:
    """A topic of its own for one test, so that tests do not read each other's events."""
    name = f"incident-events-{uuid4().hex[:8]}"
    like = next(topic for topic in ALL if topic.name == "incident-events")
    own = Topic(name, like.message, like.key, like.producer, like.consumers, 4, 1, 1, 1)
    create_topics(broker, [own], single_broker=True, partitions=4)
    return name


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A gRPC service that does what a test says; not started yet."""
    return House(tmp_path)


@pytest.fixture
async def channel(house: House) -> AsyncIterator[Any]:
    """A channel to the house, started."""
    async with calling(house.server) as opened:
        yield opened


@pytest.fixture
def stub(channel: Any) -> Any:
    return IntakeServiceStub(channel)
