"""A whole gRPC process of tenancy: who may, for which council, and what they are answered."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
import pytest
from wardmote_tenancy.settings import TenancySettings

from wardmote.tenancy.v1 import tenancy_service_pb2 as wire
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenSigner, TokenVerifier

PROVIDER = tenant_wire.IdentityProvider(issuer="https://login.example", client_id="wardmote")


@dataclass
class Line:
    """Calls tenancy as somebody."""

    stub: Any
    signers: dict[str, TokenSigner]

    async def call(self, method: str, request: Any, token: str) -> Any:
        return await getattr(self.stub, method)(request, timeout=5, metadata=(("authorization", f"Bearer {token}"),))

    async def refused(self, method: str, request: Any, token: str) -> tuple[str, str]:
        """Code and text of the refusal."""
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await self.call(method, request, token)
        return refusal.value.code().name, refusal.value.details() or ""

    def operator(self, tenant: TenantId | None = None) -> str:
        return self.signers["operator"].token(subject="operator-1", roles=[Role.OPERATOR], tenant=tenant)

    def person(self, tenant: TenantId, role: Role = Role.COUNCIL_ADMIN) -> str:
        return self.signers["console"].token(subject="admin-1", roles=[role], tenant=tenant)

    async def aboard(self) -> TenantId:
        tenant = TenantId(uuid4())
        await self.call("CreateTenant", new_tenant(tenant), self.operator())
        return tenant


def new_tenant(tenant: TenantId, slug: str = "") -> wire.CreateTenantRequest:
    return wire.CreateTenantRequest(
        request_id=str(uuid4()), tenant_id=str(tenant), slug=slug or f"r{uuid4().hex}", name="Northshire Council",
        nation=tenant_wire.NATION_SCOTLAND, identity_provider=PROVIDER,
    )  # fmt: skip


def put(person_id: str, roles: tuple[str, ...] = ("case_worker",)) -> wire.PutPersonRequest:
    particulars = {"name": "Robin Example", "contact": "robin@council.example"} if roles else {}
    return wire.PutPersonRequest(request_id=str(uuid4()), person_id=person_id, roles=roles, **particulars)


def status_order(tenant: TenantId, status: "tenant_wire.TenantStatus.ValueType") -> wire.SetTenantStatusRequest:
    return wire.SetTenantStatusRequest(request_id=str(uuid4()), tenant_id=str(tenant), status=status)


def limits_order(tenant: TenantId, reports_per_minute: int) -> wire.SetTenantLimitsRequest:
    limits = tenant_wire.Limits(reports_per_minute=reports_per_minute)
    return wire.SetTenantLimitsRequest(request_id=str(uuid4()), tenant_id=str(tenant), limits=limits)


@pytest.fixture
async def line(grpc_port: int, signers: dict[str, TokenSigner]) -> AsyncIterator[Line]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{grpc_port}") as channel:
        yield Line(TenancyServiceStub(channel), signers)


async def test_a_council_from_aboard_to_its_own_sight(line: Line) -> None:
    tenant = TenantId(uuid4())
    request = new_tenant(tenant)
    made = (await line.call("CreateTenant", request, line.operator())).tenant
    assert (made.status, made.version) == (tenant_wire.TENANT_STATUS_ACTIVE, 1)
    assert (await line.call("CreateTenant", request, line.operator())).tenant == made
    for role in (Role.REPORTER, Role.CASE_WORKER, Role.ON_CALL, Role.COUNCIL_ADMIN):
        assert (await line.call("GetTenant", wire.GetTenantRequest(), line.person(tenant, role))).tenant == made
    console = line.signers["console"].service_token(None)
    assert (await line.call("GetTenantBySlug", wire.GetTenantBySlugRequest(slug=request.slug), console)).tenant == made
    assert await line.refused("GetTenantBySlug", wire.GetTenantBySlugRequest(slug="nowhere"), console) == (
        "NOT_FOUND",
        "There is no such council.",
    )
    listed = await line.call("ListTenants", wire.ListTenantsRequest(limit=100), line.operator())
    assert made in listed.tenants


async def test_only_an_operator_without_a_council_reaches_across_councils(line: Line) -> None:
    tenant = await line.aboard()
    orders = [
        ("CreateTenant", new_tenant(TenantId(uuid4()))),
        ("ListTenants", wire.ListTenantsRequest()),
        ("SetTenantStatus", status_order(tenant, tenant_wire.TENANT_STATUS_SUSPENDED)),
        ("SetTenantLimits", limits_order(tenant, 6)),
    ]
    for method, request in orders:
        for token in (line.person(tenant), line.operator(tenant), line.signers["console"].service_token(None)):
            assert (await line.refused(method, request, token))[0] == "PERMISSION_DENIED"


async def test_a_councils_admin_and_an_operator_for_it_may_change_its_people(line: Line) -> None:
    tenant, person_id = await line.aboard(), str(uuid4())
    for token in (line.person(tenant), line.operator(tenant)):
        answer = await line.call("PutPerson", put(person_id, ("on_call", "case_worker")), token)
        assert answer.person == tenant_wire.Person(person_id=person_id, roles=["case_worker", "on_call"])
    for token in (line.person(tenant, Role.CASE_WORKER), line.operator(), line.signers["console"].service_token(tenant)):
        assert (await line.refused("PutPerson", put(person_id), token))[0] == "PERMISSION_DENIED"


async def test_an_admin_of_one_council_cannot_touch_another(line: Line) -> None:
    """Another council's id answers exactly like an unknown one."""
    here, elsewhere = await line.aboard(), await line.aboard()
    person_id = str(uuid4())
    await line.call("PutPerson", put(person_id), line.person(elsewhere))
    key = (await line.call("IssueApiKey", issue(), line.person(elsewhere))).api_key
    for method, foreign, unknown in (
        ("PutPerson", put(person_id, ()), put(str(uuid4()), ())),
        ("RevokeApiKey", revoke(key.key_id), revoke(str(uuid4()))),
    ):
        answer = await line.refused(method, foreign, line.person(here))
        assert answer == await line.refused(method, unknown, line.person(here))
        assert answer[0] == "NOT_FOUND"
    assert await contacts(line, here, person_id) == []
    assert await contacts(line, elsewhere, person_id) == ["robin@council.example"]


async def contacts(line: Line, tenant: TenantId, person_id: str) -> list[str]:
    token = line.signers["notification"].service_token(tenant)
    answer = await line.call("BatchGetContacts", wire.BatchGetContactsRequest(person_ids=[person_id]), token)
    return [contact.email for contact in answer.contacts]


async def test_contacts_are_told_to_notification_for_one_council_only(line: Line) -> None:
    tenant = await line.aboard()
    tokens = [
        line.signers["notification"].service_token(None),
        line.signers["classification"].service_token(tenant),
        line.person(tenant),
        line.operator(tenant),
    ]
    for token in tokens:
        assert (await line.refused("BatchGetContacts", wire.BatchGetContactsRequest(), token))[0] == "PERMISSION_DENIED"


def issue() -> wire.IssueApiKeyRequest:
    return wire.IssueApiKeyRequest(request_id=str(uuid4()), label="Case system")


def revoke(key_id: str) -> wire.RevokeApiKeyRequest:
    return wire.RevokeApiKeyRequest(request_id=str(uuid4()), key_id=key_id)


async def test_a_key_works_is_shown_once_and_ends_when_it_is_revoked(line: Line, settings: TenancySettings) -> None:
    tenant, request = await line.aboard(), issue()
    issued = await line.call("IssueApiKey", request, line.person(tenant))
    verified = TokenVerifier.from_file(settings.trusted_issuers_file, SystemClock()).verify(f"Bearer {issued.token}")
    assert (verified.token_id, verified.caller.subject) == (issued.api_key.key_id, issued.api_key.key_id)
    assert (verified.caller.roles, verified.caller.tenant_id) == (frozenset({Role.INTEGRATION_CLIENT}), tenant)
    assert (await line.call("GetTenant", wire.GetTenantRequest(), issued.token)).tenant.tenant_id == str(tenant)
    assert (await line.refused("IssueApiKey", issue(), issued.token))[0] == "PERMISSION_DENIED"
    code, text = await line.refused("IssueApiKey", request, line.person(tenant))
    assert code == "ABORTED"
    assert issued.api_key.key_id in text
    for _ in range(2):
        assert (await line.call("RevokeApiKey", revoke(issued.api_key.key_id), line.person(tenant))).api_key.is_revoked
    code, text = await line.refused("GetTenant", wire.GetTenantRequest(), issued.token)
    assert (code, text) == ("UNAUTHENTICATED", "The key was revoked. Ask your council for a new one.")


async def test_a_suspended_council_is_stopped_at_once_and_an_operator_starts_it_again(line: Line) -> None:
    tenant = await line.aboard()
    for status, works in ((tenant_wire.TENANT_STATUS_SUSPENDED, False), (tenant_wire.TENANT_STATUS_ACTIVE, True)):
        await line.call("SetTenantStatus", status_order(tenant, status), line.operator())
        if works:
            await line.call("GetTenant", wire.GetTenantRequest(), line.person(tenant))
        else:
            assert (await line.refused("GetTenant", wire.GetTenantRequest(), line.person(tenant)))[0] == "PERMISSION_DENIED"


async def test_an_operator_changes_a_councils_limit(line: Line) -> None:
    tenant = await line.aboard()
    changed = (await line.call("SetTenantLimits", limits_order(tenant, 6), line.operator())).tenant
    assert (changed.limits.reports_per_minute, changed.version) == (6, 2)
    assert (await line.call("GetTenant", wire.GetTenantRequest(), line.person(tenant))).tenant == changed
    assert (await line.refused("SetTenantLimits", limits_order(tenant, -1), line.operator()))[0] == "INVALID_ARGUMENT"


async def test_a_council_nobody_brought_aboard_is_not_let_in(line: Line) -> None:
    nobody = TenantId(uuid4())
    assert (await line.refused("GetTenant", wire.GetTenantRequest(), line.person(nobody)))[0] == "UNAUTHENTICATED"
    unknown = status_order(nobody, tenant_wire.TENANT_STATUS_ACTIVE)
    assert (await line.refused("SetTenantStatus", unknown, line.operator()))[0] == "NOT_FOUND"


async def test_a_key_of_no_council_has_no_own_council(line: Line) -> None:
    for token in (line.operator(), line.signers["console"].service_token(None)):
        assert (await line.refused("GetTenant", wire.GetTenantRequest(), token))[0] == "PERMISSION_DENIED"
