"""A whole HTTP process of tenancy: routes, problem documents, Idempotency-Key."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenSigner


@pytest.fixture
async def client(http_port: int) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{http_port}/v1", trust_env=False) as opened:
        yield opened


@pytest.fixture
def operator(signers: dict[str, TokenSigner]) -> str:
    return signers["operator"].token(subject="operator-1", roles=[Role.OPERATOR], tenant=None)


@pytest.fixture
async def admin(client: httpx2.AsyncClient, operator: str, signers: dict[str, TokenSigner]) -> str:
    """The token of an admin whose council has just come aboard."""
    body = new_tenant()
    assert (await client.post("/tenants", json=body, headers=headers(operator))).status_code == 201
    tenant = TenantId(body["tenant_id"])
    return signers["console"].token(subject="admin-1", roles=[Role.COUNCIL_ADMIN], tenant=tenant)


def headers(token: str, key: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4())}


def new_tenant(**changes: Any) -> dict[str, Any]:
    provider = {"issuer": "https://login.example", "client_id": "wardmote"}
    body = {"tenant_id": str(uuid4()), "slug": f"h{uuid4().hex}", "name": "Northshire Council", "nation": "northern_ireland"}
    return body | {"identity_provider": provider} | changes


PERSON = {"roles": ["case_worker"], "name": "Robin Example", "contact": "robin@council.example"}


async def test_a_council_is_made_once_and_sees_itself(client: httpx2.AsyncClient, operator: str, signers: dict[str, TokenSigner]) -> None:
    body, sent = new_tenant(), headers(operator)
    first, second = [await client.post("/tenants", json=body, headers=sent) for _ in range(2)]
    shown = {"status": "active", "version": 1, "branding": {"brand_colour": "", "support_line": ""}, "limits": {"reports_per_minute": 120}}
    shown |= {"identity_provider": body["identity_provider"] | {"role_claim": "roles"}}
    assert first.json() == second.json() == body | shown
    token = signers["console"].token(subject="reporter-1", roles=[Role.REPORTER], tenant=TenantId(body["tenant_id"]))
    own = await client.get("/tenant", headers=headers(token))
    assert own.json() == first.json()
    assert own.headers["ETag"] == '"1"'


async def test_wrong_settings_are_told_at_once(client: httpx2.AsyncClient, operator: str) -> None:
    answer = await client.post("/tenants", json=new_tenant(slug="No", branding={"brand_colour": "red"}), headers=headers(operator))
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert {error["pointer"] for error in answer.json()["errors"]} == {"slug", "branding.brand_colour"}


@pytest.mark.parametrize("label", ['"a\\u0000b"', '"\\ud800"', '"two\\nlines"', '""', "7", "null"])
async def test_a_line_that_is_none_is_refused(client: httpx2.AsyncClient, admin: str, label: str) -> None:
    sent = headers(admin) | {"Content-Type": "application/json"}
    assert (await client.post("/api-keys", content=f'{{"label": {label}}}', headers=sent)).status_code == 422


async def test_a_taken_slug_is_a_conflict(client: httpx2.AsyncClient, operator: str) -> None:
    body = new_tenant()
    answers = [await client.post("/tenants", json=body | {"tenant_id": str(uuid4())}, headers=headers(operator)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["detail"] == "The slug is taken. Choose another."


async def test_a_person_comes_and_leaves(client: httpx2.AsyncClient, admin: str) -> None:
    person_id, sent = str(uuid4()), headers(admin)
    for _ in range(2):
        answer = await client.put(f"/people/{person_id}", json=PERSON, headers=sent)
        assert answer.json() == {"person_id": person_id, "roles": ["case_worker"], "subject": ""}
    assert (await client.put(f"/people/{uuid4()}", json=PERSON, headers=sent)).status_code == 409
    left = await client.put(f"/people/{person_id}", json={"roles": []}, headers=headers(admin))
    assert left.json() == {"person_id": person_id, "roles": [], "subject": ""}
    unknown = await client.put(f"/people/{uuid4()}", json={"roles": []}, headers=headers(admin))
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "There is no such person.")


async def test_a_key_is_shown_once_and_revoked(client: httpx2.AsyncClient, admin: str) -> None:
    sent = headers(admin)
    issued = await client.post("/api-keys", json={"label": "Case system"}, headers=sent)
    assert (issued.status_code, issued.headers["Cache-Control"]) == (201, "no-store")
    key = issued.json()["api_key"]
    assert key == {"key_id": key["key_id"], "label": "Case system", "is_revoked": False}
    again = await client.post("/api-keys", json={"label": "Case system"}, headers=sent)
    assert again.status_code == 409
    assert issued.json()["token"] not in again.text
    works = headers(issued.json()["token"])
    assert (await client.get("/tenant", headers=works)).status_code == 200
    revoked = await client.delete(f"/api-keys/{key['key_id']}", headers=headers(admin))
    assert revoked.json() == key | {"is_revoked": True}
    assert (await client.get("/tenant", headers=works)).status_code == 401
    assert (await client.delete(f"/api-keys/{uuid4()}", headers=headers(admin))).status_code == 404


async def test_orders_need_an_idempotency_key(client: httpx2.AsyncClient, admin: str, operator: str) -> None:
    bare = {"Authorization": f"Bearer {admin}"}
    answers = [
        await client.put(f"/people/{uuid4()}", json=PERSON, headers=bare),
        await client.post("/api-keys", json={"label": "x"}, headers=bare),
        await client.post("/tenants", json=new_tenant(), headers={"Authorization": f"Bearer {operator}"}),
    ]
    assert [answer.status_code for answer in answers] == [422] * 3


async def test_who_may_not_is_refused_before_anything_is_done(client: httpx2.AsyncClient, admin: str, operator: str) -> None:
    answers = [
        await client.post("/tenants", json=new_tenant(), headers=headers(admin)),
        await client.put(f"/people/{uuid4()}", json=PERSON, headers=headers(operator)),
        await client.get("/tenant", headers=headers(operator)),
        await client.get("/tenant"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 401]
