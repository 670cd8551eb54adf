"""RPCs and REST routes: what they ask of the caller, and how they answer."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import ASGITransport, AsyncClient, Response
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.application.preview import LONGEST_TEXT, Preview
from wardmote_classification.application.queries import AssessmentView
from wardmote_classification.application.reader import AssessmentReader
from wardmote_classification.domain.assessment import AssessedItem
from wardmote_classification.domain.judgement import Reason, Span
from wardmote_classification.domain.suggestion import Suggestion
from wardmote_classification.entrypoints.grpc_api import ClassificationApi
from wardmote_classification.entrypoints.http_api import routes

from wardmote.classification.v1 import classification_service_pb2 as wire
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote_kernel.errors import Invalid, NotFound
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation, Outcome, Role, Severity, ThreatLevel
from wardmote_rules.offence_file import read_offences
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.http_app import Gate, rest_app
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import Caller, caller_scope, current_tenant
from wardmote_testkit.clock import MONDAY_MORNING as NOW
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.issuers import Issuers

TENANT, OTHER = TenantId(uuid4()), TenantId(uuid4())
SUGGESTION = Suggestion(Outcome.ABUSE, ("VT", "DX"), ("H-SEX",), ThreatLevel.T1, Severity.S3, needs_person=True)
REASON = Reason("VT-003", "safety", "The words warn somebody.", (Span(3, 9),))
VIEW = AssessmentView(uuid4(), uuid4(), SUGGESTION, [AssessedItem(uuid4(), SUGGESTION, (REASON,))], {"rules": "1"}, NOW)


class Assessments:
    """One assessment of one council."""

    async def newest_of_incident(self, incident_id: UUID) -> AssessmentView:
        if (current_tenant(), incident_id) != (TENANT, VIEW.incident_id):
            raise NotFound("There is no assessment of such an incident.")
        return VIEW


class Councils:
    """Councils of one nation, and those of no known one."""

    def __init__(self, nation: Nation | None = Nation.WALES) -> None:
        self._nation = nation

    async def nation(self) -> Nation | None:
        return self._nation


@pytest.fixture(scope="module")
def reader() -> AssessmentReader:
    return AssessmentReader(Assessments(), read_offences(), Councils())


@pytest.fixture(scope="module")
def preview() -> Preview:
    return Preview(RuleAssessor(RulePass.load()))


def api_of(preview: Preview, reader: AssessmentReader) -> ClassificationApi:
    unasked: Any = None
    return ClassificationApi(preview, reader, unasked, unasked)


@pytest.fixture
def issuers() -> Issuers:
    return Issuers(StoppedClock())


@pytest.fixture
async def client(preview: Preview, reader: AssessmentReader, issuers: Issuers) -> AsyncIterator[AsyncClient]:
    async def admit(_token: VerifiedToken) -> None:
        return

    app = rest_app("test", "0", telemetry=Telemetry("test", None), metrics=Metrics(), max_bytes=200_000)
    app.include_router(routes(preview, reader, Gate(issuers.verifier, admit)))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


def is_problem(response: Response, status: int, reason: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    body: dict[str, Any] = response.json()
    assert (body["status"], body["reason"]) == (status, reason)
    return body


async def test_a_preview_over_rest(client: AsyncClient, issuers: Issuers) -> None:
    headers = {"Authorization": issuers.bearer(Role.CASE_WORKER, TENANT)}
    body = (await client.post("/v1/assess", headers=headers, json={"text": "I'll kill you."})).json()
    assert (body["outcome"], body["severity"], body["types"], body["needs_person"]) == ("abuse", "S4", ["TL"], True)
    assert body["reasons"][0]["spans"] == [{"start": 0, "end": 13}]
    family = await client.post("/v1/assess", headers=headers, json={"text": "Go back to where you came from.", "target_role": "family"})
    assert family.json()["severity"] == "S3"


@pytest.mark.parametrize(
    "body", [{}, {"text": "a" * (LONGEST_TEXT + 1)}, {"text": "x", "target_role": "king"}, {"text": "x", "keep": True}]
)
async def test_a_wrong_preview_is_refused(client: AsyncClient, issuers: Issuers, body: dict[str, Any]) -> None:
    response = await client.post("/v1/assess", headers={"Authorization": issuers.bearer(Role.CASE_WORKER, TENANT)}, json=body)
    is_problem(response, 422, "INVALID")


async def test_an_assessment_is_shown_with_its_reasons(client: AsyncClient, issuers: Issuers) -> None:
    headers = {"Authorization": issuers.bearer(Role.INTEGRATION_CLIENT, TENANT)}
    body = (await client.get(f"/v1/incidents/{VIEW.incident_id}/assessment", headers=headers)).json()
    assert (body["assessment_id"], body["types"], body["threat_level"]) == (str(VIEW.assessment_id), ["VT", "DX"], "T1")
    assert body["items"][0]["reasons"] == [
        {"code": "VT-003", "line_test": "safety", "sentence": "The words warn somebody.", "spans": [{"start": 3, "end": 9}]}
    ]


async def test_an_assessment_is_shown_with_what_may_be_possible(client: AsyncClient, issuers: Issuers) -> None:
    headers = {"Authorization": issuers.bearer(Role.INTEGRATION_CLIENT, TENANT)}
    body = (await client.get(f"/v1/incidents/{VIEW.incident_id}/assessment", headers=headers)).json()["possible_offences"]
    assert (body["nation"], body["law_on"]) == ("wales", "2026-01-05")
    limits = {offence["code"]: offence["refer_within_months"] for offence in body["offences"]}
    assert limits == {"OSA-181": None, "POA-4": 6, "PHA-2": 6, "DPA-170": None}
    assert all(offence["sentence"].startswith("May apply") and offence["evidence"] for offence in body["offences"])


async def test_another_councils_incident_answers_as_an_unknown_one(client: AsyncClient, issuers: Issuers) -> None:
    here, elsewhere = issuers.bearer(Role.CASE_WORKER, TENANT), issuers.bearer(Role.CASE_WORKER, OTHER)
    unknown = await client.get(f"/v1/incidents/{uuid4()}/assessment", headers={"Authorization": here})
    foreign = await client.get(f"/v1/incidents/{VIEW.incident_id}/assessment", headers={"Authorization": elsewhere})
    assert is_problem(unknown, 404, "NOT_FOUND") == is_problem(foreign, 404, "NOT_FOUND")


async def test_who_may_not_is_kept_out(client: AsyncClient, issuers: Issuers) -> None:
    is_problem(await client.post("/v1/assess", json={"text": "x"}), 401, "UNAUTHENTICATED")
    for role in (Role.REPORTER, Role.ON_CALL, Role.COUNCIL_ADMIN):
        headers = {"Authorization": issuers.bearer(role, TENANT)}
        is_problem(await client.post("/v1/assess", headers=headers, json={"text": "x"}), 403, "NOT_PERMITTED")
        is_problem(await client.get(f"/v1/incidents/{VIEW.incident_id}/assessment", headers=headers), 403, "NOT_PERMITTED")


async def test_the_rpcs_answer_the_same(preview: Preview, reader: AssessmentReader) -> None:
    api = api_of(preview, reader)
    answer = await api.Assess(wire.AssessRequest(text="I'll kill you."), None)
    assert (list(answer.assessment.types), answer.needs_person) == (["TL"], True)
    with caller_scope(Caller("worker-1", frozenset({Role.CASE_WORKER}), TENANT)):
        found = await api.GetAssessment(wire.GetAssessmentRequest(incident_id=str(VIEW.incident_id)), None)
        with pytest.raises(Invalid):
            await api.GetAssessment(wire.GetAssessmentRequest(incident_id="x"), None)
        with pytest.raises(NotFound):
            await api.GetAssessment(wire.GetAssessmentRequest(incident_id=str(uuid4())), None)
    assert found.assessment.items[0].reasons[0].code == "VT-003"
    possible = found.possible_offences
    assert (possible.nation, possible.law_on) == (tenant_wire.NATION_WALES, "2026-01-05")
    assert [(offence.code, offence.refer_within_months) for offence in possible.offences][:2] == [("OSA-181", 0), ("POA-4", 6)]


async def test_a_council_of_no_known_nation_is_told_no_offence_and_that_it_is_not_known(preview: Preview) -> None:
    api = api_of(preview, AssessmentReader(Assessments(), read_offences(), Councils(None)))
    with caller_scope(Caller("worker-1", frozenset({Role.CASE_WORKER}), TENANT)):
        found = await api.GetAssessment(wire.GetAssessmentRequest(incident_id=str(VIEW.incident_id)), None)
    assert found.HasField("possible_offences")
    assert (found.possible_offences.nation, len(found.possible_offences.offences)) == (tenant_wire.NATION_UNSPECIFIED, 0)
