"""The composition root at work: gRPC and REST on ports, with tokens, councils and a real PostgreSQL."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from wardmote_case_management.main import parts
from wardmote_case_management.settings import CaseManagementSettings

from wardmote.case_management.v1 import case_management_service_pb2 as wire
from wardmote.case_management.v1.case_management_service_pb2_grpc import CaseManagementServiceStub
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenSigner, new_key_pair
from wardmote_runtime.plumbing import ProcessRole
from wardmote_runtime.provision import ServiceDatabase
from wardmote_testkit.ports import free_port

Desk = Any
"""See conftest.py."""


class Served:
    """The addresses, and who calls."""

    def __init__(self, folder: Path, addresses: ServiceDatabase) -> None:
        own, own_public = new_key_pair()
        self._console, console_public = new_key_pair()
        (folder / "issuers.json").write_text(json.dumps({"case-management": own_public, "console": console_public}))
        (folder / "key.json").write_text(json.dumps(own))
        self.grpc, self.http = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        values: dict[str, Any] = {
            "database_url": addresses.app_url, "pipeline_database_url": addresses.pipeline_url, "relay_database_url": addresses.relay_url,
            "kafka_bootstrap": "127.0.0.1:1", "grpc_listen": self.grpc, "http_listen": self.http, "keyring_folder": folder / "keys",
            "trusted_issuers_file": folder / "issuers.json", "signing_key_file": folder / "key.json",
        }  # fmt: skip
        self.settings = CaseManagementSettings(**values)

    def bearer(self, tenant: TenantId) -> str:
        signer = TokenSigner("console", self._console, SystemClock())
        return f"Bearer {signer.token(subject='lead-1', roles=[Role.CASE_WORKER], tenant=tenant)}"

    @asynccontextmanager
    async def running(self, role: ProcessRole) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in parts(role, self.settings):
                await part.start()
                stack.push_async_callback(part.stop)
            yield


@pytest.fixture
def served(tmp_path: Path, addresses: ServiceDatabase) -> Served:
    return Served(tmp_path, addresses)


async def admitted(desk: Desk, tenant: TenantId) -> None:
    await desk.rows(tenant, f"INSERT INTO tenant_copy (tenant_id, slug) VALUES ('{tenant}', 'x') RETURNING 1")


async def test_rest_serves_a_councils_own_cases(desk: Desk, served: Served, tenant: TenantId, other_tenant: TenantId) -> None:
    case = await desk.assess(tenant)
    for council in (tenant, other_tenant):
        await admitted(desk, council)
    own, other = ({"Authorization": served.bearer(council)} for council in (tenant, other_tenant))
    path = f"/v1/cases/{case.case_id}"
    async with served.running("http"), httpx.AsyncClient(base_url=f"http://{served.http}") as client:
        shown = await client.get(path, headers=own)
        assert (shown.status_code, shown.headers["etag"], shown.json()["reference"]) == (200, '"1"', case.reference)
        assert len((await client.get("/v1/cases", headers=own)).json()["cases"]) == 1
        assert (await client.get("/v1/cases", headers=other)).json() == {"cases": [], "next_cursor": ""}
        assert (await client.get(path, headers=other)).status_code == 404
        order = own | {"Idempotency-Key": str(uuid4()), "If-Match": shown.headers["etag"]}
        given = await client.post(f"{path}/assignment", headers=order, json={"assigned_to": "worker-1"})
        assert (given.status_code, given.headers["etag"], given.json()["status"]) == (200, '"2"', "open")
        again = await client.post(f"{path}/assignment", headers=order, json={"assigned_to": "worker-1"})
        assert (again.status_code, again.json()) == (200, given.json())
        stale = await client.post(f"{path}/assignment", headers=order | {"Idempotency-Key": str(uuid4())}, json={"assigned_to": "w"})
        assert (stale.status_code, stale.headers["content-type"]) == (412, "application/problem+json")


async def test_grpc_serves_a_councils_own_cases(desk: Desk, served: Served, tenant: TenantId, other_tenant: TenantId) -> None:
    case = await desk.assess(tenant)
    for council in (tenant, other_tenant):
        await admitted(desk, council)
    own, other = ([("authorization", served.bearer(council))] for council in (tenant, other_tenant))
    asked = wire.GetCaseRequest(case_id=str(case.case_id))
    async with served.running("grpc"), grpc.aio.insecure_channel(served.grpc) as channel:
        stub: Any = CaseManagementServiceStub(channel)
        answer = await stub.GetCase(asked, timeout=5, metadata=own)
        assert (answer.case.reference, answer.case.version, len(answer.case.incidents)) == (case.reference, 1, 1)
        with pytest.raises(grpc.aio.AioRpcError) as foreign:
            await stub.GetCase(asked, timeout=5, metadata=other)
        with pytest.raises(grpc.aio.AioRpcError) as unknown:
            await stub.GetCase(wire.GetCaseRequest(case_id=str(uuid4())), timeout=5, metadata=own)
        assert foreign.value.code() is unknown.value.code() is grpc.StatusCode.NOT_FOUND
        assert foreign.value.details() == unknown.value.details()
        order = wire.AssignCaseRequest(request_id=str(uuid4()), case_id=str(case.case_id), assigned_to="worker-1", expected_version=1)
        assert (await stub.AssignCase(order, timeout=5, metadata=own)).case.version == 2
        order.request_id = str(uuid4())
        with pytest.raises(grpc.aio.AioRpcError) as stale:
            await stub.AssignCase(order, timeout=5, metadata=own)
        assert stale.value.code() is grpc.StatusCode.ABORTED
