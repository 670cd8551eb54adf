"""The other services over real gRPC, behind the platform's own guards: who is said to call, for which council, and what comes back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import pytest
from wardmote_console.adapters.calls import FORM, Tokens
from wardmote_console.adapters.clients import GrpcAssessments, GrpcCases, GrpcNotices, GrpcReports
from wardmote_console.adapters.councils import FRESH, KEPT, GrpcCouncils
from wardmote_console.application.cases import CaseFilter
from wardmote_console.application.person import Person
from wardmote_console.application.report_form import ReportForm

from tests.unit.console.fakes import CASE_REFERENCE, COUNCIL, HERE, INCIDENT, ITEM
from wardmote.case_management.v1 import case_management_service_pb2 as cases_wire
from wardmote.case_management.v1 import case_management_service_pb2_grpc as cases_rpc
from wardmote.case_management.v1.case_pb2 import Case
from wardmote.classification.v1 import classification_service_pb2 as classification_wire
from wardmote.classification.v1 import classification_service_pb2_grpc as classification_rpc
from wardmote.classification.v1.assessment_pb2 import Assessment
from wardmote.intake.v1 import intake_service_pb2 as intake_wire
from wardmote.intake.v1 import intake_service_pb2_grpc as intake_rpc
from wardmote.intake.v1.report_pb2 import Report
from wardmote.notification.v1 import notification_service_pb2 as notification_wire
from wardmote.notification.v1 import notification_service_pb2_grpc as notification_rpc
from wardmote.notification.v1.notification_pb2 import Notification
from wardmote.tenancy.v1 import tenancy_service_pb2 as tenancy_wire
from wardmote.tenancy.v1 import tenancy_service_pb2_grpc as tenancy_rpc
from wardmote.tenancy.v1.tenant_pb2 import TENANT_STATUS_ACTIVE, TENANT_STATUS_SUSPENDED, Tenant
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.errors import NotFound, NotPermitted, StaleVersion, Unauthenticated, Unavailable, WardmoteError
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import Caller, current_caller
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.issuers import Issuers

WORKER = Person(HERE, "alex.merrow", frozenset({Role.CASE_WORKER, Role.ON_CALL}))
WORKERS, REPORTERS, SERVICES = frozenset({Role.CASE_WORKER}), frozenset({Role.REPORTER}), frozenset({Role.SERVICE})
RIGHTS = {
    "/wardmote.tenancy.v1.TenancyService/GetTenantBySlug": SERVICES,
    "/wardmote.intake.v1.IntakeService/SubmitReport": REPORTERS,
    "/wardmote.intake.v1.IntakeService/GetReport": WORKERS,
    "/wardmote.intake.v1.IntakeService/BatchGetItemText": WORKERS,
    "/wardmote.case_management.v1.CaseManagementService/ListCases": WORKERS,
    "/wardmote.case_management.v1.CaseManagementService/GetCase": WORKERS,
    "/wardmote.case_management.v1.CaseManagementService/AssignCase": WORKERS,
    "/wardmote.classification.v1.ClassificationService/GetAssessment": WORKERS,
    "/wardmote.notification.v1.NotificationService/ListNotifications": WORKERS,
}


@dataclass
class Others(
    tenancy_rpc.TenancyServiceServicer,
    intake_rpc.IntakeServiceServicer,
    cases_rpc.CaseManagementServiceServicer,
    classification_rpc.ClassificationServiceServicer,
    notification_rpc.NotificationServiceServicer,
):
    """Every other service in one, remembering who called with what."""

    callers: list[Caller] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    fault: WardmoteError | None = None
    refused: WardmoteError | None = None
    status: Any = TENANT_STATUS_ACTIVE

    async def admit(self, _token: VerifiedToken) -> None:
        if self.refused is not None:
            raise self.refused

    def _note(self, request: Any) -> None:
        self.callers.append(current_caller())
        self.requests.append(request)
        if self.fault is not None:
            raise self.fault

    async def GetTenantBySlug(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return tenancy_wire.GetTenantBySlugResponse(tenant=Tenant(tenant_id=str(HERE), slug=request.slug, name="N", status=self.status))

    async def SubmitReport(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return intake_wire.SubmitReportResponse(reference="7K3M-P2QX", is_urgent=True)

    async def GetReport(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return intake_wire.GetReportResponse(report=Report(reference="7K3M-P2QX"))

    async def BatchGetItemText(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return intake_wire.BatchGetItemTextResponse(items=[intake_wire.ItemText(item_id=ITEM, text="words", sender="them")])

    async def ListCases(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return cases_wire.ListCasesResponse(cases=[Case(reference=CASE_REFERENCE)], next_cursor="next")

    async def GetCase(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return cases_wire.GetCaseResponse(case=Case(case_id="c", reference=request.reference))

    async def AssignCase(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return cases_wire.AssignCaseResponse()

    async def GetAssessment(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return classification_wire.GetAssessmentResponse(assessment=Assessment(needs_person=True))

    async def ListNotifications(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note(request)
        return notification_wire.ListNotificationsResponse(notifications=[Notification(reference="R")], next_cursor="more")


@dataclass
class Line:
    """The console's end of it."""

    others: Others
    peer: Peer
    tokens: Tokens


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    clock, telemetry, others = SystemClock(), Telemetry("console", None), Others()  # type: ignore[abstract]  # the pages call no more
    issuers = Issuers(clock)

    def add(server: grpc.aio.Server) -> None:
        tenancy_rpc.add_TenancyServiceServicer_to_server(others, server)
        intake_rpc.add_IntakeServiceServicer_to_server(others, server)
        cases_rpc.add_CaseManagementServiceServicer_to_server(others, server)
        classification_rpc.add_ClassificationServiceServicer_to_server(others, server)
        notification_rpc.add_NotificationServiceServicer_to_server(others, server)

    chain = interceptor_chain(telemetry, Metrics(), issuers.verifier, others.admit, RIGHTS)
    server = GrpcServer("127.0.0.1:0", [], add, chain, 1_048_576)
    await server.start()
    signer = issuers.signer("console")
    peer = Peer(f"127.0.0.1:{server.port}", signer, telemetry)
    yield Line(others, peer, Tokens(signer))
    await peer.stop()
    await server.stop()


def draft() -> Any:
    values = {"target_role": "councillor", "channel": "email", "text": "words", "request_id": "0199aa00-0000-7000-8000-0000000000d1"}
    return ReportForm.typed(values, "").draft()


async def test_the_form_calls_as_a_reporter_of_its_council_and_no_more(line: Line) -> None:
    receipt = await GrpcReports(line.peer, line.tokens).submit(COUNCIL, draft())
    assert (receipt.reference, receipt.is_urgent) == ("7K3M-P2QX", True)
    [caller] = line.others.callers
    assert (caller.subject, caller.roles, caller.tenant_id, caller.issuer) == (FORM, REPORTERS, HERE, "console")


async def test_a_person_calls_as_themself(line: Line) -> None:
    reports, cases = GrpcReports(line.peer, line.tokens), GrpcCases(line.peer, line.tokens)
    assert (await reports.received(WORKER, INCIDENT)).reference == "7K3M-P2QX"
    assert (await reports.words(WORKER, [ITEM]))[ITEM].sender == "them"
    assert (await cases.by_reference(WORKER, CASE_REFERENCE)).case_id == "c"
    page = await cases.page(WORKER, CaseFilter())
    assert ([case.reference for case in page.cases], page.next_cursor) == ([CASE_REFERENCE], "next")
    await cases.assign(WORKER, "c", 3, "r")
    assert (await GrpcAssessments(line.peer, line.tokens).of_incident(WORKER, INCIDENT)).needs_person
    assert (await GrpcNotices(line.peer, line.tokens).page(WORKER, "")).next_cursor == "more"
    assert {(caller.subject, caller.roles, caller.tenant_id) for caller in line.others.callers} == {("alex.merrow", WORKER.roles, HERE)}


async def test_orders_carry_what_was_asked(line: Line) -> None:
    await GrpcCases(line.peer, line.tokens).assign(WORKER, "c", 3, "r")
    await GrpcReports(line.peer, line.tokens).words(WORKER, [ITEM])
    assigned, read = line.others.requests
    assert (assigned.case_id, assigned.assigned_to, assigned.expected_version, assigned.request_id) == ("c", "alex.merrow", 3, "r")
    assert (list(read.item_ids), read.purpose) == ([ITEM], intake_wire.READING_PURPOSE_CASE_WORK)


@pytest.mark.parametrize("broken", [NotFound("none"), StaleVersion("changed"), NotPermitted("no")], ids=lambda rule: type(rule).__name__)
async def test_a_broken_rule_comes_back_as_itself(line: Line, broken: WardmoteError) -> None:
    line.others.fault = broken
    with pytest.raises(type(broken)):
        await GrpcCases(line.peer, line.tokens).assign(WORKER, "c", 1, "r")


async def test_a_council_that_a_service_has_not_heard_of_is_no_fault_of_the_person(line: Line) -> None:
    line.others.refused = Unauthenticated("The key's council is not known here.")
    with pytest.raises(Unavailable):
        await GrpcReports(line.peer, line.tokens).submit(COUNCIL, draft())


async def test_a_service_that_is_gone_is_unavailable(line: Line) -> None:
    away = Peer("127.0.0.1:1", Issuers(SystemClock()).signer("console"), Telemetry("console", None))
    with pytest.raises(Unavailable):
        await GrpcNotices(away, line.tokens).page(WORKER, "")
    await away.stop()


async def test_councils_are_asked_for_in_the_console_s_own_name_and_remembered(line: Line) -> None:
    clock = StoppedClock()
    councils = GrpcCouncils(line.peer, line.tokens, clock)
    assert councils.remembered("northshire") is None
    for _ in range(2):
        assert (await councils.by_slug("northshire")).tenant_id == HERE
    [caller] = line.others.callers
    assert (caller.roles, caller.tenant_id) == (SERVICES, None)
    assert councils.remembered("northshire") == await councils.by_slug("northshire")
    line.others.status = TENANT_STATUS_SUSPENDED
    clock.advance(FRESH)
    assert not (await councils.by_slug("northshire")).is_active


async def test_a_council_is_still_known_while_tenancy_is_away_and_not_for_ever(line: Line) -> None:
    clock = StoppedClock()
    councils = GrpcCouncils(line.peer, line.tokens, clock)
    known = await councils.by_slug("northshire")
    line.others.fault = Unavailable("away")
    clock.advance(timedelta(hours=1))
    assert await councils.by_slug("northshire") == known
    with pytest.raises(Unavailable):
        await councils.by_slug("porthaven")
    clock.advance(KEPT)
    with pytest.raises(Unavailable):
        await councils.by_slug("northshire")


async def test_a_council_that_is_gone_is_forgotten(line: Line) -> None:
    clock = StoppedClock()
    councils = GrpcCouncils(line.peer, line.tokens, clock)
    await councils.by_slug("northshire")
    clock.advance(FRESH)
    line.others.fault = NotFound("There is no such council.")
    with pytest.raises(NotFound):
        await councils.by_slug("northshire")
    assert councils.remembered("northshire") is None


async def test_unknown_addresses_fill_no_memory(line: Line) -> None:
    councils = GrpcCouncils(line.peer, line.tokens, StoppedClock())
    line.others.fault = NotFound("There is no such council.")
    for number in range(5):
        with pytest.raises(NotFound):
            await councils.by_slug(f"x{number}")
        assert councils.remembered(f"x{number}") is None
