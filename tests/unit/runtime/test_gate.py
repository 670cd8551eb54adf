"""Who is let in by HTTP, and that the route runs in their council."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from wardmote_kernel.errors import NotPermitted, Unauthenticated
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.tenancy import NoTenant, current_tenant


async def test_a_route_runs_for_the_caller_in_their_council(site: Any) -> None:
    assert (await site.call("GET", "/v1/whoami")).json() == {"subject": "test:case_worker", "tenant": str(site.tenant)}
    with pytest.raises(NoTenant):
        current_tenant()


async def test_a_plain_function_sees_the_council_too(site: Any) -> None:
    """FastAPI runs it in another thread."""
    assert (await site.call("GET", "/v1/whoami-plain")).json() == str(site.tenant)


async def test_requests_at_the_same_time_keep_their_councils_apart(site: Any) -> None:
    tenants = [TenantId(uuid4()) for _ in range(20)]
    bearers = [{"Authorization": site.issuers.bearer(Role.CASE_WORKER, tenant)} for tenant in tenants]
    answers = await asyncio.gather(*(site.call("GET", "/v1/whoami", bearer) for bearer in bearers))
    assert [answer.json()["tenant"] for answer in answers] == [str(tenant) for tenant in tenants]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y.z", "Basic dTpw"])
async def test_without_a_good_token_nobody_is_let_in(site: Any, authorization: str) -> None:
    answer = await site.call("GET", "/v1/whoami", {"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reason"] == "UNAUTHENTICATED"
    assert site.door.admitted == []


async def test_no_header_at_all_is_the_same(site: Any) -> None:
    answer = await site.client.get("/v1/whoami")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CASE_WORKER])
async def test_another_role_is_not_enough(site: Any, role: Role) -> None:
    answer = await site.call("GET", "/v1/whoami", {"Authorization": site.issuers.bearer(role, site.tenant)})
    assert answer.status_code == 403
    assert answer.json()["reason"] == "NOT_PERMITTED"
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize(
    ("refusal", "status"), [(NotPermitted("The council is suspended."), 403), (Unauthenticated("The key was revoked."), 401)]
)
async def test_the_admission_has_the_last_word(site: Any, refusal: Exception, status: int) -> None:
    site.door.refusal = refusal
    answer = await site.call("GET", "/v1/whoami")
    assert answer.status_code == status
    assert answer.json()["detail"] == str(refusal)


async def test_a_fault_of_the_admission_lets_nobody_in(site: Any) -> None:
    site.door.refusal = ConnectionError("the database is away")
    assert (await site.call("GET", "/v1/whoami")).status_code == 503


async def test_the_admission_is_told_which_key_it_is(site: Any) -> None:
    bearer = site.issuers.bearer(Role.CASE_WORKER, site.tenant, token_id="key-7")
    await site.call("GET", "/v1/whoami", {"Authorization": bearer})
    assert [token.token_id for token in site.door.admitted] == ["key-7"]
