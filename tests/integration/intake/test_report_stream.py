"""SubmitReports over a real server and a real PostgreSQL: each report is answered by itself."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from wardmote_intake.adapters.postgres import PostgresQueries, PostgresReports, PostgresUnitOfWork
from wardmote_intake.adapters.turns import CouncilTurns
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.domain.events import UrgentSignalRaised
from wardmote_intake.entrypoints.grpc_api import MOST_IN_WORK, RIGHTS, SERVICE, IntakeApi

from wardmote.event.v1.taxonomy_pb2 import CHANNEL_EMAIL, TARGET_ROLE_COUNCILLOR
from wardmote.intake.v1 import intake_service_pb2 as wire
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub, add_IntakeServiceServicer_to_server
from wardmote.intake.v1.report_pb2 import ItemDraft, ReportDraft
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.database import Database
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.sealing import FolderKeyring, Sealer
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_testkit.databases import make_service_database, open_database
from wardmote_testkit.issuers import Issuers

HERE, ELSEWHERE = TenantId(uuid4()), TenantId(uuid4())
LIMIT = 5
"""Reports a minute: the streams here go over it."""
SUBMIT = f"/{SERVICE}/SubmitReports"


class ScriptedDanger:
    """Fires on one word, and fails on another as a database that is away would."""

    def danger_codes(self, text: str) -> Sequence[str]:
        if "unreachable" in text:
            raise ConnectionRefusedError
        if "nobody knows" in text:
            raise LookupError
        return ["TL-001"] if "danger" in text else []


class Line:
    async def raise_signal(self, signal: UrgentSignalRaised) -> bool:
        return True


async def everybody(_token: VerifiedToken) -> None: ...


class House:
    """Intake's own face on a real server."""

    def __init__(self, database: Database, folder: Path) -> None:
        clock = SystemClock()
        self.database, self.issuers = database, Issuers(clock)
        sealer = Sealer(FolderKeyring(folder))
        reports, work = PostgresReports(database, Outbox("intake", Wake()), sealer), PostgresUnitOfWork(database, sealer)
        handlers = Handlers(reports, work, ScriptedDanger(), Line(), CouncilTurns(lambda _tenant: LIMIT, clock), clock, RandomIds(clock))
        telemetry = Telemetry("intake", None)
        api = IntakeApi(handlers, PostgresQueries(database), telemetry)
        chain = interceptor_chain(telemetry, Metrics(), self.issuers.verifier, everybody, RIGHTS)
        self.server = GrpcServer("127.0.0.1:0", [SERVICE], lambda server: add_IntakeServiceServicer_to_server(api, server), chain, 1 << 20)

    def as_role(self, role: Role, tenant: TenantId = HERE) -> dict[str, Any]:
        return {"timeout": 30.0, "metadata": (("authorization", self.issuers.bearer(role, tenant)),)}

    async def traces_of(self, incidents: Sequence[str]) -> set[str]:
        keys = [f"{HERE}/{incident}" for incident in incidents]
        with tenant_scope(HERE):
            async with self.database.tenant_transaction() as connection:
                rows = await (await connection.execute("SELECT headers FROM outbox WHERE key = ANY(%s)", [keys])).fetchall()
        return {row["headers"]["traceparent"].split("-")[1] for row in rows}


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_database(make_service_database(postgres_server, "intake")) as database:
        made = House(database, tmp_path_factory.mktemp("keyring"))
        await made.server.start()
        yield made
        await made.server.stop()


@pytest.fixture
async def stub(house: House) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{house.server.port}") as channel:
        yield IntakeServiceStub(channel)


def report(text: str = "The bins were missed again.", request_id: str | None = None) -> wire.SubmitReportsRequest:
    draft = ReportDraft(target_role=TARGET_ROLE_COUNCILLOR, items=[ItemDraft(channel=CHANNEL_EMAIL, text=text)])
    return wire.SubmitReportsRequest(request_id=str(uuid4()) if request_id is None else request_id, report=draft)


async def sent(stub: Any, house: House, requests: Sequence[wire.SubmitReportsRequest]) -> dict[str, wire.SubmitReportsResponse]:
    answers = stub.SubmitReports(iter(requests), **house.as_role(Role.INTEGRATION_CLIENT))
    return {answer.request_id: answer async for answer in answers}


async def test_every_report_is_kept_and_answered_under_its_own_request_id(house: House, stub: Any) -> None:
    requests = [report(f"Report {number}") for number in range(3 * MOST_IN_WORK)]
    answers = await sent(stub, house, requests)
    assert set(answers) == {request.request_id for request in requests}
    assert {answer.WhichOneof("outcome") for answer in answers.values()} == {"receipt"}
    assert len({answer.receipt.report_id for answer in answers.values()}) == len(requests)


async def test_one_that_is_refused_stops_none_of_the_others(house: House, stub: Any) -> None:
    good, empty, danger, away, odd = report(), report(" "), report("danger"), report("unreachable"), report(request_id="not an id")
    answers = await sent(stub, house, [empty, good, away, odd, danger])
    assert answers[good.request_id].receipt.reference
    assert answers[danger.request_id].receipt.is_urgent
    refusal = answers[empty.request_id].refusal
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT.value[0], "INVALID")
    assert [problem.field for problem in refusal.problems] == ["report.items[0].text"]
    assert answers[odd.request_id].refusal.problems[0].field == "request_id"
    assert (answers[away.request_id].refusal.code, answers[away.request_id].refusal.reason) == (14, "UNAVAILABLE")


async def test_a_report_may_be_repeated_by_the_stream_and_by_the_single_call(house: House, stub: Any) -> None:
    once = report("The same words.")
    first = (await sent(stub, house, [once, once]))[once.request_id]
    again = (await sent(stub, house, [once]))[once.request_id]
    single = await stub.SubmitReport(
        wire.SubmitReportRequest(request_id=once.request_id, report=once.report), **house.as_role(Role.INTEGRATION_CLIENT)
    )
    assert first.receipt == again.receipt == single
    changed = (await sent(stub, house, [report("Other words.", once.request_id)]))[once.request_id]
    assert changed.refusal.reason == "CONFLICT"


async def test_each_report_of_a_stream_has_a_trace_of_its_own(house: House, stub: Any) -> None:
    answers = await sent(stub, house, [report() for _ in range(4)])
    assert len(await house.traces_of([answer.receipt.incident_id for answer in answers.values()])) == 4


async def test_a_fault_that_nobody_knows_ends_the_stream(house: House, stub: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await sent(stub, house, [report("nobody knows")])
    assert caught.value.code() is grpc.StatusCode.INTERNAL


@pytest.mark.parametrize("role", [role for role in Role if role not in RIGHTS[SUBMIT]])
async def test_a_role_that_may_not_submit_may_not_stream(house: House, stub: Any, role: Role) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.SubmitReports(iter([report()]), **house.as_role(role)).read()
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_reports_of_a_stream_are_the_callers_councils(house: House, stub: Any) -> None:
    answers = stub.SubmitReports(iter([report()]), **house.as_role(Role.INTEGRATION_CLIENT, ELSEWHERE))
    kept = [answer.receipt.report_id async for answer in answers]
    mine = await stub.GetReport(wire.GetReportRequest(report_id=kept[0]), **house.as_role(Role.CASE_WORKER, ELSEWHERE))
    assert mine.report.report_id == kept[0]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.GetReport(wire.GetReportRequest(report_id=kept[0]), **house.as_role(Role.CASE_WORKER, HERE))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
