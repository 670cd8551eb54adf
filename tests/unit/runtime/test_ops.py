"""The side door: metrics, whether the loop turns, and whether the process can do its work."""

from typing import Any

import httpx2
import pytest

from wardmote_runtime.metrics import Metrics
from wardmote_runtime.ops import Check, ops_app


async def get(path: str, checks: dict[str, Check] | None = None, metrics: Metrics | None = None) -> httpx2.Response:
    app: Any = ops_app(metrics or Metrics(), checks or {})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ops") as client:
        return await client.get(path)


async def good() -> bool:
    return True


async def bad() -> bool:
    return False


async def broken() -> bool:
    raise ConnectionRefusedError("db.internal:5432")


async def test_metrics_are_those_of_this_process() -> None:
    metrics = Metrics()
    metrics.relayed.labels("incident-events").inc(3)
    answer = await get("/metrics", metrics=metrics)
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'wardmote_outbox_relayed_total{topic="incident-events"} 3.0' in answer.text


async def test_a_process_lives_even_if_it_is_not_ready() -> None:
    assert (await get("/livez", {"database": bad})).status_code == 200


@pytest.mark.parametrize(
    ("checks", "status"),
    [({}, 200), ({"a": good, "b": good}, 200), ({"a": good, "b": bad}, 503), ({"a": broken, "b": good}, 503)],
)
async def test_a_process_is_ready_when_every_check_passes(checks: dict[str, Check], status: int) -> None:
    answer = await get("/readyz", checks)
    assert answer.status_code == status
    assert answer.json() == {name: check is good for name, check in checks.items()}


async def test_a_check_that_breaks_does_not_tell_its_text() -> None:
    assert "db.internal" not in (await get("/readyz", {"database": broken})).text
