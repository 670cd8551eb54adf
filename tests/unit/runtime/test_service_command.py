"""The command line of a service: what is wrong is told in a sentence."""

import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import structlog
from starlette.applications import Starlette

from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import ProcessRole
from wardmote_runtime.service_command import serve
from wardmote_runtime.settings import PREFIX, ServiceSettings
from wardmote_testkit.ports import free_port

NEEDED = ("DATABASE_URL", "PIPELINE_DATABASE_URL", "RELAY_DATABASE_URL", "KAFKA_BOOTSTRAP", "TRUSTED_ISSUERS_FILE", "SIGNING_KEY_FILE")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Environment, arguments, logs and signal handlers of the process are the input here, and are put back."""
    before, root_handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    yield monkeypatch
    structlog.configure(**before)
    logging.root.handlers[:] = root_handlers
    logging.root.setLevel(level)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def command(
    surroundings: pytest.MonkeyPatch, *arguments: str, environment: dict[str, str] | None = None, parts: Sequence[Part] = (),
    migrations: Path | None = Path("migrations"),
) -> str:  # fmt: skip
    """What the command says when it ends."""
    surroundings.setattr(sys, "argv", ["wardmote-probe", *arguments])
    for name, value in (environment or {}).items():
        surroundings.setenv(PREFIX + name, value)

    def chosen(_role: ProcessRole, _settings: ServiceSettings) -> Sequence[Part]:
        return parts

    with pytest.raises(SystemExit) as ended:
        serve("probe", ServiceSettings, chosen, migrations)
    return str(ended.value)


def full(**changed: str) -> dict[str, str]:
    return dict.fromkeys((*NEEDED, "KEYRING_FOLDER"), "x") | changed


def test_settings_that_are_missing_are_named(surroundings: pytest.MonkeyPatch) -> None:
    text = command(surroundings, "http")
    assert all(PREFIX + name in text for name in NEEDED)


def test_a_port_in_use_is_told_with_the_setting_to_change(surroundings: pytest.MonkeyPatch) -> None:
    port = free_port()
    servers = [HttpServer(f"127.0.0.1:{port}", Starlette(), f"WARDMOTE_{name}_LISTEN") for name in ("HTTP", "OPS")]
    assert "WARDMOTE_OPS_LISTEN" in command(surroundings, "all", parts=servers, environment=full())


def test_migrating_needs_its_own_address(surroundings: pytest.MonkeyPatch) -> None:
    assert command(surroundings, "migrate") == "Set WARDMOTE_MIGRATE_DATABASE_URL to the address of the migrate login."


@pytest.mark.parametrize("arguments", [[], ["juggle"], ["http", "grpc"]])
def test_a_role_that_is_none_is_refused(surroundings: pytest.MonkeyPatch, arguments: list[str]) -> None:
    assert command(surroundings, *arguments, environment=full()) == "2"


def test_a_service_without_tables_has_nothing_to_migrate(surroundings: pytest.MonkeyPatch) -> None:
    assert command(surroundings, "migrate", migrations=None, environment=full()) == "2"


def test_a_fault_of_ours_is_not_told_as_a_missing_setting(surroundings: pytest.MonkeyPatch) -> None:
    class Faulty:
        async def start(self) -> None:
            raise KeyError("fault")

        async def stop(self) -> None: ...

    surroundings.setattr(sys, "argv", ["wardmote-probe", "http"])
    for name, value in full().items():
        surroundings.setenv(PREFIX + name, value)
    with pytest.raises(KeyError, match="fault"):
        serve("probe", ServiceSettings, lambda _role, _settings: [Faulty()], None)
