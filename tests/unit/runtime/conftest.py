"""A small REST service on the platform's conventions, and a client that speaks to it in process."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from wardmote_kernel.errors import StaleVersion
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.http_app import ExpectedVersion, Gate, IdempotencyKey, etag, rest_app
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import current_caller, current_tenant
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.issuers import Issuers

MAX_BYTES = 2048


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(max_length=1000)
    place: int = 0


@dataclass
class Door:
    """Says what the gate's admission does, and what a route raises."""

    refusal: Exception | None = None
    fault: BaseException | None = None
    admitted: list[VerifiedToken] = field(default_factory=list)

    async def admit(self, token: VerifiedToken) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.admitted.append(token)


def routes(gate: Gate, door: Door) -> APIRouter:
    router = APIRouter(prefix="/v1", dependencies=[Depends(gate.roles(Role.CASE_WORKER))])
    router.post("/notes", status_code=201)(add_note)
    router.post("/orders", status_code=201)(order)
    router.patch("/notes/{note_id}")(change)
    router.get("/whoami")(whoami)
    router.get("/whoami-plain")(whoami_plain)

    @router.get("/faults/{name}")
    async def fault(name: str) -> None:
        assert door.fault is not None
        raise door.fault

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(half_an_answer(door))

    return router


async def add_note(body: NoteBody) -> dict[str, int]:
    return {"length": len(body.text)}


async def order(key: IdempotencyKey) -> dict[str, str]:
    return {"key": key}


async def change(note_id: UUID, version: ExpectedVersion) -> dict[str, str]:
    if version != 3:
        raise StaleVersion("Somebody changed it since you read it. Read it again.")
    return {"etag": etag(version + 1)}


async def whoami() -> dict[str, str]:
    return {"subject": current_caller().subject, "tenant": str(current_tenant())}


def whoami_plain() -> str:
    return str(current_tenant())


async def half_an_answer(door: Door) -> AsyncIterator[bytes]:
    yield b"one\n"
    assert door.fault is not None
    raise door.fault


@dataclass
class Site:
    """The service with all that a test looks at."""

    client: httpx2.AsyncClient
    door: Door
    metrics: Metrics
    telemetry: Telemetry
    issuers: Issuers
    tenant: TenantId
    call: Callable[..., Any]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    issuers, door, metrics, telemetry, tenant = Issuers(StoppedClock()), Door(), Metrics(), Telemetry("test", None), TenantId(uuid4())
    app = rest_app("Test", "1", telemetry=telemetry, metrics=metrics, max_bytes=MAX_BYTES)
    app.include_router(routes(Gate(issuers.verifier, door.admit), door))
    bearer = {"Authorization": issuers.bearer(Role.CASE_WORKER, tenant)}

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://site") as client:

        async def call(method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx2.Response:
            return await client.request(method, path, headers=bearer | (headers or {}), **more)

        yield Site(client, door, metrics, telemetry, issuers, tenant, call)
