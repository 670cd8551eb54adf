"""The whole process as its composition root makes it, on a real database and with every other service away."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from wardmote_console.main import parts
from wardmote_console.settings import ConsoleSettings

from wardmote_runtime.auth import new_key_pair
from wardmote_runtime.http_server import HttpServer
from wardmote_testkit.databases import make_service_database
from wardmote_testkit.wait import eventually

AWAY = "127.0.0.1:1"


@pytest.fixture
async def servers(postgres_server: str, tmp_path: Path) -> AsyncIterator[list[HttpServer]]:
    """Pages and side door, serving."""
    key = tmp_path / "key.json"
    key.write_text(json.dumps(new_key_pair()[0]))
    settings = ConsoleSettings(
        database_url=SecretStr(make_service_database(postgres_server, "console").app_url), signing_key_file=key,
        public_url="http://localhost:7600", tenancy_address=AWAY, intake_address=AWAY, case_management_address=AWAY,
        classification_address=AWAY, notification_address=AWAY,
    )  # fmt: skip
    made = parts("http", settings)
    for part in made:
        await part.start()
    yield [part for part in made if isinstance(part, HttpServer)]
    for part in reversed(made):
        await part.stop()


async def test_it_is_ready_and_shows_999_with_every_other_service_away(servers: list[HttpServer]) -> None:
    pages, ops = (f"http://127.0.0.1:{server.port}" for server in servers)
    async with httpx2.AsyncClient() as browser:

        async def ready() -> bool:
            return bool((await browser.get(f"{ops}/readyz")).json() == {"database": True})

        await eventually(ready, describe="the console ready")
        assert "Use your council" in (await browser.get(f"{pages}/")).text
        assert (await browser.get(f"{pages}/northshire/report/emergency")).status_code == 200
        assert (await browser.get(f"{pages}/northshire/")).status_code == 503
        metrics = (await browser.get(f"{ops}/metrics")).text
    assert 'route="/{slug}/report/emergency"' in metrics
    assert "northshire" not in metrics
