"""A gRPC service with the whole chain of interceptors, on a real port, that does what a test says."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from wardmote.intake.v1.intake_service_pb2 import SubmitReportRequest, SubmitReportResponse
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceServicer, add_IntakeServiceServicer_to_server
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.interceptors import DeadlineInterceptor
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import FileSpanExporter, Telemetry
from wardmote_runtime.tenancy import current_caller, current_tenant
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.issuers import Issuers

WORDS = "I know where you live"
SERVICE = "wardmote.intake.v1.IntakeService"
STREAMS = "test.Streams"
MAX_BYTES = 4096
RIGHTS = {f"/{SERVICE}/SubmitReport": frozenset({Role.REPORTER}), f"/{SERVICE}/GetReport": frozenset({Role.CASE_WORKER})} | {
    f"/{STREAMS}/{name}": frozenset({Role.REPORTER}) for name in ("Collect", "Repeat", "Echo", "Write", "Endless")
}
Do = Callable[[Any, Any], Awaitable[Any]]


async def answer_with_who_calls(_request: Any, _context: Any) -> SubmitReportResponse:
    return SubmitReportResponse(report_id=str(current_tenant()), reference=current_caller().subject)


class Api(IntakeServiceServicer):
    """Does what the test says."""

    def __init__(self) -> None:
        self.do: Do = answer_with_who_calls

    async def SubmitReport(self, request: Any, context: Any) -> Any:  # noqa: N802
        return await self.do(request, context)

    def SubmitReports(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    async def GetReport(self, request: Any, context: Any) -> Any:  # noqa: N802
        return await self.do(request, context)

    async def BatchGetItemText(self, request: Any, context: Any) -> Any:  # noqa: N802
        return await self.do(request, context)


async def collect(requests: AsyncIterator[bytes], _context: Any) -> bytes:
    return b"".join([request async for request in requests]) + str(current_tenant()).encode()


async def repeat(request: bytes, _context: Any) -> AsyncIterator[bytes]:
    for _ in range(3):
        yield request
    if request == b"fault":
        raise ValueError(WORDS)


async def echo(requests: AsyncIterator[bytes], _context: Any) -> AsyncIterator[bytes]:
    async for request in requests:
        yield request
    yield str(current_tenant()).encode()


async def write(request: bytes, context: Any) -> None:
    await context.write(request)
    await context.write(str(current_tenant()).encode())


async def endless(request: bytes, _context: Any) -> AsyncIterator[bytes]:
    while True:
        yield request


class House:
    """A server with what a test needs to speak to it and to look at it."""

    def __init__(self, folder: Path) -> None:
        self.api, self.metrics, self.issuers, self.tenant = Api(), Metrics(), Issuers(StoppedClock()), TenantId(uuid4())
        self.trace_file = folder / "spans.jsonl"
        self.telemetry = Telemetry("test", FileSpanExporter(self.trace_file))
        self.refusal: Exception | None = None
        self.server = self.make("127.0.0.1:0")

    def make(self, listen: str, longest_seconds: float | None = None) -> GrpcServer:
        chain = interceptor_chain(self.telemetry, self.metrics, self.issuers.verifier, self.admit, RIGHTS)
        if longest_seconds is not None:
            chain = [DeadlineInterceptor(longest_seconds) if isinstance(one, DeadlineInterceptor) else one for one in chain]
        return GrpcServer(listen, [SERVICE], self.add, chain, MAX_BYTES)

    def add(self, server: grpc.aio.Server) -> None:
        add_IntakeServiceServicer_to_server(self.api, server)
        handlers = {
            "Collect": grpc.stream_unary_rpc_method_handler(collect),
            "Repeat": grpc.unary_stream_rpc_method_handler(repeat),
            "Echo": grpc.stream_stream_rpc_method_handler(echo),
            "Write": grpc.unary_stream_rpc_method_handler(write),
            "Endless": grpc.unary_stream_rpc_method_handler(endless),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(STREAMS, handlers),))

    async def admit(self, _token: VerifiedToken) -> None:
        if self.refusal is not None:
            raise self.refusal

    def as_role(self, role: Role) -> tuple[tuple[str, str], ...]:
        return (("authorization", self.issuers.bearer(role, self.tenant)),)

    def spans(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.trace_file.read_text().splitlines()]

    def counted(self) -> dict[tuple[str, str], float]:
        return {
            (sample.labels["method"].rpartition("/")[2], sample.labels["code"]): sample.value
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name == "wardmote_rpc_seconds_count"
        }


@asynccontextmanager
async def calling(server: GrpcServer) -> AsyncIterator[grpc.aio.Channel]:
    """The running server, and a channel to it."""
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield channel
    finally:
        await server.stop()


async def submit(house: House, stub: Any, request: SubmitReportRequest | None = None, **changed: Any) -> Any:
    """A call with what every call needs, or with what the test says instead."""
    arguments = {"timeout": 5.0, "metadata": house.as_role(Role.REPORTER)} | changed
    return await stub.SubmitReport(request or SubmitReportRequest(), **arguments)


async def refused(call: Awaitable[Any]) -> grpc.aio.AioRpcError:
    """The error that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value
