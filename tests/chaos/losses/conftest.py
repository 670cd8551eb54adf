"""The stage of faust's losses and of the consumer's contract: the real broker, a real inbox, and the table at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.losses.table import Outcome, markdown
from wardmote_testkit.consumer_program import Engine
from wardmote_testkit.consumer_stage import Shelf, Stage
from wardmote_testkit.databases import make_service_database
from wardmote_testkit.groups import Broker

Outcomes = dict[tuple[str, str], Outcome]
OUTCOMES = pytest.StashKey[Outcomes]()


@pytest.fixture(scope="session")
def broker(kafka_server: str) -> Iterator[Broker]:
    opened = Broker(kafka_server)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shelf(postgres_server: str) -> Shelf:
    return Shelf(postgres_server, make_service_database(postgres_server, "intake"))


@pytest.fixture
async def stage(engine: Engine, broker: Broker, shelf: Shelf, tmp_path: Path) -> Stage:
    return Stage(engine, broker, shelf, await broker.make_topic(), tmp_path)


@pytest.fixture
async def wide_stage(engine: Engine, broker: Broker, shelf: Shelf, tmp_path: Path) -> Stage:
    return Stage(engine, broker, shelf, await broker.make_topic(4), tmp_path)


@pytest.fixture(scope="session")
def outcomes(pytestconfig: pytest.Config) -> Outcomes:
    """What was measured in this run, by scenario and consumer."""
    return pytestconfig.stash.setdefault(OUTCOMES, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    measured = config.stash.get(OUTCOMES, {})
    if measured:
        terminalreporter.section("losses")
        terminalreporter.write_line(markdown(measured))
