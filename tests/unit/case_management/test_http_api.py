"""The REST routes: what they ask of the caller, and how they refuse."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import ASGITransport, AsyncClient, Response
from wardmote_case_management.application.commands import AssignCase
from wardmote_case_management.application.queries import CaseFilter, CasePage, CaseView, IncidentView
from wardmote_case_management.domain.case import CaseStatus, TimelineEntry, TimelineKind
from wardmote_case_management.domain.suggestion import Suggestion
from wardmote_case_management.entrypoints.http_api import routes

from wardmote_kernel.errors import Conflict, IllegalTransition, NotFound, StaleVersion
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, Outcome, Role, Severity, TargetRole, ThreatLevel
from wardmote_runtime.auth import TokenSigner, TokenVerifier, VerifiedToken, new_key_pair
from wardmote_runtime.http_app import Gate, rest_app
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import current_tenant
from wardmote_testkit.clock import MONDAY_MORNING as NOW
from wardmote_testkit.clock import StoppedClock

TENANT, OTHER = TenantId(uuid4()), TenantId(uuid4())
INCIDENT = IncidentView(uuid4(), "7K3M-P2QX", uuid4(), Outcome.ABUSE, Severity.S3, ("rule-7",), NOW, {"rules": "1"})
CASE = CaseView(
    uuid4(), "CASE-REF2", CaseStatus.TRIAGE, Suggestion(Outcome.ABUSE, Severity.S3, ThreatLevel.T2, ("TV",), ("H-SEX",), needs_person=True),
    False, TargetRole.COUNCILLOR, Channel.EMAIL, NOW, NOW, NOW, "", 3, (INCIDENT,), (TimelineEntry(1, NOW, TimelineKind.OPENED),),
)  # fmt: skip


class Cases:
    """Handlers and queries in one: one case of one council, and what was ordered."""

    def __init__(self) -> None:
        self.orders: list[AssignCase] = []
        self.asked: list[tuple[CaseFilter, int, str]] = []
        self.refusal: Exception | None = None

    async def cases(self, which: CaseFilter, limit: int, cursor: str) -> CasePage:
        self.asked.append((which, limit, cursor))
        return CasePage([CASE], "next")

    async def case(self, case_id: UUID) -> CaseView:
        if (current_tenant(), case_id) != (TENANT, CASE.case_id):
            raise NotFound("There is no such case.")
        return CASE

    async def assign(self, command: AssignCase) -> CaseView:
        self.orders.append(command)
        if self.refusal is not None:
            raise self.refusal
        return await self.case(command.case_id)


@pytest.fixture
def cases() -> Cases:
    return Cases()


@pytest.fixture
async def client(cases: Cases) -> AsyncIterator[AsyncClient]:
    async def admit(_token: VerifiedToken) -> None:
        return

    verifier = TokenVerifier({issuer: public for issuer, (_, public) in KEYS.items()}, StoppedClock())
    app = rest_app("test", "0", telemetry=Telemetry("test", None), metrics=Metrics(), max_bytes=10_000)
    fake: Any = cases
    app.include_router(routes(fake, fake, Gate(verifier, admit)))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


KEYS = {issuer: new_key_pair() for issuer in ("console", "tenancy")}


def bearer(role: Role = Role.CASE_WORKER, tenant: TenantId = TENANT) -> dict[str, str]:
    issuer = "tenancy" if role is Role.INTEGRATION_CLIENT else "console"
    token = TokenSigner(issuer, KEYS[issuer][0], StoppedClock()).token(subject="lead-1", roles=[role], tenant=tenant)
    return {"Authorization": f"Bearer {token}"}


def is_problem(response: Response, status: int, reason: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    body: dict[str, Any] = response.json()
    assert (body["status"], body["reason"]) == (status, reason)
    return body


async def assign(
    client: AsyncClient, headers: dict[str, str] | None = None, body: dict[str, Any] | None = None, case_id: object = CASE.case_id
) -> Response:
    order = bearer() | {"Idempotency-Key": str(uuid4()), "If-Match": '"3"'} | (headers or {})
    sent = {name: value for name, value in order.items() if value}
    return await client.post(f"/v1/cases/{case_id}/assignment", headers=sent, json=body or {"assigned_to": "worker-1"})


async def test_a_case_is_shown_with_its_version_as_etag(client: AsyncClient) -> None:
    response = await client.get(f"/v1/cases/{CASE.case_id}", headers=bearer())
    assert (response.status_code, response.headers["etag"]) == (200, '"3"')
    body = response.json()
    assert (body["reference"], body["status"], body["severity"], body["types"]) == ("CASE-REF2", "triage", "S3", ["TV"])
    assert body["incidents"][0]["reason_codes"] == ["rule-7"]
    assert body["timeline"] == [{"at": "2026-01-05T09:00:00Z", "kind": "opened", "by": ""}]


async def test_a_list_is_asked_for_by_status_severity_and_place(client: AsyncClient, cases: Cases) -> None:
    response = await client.get("/v1/cases?limit=5&cursor=abc&status=open&severity_from=S3", headers=bearer(Role.INTEGRATION_CLIENT))
    assert response.status_code == 200
    assert (response.json()["next_cursor"], len(response.json()["cases"])) == ("next", 1)
    assert "timeline" not in response.json()["cases"][0]
    await client.get("/v1/cases", headers=bearer())
    assert cases.asked == [(CaseFilter(CaseStatus.OPEN, Severity.S3), 5, "abc"), (CaseFilter(), 25, "")]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "status=lost", "severity_from=S9"])
async def test_a_wrong_list_is_refused(client: AsyncClient, query: str) -> None:
    is_problem(await client.get(f"/v1/cases?{query}", headers=bearer()), 422, "INVALID")


async def test_another_councils_case_answers_as_an_unknown_one(client: AsyncClient) -> None:
    unknown = await client.get(f"/v1/cases/{uuid4()}", headers=bearer())
    foreign = await client.get(f"/v1/cases/{CASE.case_id}", headers=bearer(tenant=OTHER))
    assert is_problem(unknown, 404, "NOT_FOUND") == is_problem(foreign, 404, "NOT_FOUND")
    is_problem(await assign(client, bearer(tenant=OTHER)), 404, "NOT_FOUND")


async def test_assigning_orders_what_was_sent(client: AsyncClient, cases: Cases) -> None:
    key = str(uuid4())
    response = await assign(client, {"Idempotency-Key": key})
    assert (response.status_code, response.headers["etag"]) == (200, '"3"')
    (order,) = cases.orders
    assert (order.request_id, order.case_id, order.expected_version) == (key, CASE.case_id, 3)
    assert (order.assigned_to, order.assigned_by) == ("worker-1", "lead-1")


async def test_the_same_key_with_another_order_has_another_fingerprint(client: AsyncClient, cases: Cases) -> None:
    await assign(client)
    await assign(client)
    await assign(client, body={"assigned_to": "worker-2"})
    await assign(client, {"If-Match": '"4"'})
    first, same, *others = [order.fingerprint for order in cases.orders]
    assert first == same
    assert len({first, *others}) == 3


async def test_assigning_without_or_with_a_stale_version_is_refused(client: AsyncClient, cases: Cases) -> None:
    is_problem(await assign(client, {"If-Match": ""}), 428, "HTTP_428")
    assert cases.orders == []
    is_problem(await assign(client, {"If-Match": "W/x"}), 422, "INVALID")
    cases.refusal = StaleVersion("The case was changed since you read it.")
    is_problem(await assign(client), 412, "STALE_VERSION")


@pytest.mark.parametrize(("refusal", "reason"), [(Conflict("x"), "CONFLICT"), (IllegalTransition("x"), "ILLEGAL_TRANSITION")])
async def test_a_conflict_and_a_closed_case_are_told(client: AsyncClient, cases: Cases, refusal: Exception, reason: str) -> None:
    cases.refusal = refusal
    is_problem(await assign(client), 409, reason)


async def test_a_wrong_order_is_refused_before_it_is_given(client: AsyncClient, cases: Cases) -> None:
    for body in ({"assigned_to": ""}, {"assigned_to": "x" * 201}, {"assigned_to": "worker-1", "tenant_id": str(OTHER)}, {"other": 1}):
        is_problem(await assign(client, body=body), 422, "INVALID")
    is_problem(await assign(client, {"Idempotency-Key": ""}), 422, "INVALID")
    is_problem(await assign(client, case_id="7"), 422, "INVALID")
    assert cases.orders == []


async def test_who_may_not_is_kept_out(client: AsyncClient, cases: Cases) -> None:
    is_problem(await client.get("/v1/cases"), 401, "UNAUTHENTICATED")
    for role in (Role.REPORTER, Role.ON_CALL, Role.COUNCIL_ADMIN):
        is_problem(await client.get(f"/v1/cases/{CASE.case_id}", headers=bearer(role)), 403, "NOT_PERMITTED")
    is_problem(await assign(client, bearer(Role.INTEGRATION_CLIENT)), 403, "NOT_PERMITTED")
    assert cases.orders == []
