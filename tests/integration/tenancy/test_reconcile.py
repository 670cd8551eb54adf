"""Tenancy asks the four services over gRPC, compares, and tells an operator; by RPC, by command and by metric."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
import httpx2
import pytest
import typer
from typer.testing import CliRunner, Result
from wardmote_tenancy.entrypoints.commands import reconcile
from wardmote_tenancy.main import parts
from wardmote_tenancy.settings import TenancySettings

from wardmote.tenancy.v1 import tenancy_service_pb2 as wire
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime import proof_api
from wardmote_runtime.auth import TokenSigner, TokenVerifier, VerifiedToken
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.proof import Held, Question, Stage, State, Waiting
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import current_tenant
from wardmote_testkit.wait import eventually

Rows = dict[tuple[TenantId, Stage], list[Held]]


class AllFour:
    """One server in the place of all four services; each council's rows by stage."""

    def __init__(self) -> None:
        self.rows: Rows = {}

    def hold(self, tenant: TenantId, stage: Stage, **fields: Any) -> None:
        kept = self.rows.setdefault((tenant, stage), [])
        at = fields.pop("at", datetime.now(UTC))
        place = (State.WORK.value, str(len(kept) + 1)) if stage is Stage.WAITING else (str(UUID(int=len(kept) + 1)),)
        kept.append(Held(place=place, at=at, **fields))

    def hold_whole(self, tenant: TenantId) -> UUID:
        """A report that came through; gives its incident."""
        incident, case = uuid4(), uuid4()
        self.hold(tenant, Stage.RECEIVED, incident_id=incident)
        self.hold(tenant, Stage.ASSESSED, incident_id=incident)
        self.hold(tenant, Stage.IN_CASE, incident_id=incident, case_id=case)
        self.hold(tenant, Stage.NOTIFIED, case_id=case, person_id=uuid4(), notification_id=uuid4(), state=State.DELIVERED)
        return incident

    async def held(self, question: Question) -> Sequence[Held]:
        about = {Stage.NOTIFIED: "case_id", Stage.WAITING: "aggregate_id", Stage.CASE_WORKER: "person_id"}.get(
            question.stage, "incident_id"
        )
        found = [
            one
            for one in self.rows.get((current_tenant(), question.stage), [])
            if (not question.ids or getattr(one, about) in question.ids) and one.at >= question.since and one.place > question.after
        ]
        return found[: question.limit]

    async def waiting(self) -> Sequence[Waiting]:
        return [Waiting(State.DEAD_LETTER, len(self.rows.get((current_tenant(), Stage.WAITING), [])), None)]


@pytest.fixture(scope="module")
def services() -> AllFour:
    return AllFour()


@pytest.fixture(scope="module")
async def asked(services: AllFour, keys: Path) -> AsyncIterator[str]:
    """Where all four answer."""

    async def admit(_token: VerifiedToken) -> None: ...

    verifier = TokenVerifier.from_file(keys / "trusted.json", SystemClock())
    chain = interceptor_chain(Telemetry("test", None), Metrics(), verifier, admit, proof_api.RIGHTS)
    served = proof_api.served(services)
    server = GrpcServer("127.0.0.1:0", [served.service], lambda made: served.add(served.api, made), chain, 1_048_576)
    await server.start()
    yield f"127.0.0.1:{server.port}"
    await server.stop()


@pytest.fixture(scope="module")
def asking(settings: TenancySettings, asked: str) -> TenancySettings:
    names = ("intake", "classification", "case_management", "notification")
    changed = {f"{name}_address": asked for name in names} | {"reconcile_grace_seconds": 0, "reconcile_seconds": 1}
    return settings.model_copy(update=changed)


@pytest.fixture(scope="module")
async def address(asking: TenancySettings) -> AsyncIterator[str]:
    started = parts("grpc", asking)
    for part in started:
        await part.start()
    yield f"127.0.0.1:{next(part.port for part in started if isinstance(part, GrpcServer))}"
    for part in reversed(started):
        await part.stop()


class Operator:
    """Calls tenancy as an operator, by RPC and by command."""

    def __init__(self, address: str, stub: Any, signer: TokenSigner, key_file: Path) -> None:
        self._address, self._stub, self._signer, self._key_file = address, stub, signer, key_file

    async def call(self, method: str, request: Any, tenant: TenantId | None = None) -> Any:
        token = self._signer.token(subject="operator-1", roles=[Role.OPERATOR], tenant=tenant)
        return await getattr(self._stub, method)(request, timeout=5, metadata=(("authorization", f"Bearer {token}"),))

    async def aboard(self) -> TenantId:
        tenant = TenantId(uuid4())
        provider = tenant_wire.IdentityProvider(issuer="https://login.example", client_id="wardmote")
        request = wire.CreateTenantRequest(
            request_id=str(uuid4()), tenant_id=str(tenant), slug=f"p{uuid4().hex}", name="Northshire Council",
            nation=tenant_wire.NATION_ENGLAND, identity_provider=provider,
        )  # fmt: skip
        await self.call("CreateTenant", request)
        return tenant

    async def types(self, *words: str) -> Result:
        app = typer.Typer()
        app.command()(reconcile)
        given = [*words, "--address", self._address, "--key-file", str(self._key_file)]
        return await asyncio.to_thread(CliRunner().invoke, app, given)


@pytest.fixture
async def operator(address: str, signers: dict[str, TokenSigner], keys: Path) -> AsyncIterator[Operator]:
    async with grpc.aio.insecure_channel(address) as channel:
        yield Operator(address, TenancyServiceStub(channel), signers["operator"], keys / "operator.json")


async def test_a_council_whose_reports_came_through_has_no_gap(services: AllFour, operator: Operator) -> None:
    tenant = await operator.aboard()
    for _ in range(3):
        services.hold_whole(tenant)
    proof = (await operator.call("Reconcile", wire.ReconcileRequest(), tenant)).proof
    counts = (proof.received_count, proof.event_count, proof.assessed_count, proof.in_case_count, proof.notified_count)
    assert counts == (3, 3, 3, 3, 3)
    assert (proof.gap_count, proof.doubled_count) == (0, 0)
    result = await operator.types("--tenant", str(tenant))
    assert result.exit_code == 0, result.output
    told = json.loads((await operator.types("--tenant", str(tenant), "--json")).stdout)
    assert (told["tenant_id"], told["received_count"], told["gap_count"], told["missing"]) == (str(tenant), "3", "0", [])


async def test_a_dead_letter_is_named_and_the_command_ends_with_1(services: AllFour, operator: Operator) -> None:
    tenant, lost = await operator.aboard(), uuid4()
    services.hold_whole(tenant)
    services.hold(tenant, Stage.RECEIVED, incident_id=lost, at=datetime.now(UTC) - timedelta(hours=2))
    services.hold(tenant, Stage.WAITING, aggregate_id=lost, state=State.DEAD_LETTER, kind="incident-events", reason="INVALID")
    result = await operator.types("--tenant", str(tenant))
    assert result.exit_code == 1
    assert f"incident {lost} has no assessment: dead letter in classification, INVALID" in result.stdout
    assert "classification holds dead letters 1" in result.stdout
    assert "7200 s" in result.stdout
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert (await operator.types("--tenant", str(tenant), "--since", since)).exit_code == 0
    assert (await operator.types("--tenant", str(tenant), "--grace", "10000")).exit_code == 0


async def test_what_waits_in_the_slower_lane_is_no_gap_and_its_end_is_told(services: AllFour, operator: Operator) -> None:
    tenant, turn = await operator.aboard(), datetime.now(UTC) + timedelta(minutes=25)
    for later in range(2):
        slowed = uuid4()
        services.hold(tenant, Stage.RECEIVED, incident_id=slowed, at=datetime.now(UTC) - timedelta(hours=2))
        due_at = turn - timedelta(minutes=later)
        services.hold(tenant, Stage.WAITING, aggregate_id=slowed, state=State.WORK, kind="incident-events", due_at=due_at)
    result = await operator.types("--tenant", str(tenant))
    assert result.exit_code == 0, result.output
    assert f"2 of the waiting in the slower lane, the last until {turn:%Y-%m-%d %H:%M:%S} UTC" in result.stdout
    told = json.loads((await operator.types("--tenant", str(tenant), "--json")).stdout)
    assert (told["waiting_count"], told["slowed_count"], told["gap_count"]) == ("2", "2", "0")


async def test_all_councils_are_looked_at_and_a_suspended_one_is_passed_over(services: AllFour, operator: Operator) -> None:
    good, suspended = await operator.aboard(), await operator.aboard()
    services.hold_whole(good)
    stop = wire.SetTenantStatusRequest(request_id=str(uuid4()), tenant_id=str(suspended), status=tenant_wire.TENANT_STATUS_SUSPENDED)
    await operator.call("SetTenantStatus", stop)
    result = await operator.types("--all")
    assert f"({suspended}) is suspended and is passed over." in result.stdout


async def test_the_command_wants_one_council_or_all(operator: Operator) -> None:
    assert (await operator.types()).exit_code == 2
    assert (await operator.types("--all", "--tenant", str(uuid4()))).exit_code == 2


async def test_an_operators_key_that_names_no_council_is_refused(operator: Operator) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await operator.call("Reconcile", wire.ReconcileRequest())
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_service_that_does_not_answer_is_no_proof(grpc_port: int, signers: dict[str, TokenSigner], keys: Path) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{grpc_port}") as channel:
        operator = Operator(f"127.0.0.1:{grpc_port}", TenancyServiceStub(channel), signers["operator"], keys / "operator.json")
        tenant = await operator.aboard()
        result = await operator.types("--tenant", str(tenant))
    assert result.exit_code == 1
    assert "not proved. UNAVAILABLE: intake does not answer now." in result.stderr


async def test_the_work_role_shows_it_as_metrics(services: AllFour, operator: Operator, asking: TenancySettings) -> None:
    tenant = await operator.aboard()
    services.hold(tenant, Stage.RECEIVED, incident_id=uuid4(), at=datetime.now(UTC) - timedelta(hours=5))
    started = parts("work", asking)
    for part in started:
        await part.start()
    port = next(part.port for part in started if isinstance(part, HttpServer))
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

            async def gap() -> bool:
                values = dict(re.findall(r"^(wardmote_reconcile_\w+) (\S+)$", (await client.get("/metrics")).text, re.M))
                is_seen = float(values["wardmote_reconcile_gap"]) >= 1
                return is_seen and float(values["wardmote_reconcile_oldest_age_seconds"]) >= 5 * 3600

            await eventually(gap)
            assert str(tenant) not in (await client.get("/metrics")).text
    finally:
        for part in reversed(started):
            await part.stop()
