"""One council's credential with another council's ids answers exactly like an id that does not exist: every RPC, every route."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import grpc
import httpx2
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from wardmote.case_management.v1 import case_management_service_pb2 as cases
from wardmote.classification.v1 import classification_service_pb2 as classification
from wardmote.intake.v1 import intake_service_pb2 as intake
from wardmote.notification.v1 import notification_service_pb2 as notification
from wardmote.tenancy.v1 import tenancy_service_pb2 as tenancy

Stack = dict[str, Any]
Ids = dict[str, str]
Made = Callable[[Ids], Message]

OWN = "answers about the caller's own council only: takes no id"
BY_ROLE = "for operators or services: a council's own credential is refused before any id is read"

REQUESTS: dict[str, Made | str] = {
    "intake.SubmitReport": OWN,
    "intake.SubmitReports": OWN,
    "intake.GetReport": lambda ids: intake.GetReportRequest(report_id=ids["report"]),
    "intake.BatchGetItemText": lambda ids: intake.BatchGetItemTextRequest(item_ids=[ids["item"]], purpose=intake.READING_PURPOSE_CASE_WORK),
    "classification.GetAssessment": lambda ids: classification.GetAssessmentRequest(incident_id=ids["incident"]),
    "classification.Assess": OWN,
    "classification.CompareCandidate": BY_ROLE,
    "classification.ListDifferences": BY_ROLE,
    "classification.AssessAgain": BY_ROLE,
    "case_management.ListCases": OWN,
    "case_management.GetCase": lambda ids: cases.GetCaseRequest(case_id=ids["case"]),
    "case_management.AssignCase": lambda ids: cases.AssignCaseRequest(
        request_id=str(uuid4()), case_id=ids["case"], assigned_to="somebody", expected_version=1
    ),
    "notification.RaiseUrgentSignal": BY_ROLE,
    "notification.ListNotifications": OWN,
    "tenancy.CreateTenant": BY_ROLE,
    "tenancy.GetTenant": OWN,
    "tenancy.GetTenantBySlug": BY_ROLE,
    "tenancy.ListTenants": BY_ROLE,
    "tenancy.SetTenantLimits": BY_ROLE,
    "tenancy.SetTenantStatus": BY_ROLE,
    "tenancy.PutPerson": OWN,
    "tenancy.BatchGetContacts": BY_ROLE,
    "tenancy.IssueApiKey": OWN,
    "tenancy.Reconcile": BY_ROLE,
    "tenancy.RevokeApiKey": lambda ids: tenancy.RevokeApiKeyRequest(request_id=str(uuid4()), key_id=ids["key"]),
}
MORE: dict[str, Made] = {
    "intake.GetReport": lambda ids: intake.GetReportRequest(incident_id=ids["incident"]),
    "case_management.GetCase": lambda ids: cases.GetCaseRequest(reference=ids["case_reference"]),
    "case_management.GetCase ": lambda ids: cases.GetCaseRequest(incident_id=ids["incident"]),
}
SERVICES = ("intake", "classification", "case_management", "notification", "tenancy")
_ = (notification,)  # its descriptors are needed below


def service_of(name: str) -> Any:
    full = f"wardmote.{name}.v1.{''.join(part.capitalize() for part in name.split('_'))}Service"
    return descriptor_pool.Default().FindServiceByName(full)


def test_every_rpc_is_considered() -> None:
    known = {f"{name}.{method.name}" for name in SERVICES for method in service_of(name).methods}
    assert known == set(REQUESTS), "Say for the new RPC how another council's id is sent to it, or why there is none."


def call(stack: Stack, name: str, request: Message, token: str) -> tuple[str, str, bytes]:
    """Code, sentence and answer of one call."""
    service, _, method = name.strip().partition(".")
    descriptor = service_of(service)
    found = descriptor.methods_by_name[method]
    address = stack["addresses"][service.replace("_", "-")]["grpc"]
    with grpc.insecure_channel(address) as channel:
        rpc = channel.unary_unary(
            f"/{descriptor.full_name}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(found.output_type).FromString,
        )
        try:
            answer = rpc(request, timeout=5, metadata=(("authorization", f"Bearer {token}"),))
        except grpc.RpcError as refused:
            return refused.code().name, refused.details() or "", b""
        return "OK", "", answer.SerializeToString(deterministic=True)


@pytest.fixture(scope="module")
def ids_of_porthaven(
    stack: Stack, report_by_rest: Callable[..., dict[str, str]], token_of: Callable[..., str], case_of: Callable[..., dict[str, str]]
) -> Ids:
    """Real ids of the other council."""
    receipt = report_by_rest("porthaven", "The meeting was moved twice and nobody told us.")
    token = token_of("porthaven", "case_worker")
    report = intake.GetReportResponse.FromString(
        call(stack, "intake.GetReport", intake.GetReportRequest(report_id=receipt["report_id"]), token)[2]
    ).report
    case = case_of("porthaven", receipt["incident_id"])
    admin = token_of("porthaven", "council_admin")
    key = tenancy.IssueApiKeyResponse.FromString(
        call(stack, "tenancy.IssueApiKey", tenancy.IssueApiKeyRequest(request_id=str(uuid4()), label="isolation test"), admin)[2]
    ).api_key
    return {
        "report": receipt["report_id"], "incident": receipt["incident_id"], "item": report.items[0].item_id, "case": case["case_id"],
        "case_reference": case["reference"], "key": key.key_id,
    }  # fmt: skip


def unknown_ids() -> Ids:
    return {name: str(uuid4()) for name in ("report", "incident", "item", "case", "key")} | {"case_reference": "ZZZZ-ZZZZ"}


@pytest.mark.parametrize("name", [*(name for name, made in REQUESTS.items() if callable(made)), *MORE])
@pytest.mark.parametrize("role", ["case_worker", "council_admin", "integration_client"])
def test_an_rpc_tells_nothing_of_another_council(
    name: str, role: str, stack: Stack, ids_of_porthaven: Ids, token_of: Callable[..., str]
) -> None:
    made = MORE.get(name) or REQUESTS[name]
    assert callable(made)
    token = token_of("northshire", role)
    assert call(stack, name, made(ids_of_porthaven), token) == call(stack, name, made(unknown_ids()), token)


@pytest.mark.parametrize("name", [name for name, made in REQUESTS.items() if made == BY_ROLE])
def test_an_rpc_for_others_refuses_a_councils_credential(name: str, stack: Stack, token_of: Callable[..., str]) -> None:
    service, _, method = name.partition(".")
    empty = GetMessageClass(service_of(service).methods_by_name[method].input_type)()
    assert call(stack, name, empty, token_of("northshire", "case_worker"))[0] == "PERMISSION_DENIED"


ROUTES = [
    ("GET", "intake", "/v1/reports/{report}"),
    ("GET", "classification", "/v1/incidents/{incident}/assessment"),
    ("GET", "case-management", "/v1/cases/{case}"),
    ("POST", "case-management", "/v1/cases/{case}/assignment"),
    ("DELETE", "tenancy", "/v1/api-keys/{key}"),
]


@pytest.mark.parametrize(("verb", "service", "path"), ROUTES)
@pytest.mark.parametrize("role", ["case_worker", "council_admin", "integration_client"])
def test_a_route_tells_nothing_of_another_council(
    verb: str, service: str, path: str, role: str, stack: Stack, ids_of_porthaven: Ids, token_of: Callable[..., str]
) -> None:
    def answer(ids: Ids) -> tuple[int, Any, set[str]]:
        headers = {"Authorization": f"Bearer {token_of('northshire', role)}", "Idempotency-Key": str(uuid4()), "If-Match": '"1"'}
        url = stack["addresses"][service]["rest"] + path.format(**ids)
        response = httpx2.request(verb, url, headers=headers, json={"assigned_to": "somebody"} if verb == "POST" else None)
        return response.status_code, response.json(), set(response.headers)

    foreign, unknown = answer(ids_of_porthaven), answer(unknown_ids())
    assert foreign == unknown
    assert foreign[0] in (403, 404)


def test_lists_hold_only_ones_own(stack: Stack, ids_of_porthaven: Ids, token_of: Callable[..., str]) -> None:
    listed = cases.ListCasesResponse.FromString(
        call(stack, "case_management.ListCases", cases.ListCasesRequest(limit=100), token_of("northshire", "case_worker"))[2]
    )
    assert ids_of_porthaven["case"] not in [case.case_id for case in listed.cases]
