"""The RPCs: what they ask for and how they answer."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from wardmote_case_management.application.commands import AssignCase
from wardmote_case_management.application.queries import CaseFilter, CasePage, CaseView
from wardmote_case_management.domain.case import CaseStatus
from wardmote_case_management.domain.suggestion import Suggestion
from wardmote_case_management.entrypoints.grpc_api import RIGHTS, SERVICE, CaseManagementApi

from wardmote.case_management.v1 import case_management_service_pb2 as wire
from wardmote_kernel.errors import Invalid
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, Outcome, Role, Severity, TargetRole, ThreatLevel
from wardmote_runtime.tenancy import Caller, caller_scope
from wardmote_testkit.clock import MONDAY_MORNING as NOW

CASE = CaseView(
    uuid4(), "CASE-REF2", CaseStatus.OPEN, Suggestion(Outcome.ABUSE, Severity.S3, ThreatLevel.T2), False, TargetRole.COUNCILLOR,
    Channel.EMAIL, NOW, NOW, NOW, "worker-1", 3,
)  # fmt: skip
WORKER = Caller("lead-1", frozenset({Role.CASE_WORKER}), TenantId(uuid4()))


class Cases:
    """Handlers and queries in one: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    async def cases(self, which: CaseFilter, limit: int, cursor: str) -> CasePage:
        self.asked.append((which, limit, cursor))
        return CasePage([CASE, CASE], "next")

    async def case(self, case_id: UUID) -> CaseView:
        self.asked.append(("case", case_id))
        return CASE

    async def case_of_reference(self, reference: str) -> CaseView:
        self.asked.append(("reference", reference))
        return CASE

    async def case_of_incident(self, incident_id: UUID) -> CaseView:
        self.asked.append(("incident", incident_id))
        return CASE

    async def assign(self, command: AssignCase) -> CaseView:
        self.asked.append(command)
        return CASE


@pytest.fixture
def cases() -> Cases:
    return Cases()


@pytest.fixture
def api(cases: Cases) -> CaseManagementApi:
    fake: Any = cases
    return CaseManagementApi(fake, fake)


def test_every_rpc_has_its_roles_and_only_case_workers_assign() -> None:
    methods = wire.DESCRIPTOR.services_by_name["CaseManagementService"].methods_by_name
    assert set(RIGHTS) == {f"/{SERVICE}/{name}" for name in methods}
    assert RIGHTS[f"/{SERVICE}/AssignCase"] == {Role.CASE_WORKER}


async def test_a_list_tells_its_next_page(api: CaseManagementApi, cases: Cases) -> None:
    answer = await api.ListCases(wire.ListCasesRequest(limit=2, cursor="abc"), None)
    assert (len(answer.cases), answer.cases[0].reference, answer.next_cursor) == (2, "CASE-REF2", "next")
    assert cases.asked == [(CaseFilter(), 2, "abc")]


async def test_a_case_is_found_by_id_reference_or_incident(api: CaseManagementApi, cases: Cases) -> None:
    one = uuid4()
    for request in (
        wire.GetCaseRequest(case_id=str(one)),
        wire.GetCaseRequest(reference=" case-ref2 "),
        wire.GetCaseRequest(incident_id=str(one)),
    ):
        answer = await api.GetCase(request, None)
        assert answer.case.case_id == str(CASE.case_id)
    assert cases.asked == [("case", one), ("reference", "CASE-REF2"), ("incident", one)]
    for wrong in (wire.GetCaseRequest(), wire.GetCaseRequest(case_id="7")):
        with pytest.raises(Invalid):
            await api.GetCase(wrong, None)


async def test_who_assigns_comes_from_the_credential(api: CaseManagementApi, cases: Cases) -> None:
    request = wire.AssignCaseRequest(request_id=str(uuid4()), case_id=str(CASE.case_id), assigned_to="worker-1", expected_version=2)
    with caller_scope(WORKER):
        answer = await api.AssignCase(request, None)
    (order,) = cases.asked
    assert isinstance(order, AssignCase)
    assert (order.assigned_to, order.assigned_by, order.expected_version) == ("worker-1", "lead-1", 2)
    assert (answer.case.assigned_to, answer.case.version) == ("worker-1", 3)
