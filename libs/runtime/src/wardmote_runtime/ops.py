"""The operator's side door of a process: metrics, liveness and readiness, on a port of its own."""

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from wardmote_runtime.metrics import Metrics

Check = Callable[[], Awaitable[bool]]


def ops_app(metrics: Metrics, checks: dict[str, Check]) -> Starlette:
    """``/metrics``, ``/livez`` (the loop turns) and ``/readyz`` (each check, by name)."""

    async def show_metrics(_request: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def livez(_request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_request: Request) -> Response:
        results = {name: await _passes(check) for name, check in checks.items()}
        return JSONResponse(results, 200 if all(results.values()) else 503)

    return Starlette(routes=[Route("/metrics", show_metrics), Route("/livez", livez), Route("/readyz", readyz)])


async def _passes(check: Check) -> bool:
    try:
        return await check()
    except Exception:  # The edge: a check that breaks is a check that fails.
        return False
