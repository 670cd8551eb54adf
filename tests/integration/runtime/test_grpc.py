"""The gRPC server with its whole chain, on a real port, spoken to by real clients."""

import asyncio
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status
from structlog.testing import capture_logs

from wardmote.intake.v1.intake_service_pb2 import (
    BatchGetItemTextRequest,
    GetReportRequest,
    SubmitReportRequest,
    SubmitReportResponse,
)
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub
from wardmote_kernel.errors import (
    AlreadyHandled,
    Conflict,
    IllegalTransition,
    Invalid,
    NotFound,
    NotPermitted,
    StaleVersion,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Violation,
    WardmoteError,
)
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.errors import codes_of, is_passing
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.grpc_server import PortTaken
from wardmote_runtime.rpc_errors import error_of
from wardmote_runtime.tenancy import tenant_scope
from wardmote_testkit.rpc import MAX_BYTES, SERVICE, WORDS, House, calling, refused, submit
from wardmote_testkit.wait import eventually


def reason(fault: grpc.aio.AioRpcError) -> str:
    for packed in rpc_status.from_call(fault).details:  # type: ignore[arg-type]
        info = ErrorInfo()
        if packed.Unpack(info):
            assert info.domain == "wardmote"
            return str(info.reason)
    return ""


async def test_a_good_call_runs_for_its_caller_in_their_council(house: House, stub: Any) -> None:
    answer = await submit(house, stub)
    assert answer == SubmitReportResponse(report_id=str(house.tenant), reference="test:reporter")


async def test_a_call_without_a_deadline_is_refused(house: House, stub: Any) -> None:
    fault = await refused(submit(house, stub, timeout=None))
    assert fault.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "deadline" in str(fault.details())


@pytest.mark.parametrize("metadata", [(), (("authorization", ""),), (("authorization", "Bearer x.y.z"),), (("authorization-bin", b"x"),)])
async def test_a_call_without_a_good_token_is_refused(house: House, stub: Any, metadata: Any) -> None:
    fault = await refused(submit(house, stub, metadata=metadata))
    assert fault.code() is grpc.StatusCode.UNAUTHENTICATED
    assert reason(fault) == "UNAUTHENTICATED"


async def test_a_caller_with_another_role_is_refused(house: House, stub: Any) -> None:
    fault = await refused(submit(house, stub, metadata=house.as_role(Role.CASE_WORKER)))
    assert fault.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "reporter" in str(fault.details())


@pytest.mark.parametrize("role", list(Role))
async def test_a_method_that_nobody_was_given_is_nobodys(house: House, stub: Any, role: Role) -> None:
    fault = await refused(stub.BatchGetItemText(BatchGetItemTextRequest(), timeout=5, metadata=house.as_role(role)))
    assert fault.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_an_unknown_method_is_unimplemented(house: House, channel: Any) -> None:
    fault = await refused(channel.unary_unary("/wardmote.intake.v1.IntakeService/Nothing")(b"", timeout=5))
    assert fault.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("refusal", [NotPermitted("The council is suspended."), Unauthenticated("The key was revoked.")])
async def test_the_admission_has_the_last_word(house: House, stub: Any, refusal: WardmoteError) -> None:
    house.refusal = refusal
    fault = await refused(submit(house, stub))
    assert fault.code() is codes_of(refusal)[0]
    assert fault.details() == str(refusal)


RULES = [
    NotFound("There is no such case."), Conflict("Changed."), StaleVersion("Changed since you read it."),
    IllegalTransition("It is closed."), NotPermitted("No."), Unauthenticated("Who are you?"), TooLarge("Too much: 4 at most."),
    Unavailable("Try again."), AlreadyHandled("Done."), Invalid(Violation("items[0].text", "Say what happened.")),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
async def test_a_broken_rule_reaches_the_caller_and_becomes_the_same_rule_there(house: House, stub: Any, rule: WardmoteError) -> None:
    async def break_rule(_request: Any, _context: Any) -> None:
        raise rule

    house.api.do = break_rule
    fault = await refused(submit(house, stub))
    assert fault.code() is codes_of(rule)[0]
    assert fault.details() == str(rule)
    assert reason(fault) == rule.reason
    again = error_of(fault)
    assert type(again) is type(rule)
    assert is_passing(again) == is_passing(rule)
    if isinstance(rule, Invalid):
        assert isinstance(again, Invalid)
        assert again.violations == rule.violations


@pytest.mark.parametrize("count", [30, 2000])
async def test_many_wrong_fields_still_reach_the_caller(house: House, stub: Any, count: int) -> None:
    """gRPC carries the details in headers, and a client refuses headers over 8 KiB: then the caller would learn nothing."""
    violations = [Violation(f"report.items[{place}].channel", "Say one of: email, letter, phone. " * 4) for place in range(count)]

    async def break_rules(_request: Any, _context: Any) -> None:
        raise Invalid(*violations)

    house.api.do = break_rules
    for _ in range(5):
        fault = await refused(submit(house, stub))
        assert fault.code() is grpc.StatusCode.INVALID_ARGUMENT
        again = error_of(fault)
        assert isinstance(again, Invalid)
        assert again.violations[0] == violations[0]
        assert f"{count - len(again.violations) + 1} more" in again.violations[-1].problem


async def test_wrong_fields_come_as_bad_request_details(house: House, stub: Any) -> None:
    async def break_rule(_request: Any, _context: Any) -> None:
        raise Invalid(Violation("a", "wrong"), Violation("b", "wrong too"))

    house.api.do = break_rule
    status = rpc_status.from_call(await refused(submit(house, stub)))  # type: ignore[arg-type]
    bad = BadRequest()
    assert any(packed.Unpack(bad) for packed in status.details)
    assert [(wrong.field, wrong.description) for wrong in bad.field_violations] == [("a", "wrong"), ("b", "wrong too")]


async def test_an_unknown_fault_is_internal_and_its_text_stays_here(house: House, stub: Any) -> None:
    async def fail(_request: Any, _context: Any) -> None:
        raise ValueError(WORDS)

    house.api.do = fail
    with capture_logs() as logs:
        fault = await refused(submit(house, stub))
    assert fault.code() is grpc.StatusCode.INTERNAL
    assert WORDS not in str(fault) + str(logs) + str(fault.trailing_metadata()) + str(house.spans())
    assert [(line["error"], line["method"]) for line in logs] == [("ValueError", f"/{SERVICE}/SubmitReport")]
    assert isinstance(error_of(fault), Unavailable)


async def test_a_passing_fault_is_unavailable(house: House, stub: Any) -> None:
    async def fail(_request: Any, _context: Any) -> None:
        raise ConnectionRefusedError(WORDS)

    house.api.do = fail
    fault = await refused(submit(house, stub))
    assert fault.code() is grpc.StatusCode.UNAVAILABLE
    assert WORDS not in str(fault)


async def test_an_oversize_message_is_refused_before_anyone_reads_it(house: House, stub: Any) -> None:
    seen = []

    async def note(request: Any, _context: Any) -> SubmitReportResponse:
        seen.append(request)
        return SubmitReportResponse()

    house.api.do = note
    fault = await refused(submit(house, stub, SubmitReportRequest(request_id="x" * MAX_BYTES)))
    assert fault.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert seen == []
    await submit(house, stub, SubmitReportRequest(request_id="x" * (MAX_BYTES - 100)))
    assert len(seen) == 1


async def test_no_call_takes_longer_than_the_house_allows(house: House) -> None:
    """Whatever deadline its caller set; and it is not said to be unavailable, because then the client would send it again."""
    ended = asyncio.Event()

    async def dawdle(_request: Any, _context: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    house.api.do = dawdle
    async with calling(house.make("127.0.0.1:0", longest_seconds=0.1)) as channel:
        fault = await refused(submit(house, IntakeServiceStub(channel), timeout=60))
    assert fault.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert ended.is_set()
    assert house.counted() == {("SubmitReport", "DEADLINE_EXCEEDED"): 1}


async def test_a_callers_shorter_deadline_ends_the_work_here_too(house: House, stub: Any) -> None:
    ended = asyncio.Event()

    async def dawdle(_request: Any, _context: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    house.api.do = dawdle
    fault = await refused(submit(house, stub, timeout=0.2))
    assert fault.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await asyncio.wait_for(ended.wait(), 5)


async def test_health_and_reflection_answer_without_token_and_deadline(house: House, channel: Any) -> None:
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", SERVICE):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    watch = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()
    ask = reflection_pb2.ServerReflectionRequest(list_services="")
    answers = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([ask]))
    names = {service.name async for answer in answers for service in answer.list_services_response.service}
    assert SERVICE in names


async def test_a_port_in_use_is_told_with_the_setting_to_change(house: House, channel: Any) -> None:
    with pytest.raises(PortTaken, match="WARDMOTE_GRPC_LISTEN"):
        await house.make(f"127.0.0.1:{house.server.port}").start()


async def test_a_trace_joins_client_and_server(house: House, channel: Any) -> None:
    peer = Peer(f"127.0.0.1:{house.server.port}", house.issuers.signer("console"), house.telemetry)
    token = house.issuers.bearer(Role.REPORTER, house.tenant).removeprefix("Bearer ")
    with house.telemetry.span("client"):
        await peer.call(IntakeServiceStub(peer.channel).SubmitReport, SubmitReportRequest(), deadline_s=5, token=token)
    await peer.stop()
    server, client = house.spans()
    assert server["name"] == f"{SERVICE}/SubmitReport"
    assert server["trace_id"] == client["trace_id"]
    assert server["parent_id"] == client["span_id"]


async def test_a_peer_calls_as_itself_for_the_present_council(house: House, channel: Any) -> None:
    """This service may not submit a report: the refusal shows that it is known as a service."""
    peer = Peer(f"127.0.0.1:{house.server.port}", house.issuers.signer("intake"), house.telemetry)
    with tenant_scope(house.tenant):
        fault = await refused(peer.call(IntakeServiceStub(peer.channel).SubmitReport, SubmitReportRequest(), deadline_s=5))
    await peer.stop()
    assert isinstance(error_of(fault), NotPermitted)


async def test_a_peer_that_is_away_is_unavailable(house: House) -> None:
    peer = Peer("127.0.0.1:1", house.issuers.signer("intake"), house.telemetry)
    with tenant_scope(house.tenant):
        fault = await refused(peer.call(IntakeServiceStub(peer.channel).SubmitReport, SubmitReportRequest(), deadline_s=5))
    await peer.stop()
    assert fault.code() is grpc.StatusCode.UNAVAILABLE
    assert is_passing(fault)
    assert isinstance(error_of(fault), Unavailable)


async def test_calls_are_counted_by_method_and_code(house: House, stub: Any) -> None:
    async def not_found(_request: Any, _context: Any) -> None:
        raise NotFound("There is none.")

    async def fail(_request: Any, _context: Any) -> None:
        raise ValueError

    await submit(house, stub)
    await submit(house, stub)
    await refused(submit(house, stub, metadata=()))
    await refused(submit(house, stub, timeout=None))
    house.api.do = not_found
    await refused(submit(house, stub))
    house.api.do = fail
    await refused(submit(house, stub))
    await refused(stub.GetReport(GetReportRequest(), timeout=5, metadata=house.as_role(Role.REPORTER)))
    assert house.counted() == {
        ("SubmitReport", "OK"): 2,
        ("SubmitReport", "UNAUTHENTICATED"): 1,
        ("SubmitReport", "INVALID_ARGUMENT"): 1,
        ("SubmitReport", "NOT_FOUND"): 1,
        ("SubmitReport", "INTERNAL"): 1,
        ("GetReport", "PERMISSION_DENIED"): 1,
    }


async def test_a_call_that_its_caller_gave_up_is_not_counted_as_good(house: House, stub: Any) -> None:
    entered = asyncio.Event()

    async def dawdle(_request: Any, _context: Any) -> None:
        entered.set()
        await asyncio.Event().wait()

    house.api.do = dawdle
    call = stub.SubmitReport(SubmitReportRequest(), timeout=5, metadata=house.as_role(Role.REPORTER))
    await asyncio.wait_for(entered.wait(), 5)
    call.cancel()

    async def counted() -> bool:
        return house.counted() == {("SubmitReport", "CANCELLED"): 1}

    await eventually(counted, 5, "the call counted as cancelled")


async def test_a_stop_lets_calls_in_flight_end(house: House) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: Any, _context: Any) -> SubmitReportResponse:
        entered.set()
        await go_on.wait()
        return SubmitReportResponse(reference="finished")

    house.api.do = slow
    server = house.make("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = asyncio.create_task(submit(house, IntakeServiceStub(channel)))
        await asyncio.wait_for(entered.wait(), 5)
        stopping = asyncio.create_task(server.stop())
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as later:

            async def refuses_new_calls() -> bool:
                fault = await refused(submit(house, IntakeServiceStub(later), timeout=1))
                return fault.code() is grpc.StatusCode.UNAVAILABLE

            await eventually(refuses_new_calls, 5, "new calls refused")
        assert not call.done()
        go_on.set()
        assert (await call).reference == "finished"
    await asyncio.wait_for(stopping, 5)
