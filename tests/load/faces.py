"""The three ways to report, as a council's own software would use them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

import aiohttp
import grpc
import orjson

from tests.load.job import Job, Sender
from tests.load.texts import LoadReport
from wardmote.intake.v1.intake_service_pb2 import SubmitReportRequest, SubmitReportsRequest, SubmitReportsResponse
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub

ANSWER_WITHIN_S = 30.0
CALL_WITHIN_S = 9.5
STREAM_LASTS_S = 900.0
CONNECTIONS = 128


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a receipt, or the code of what was none."""

    incident_id: str = ""
    is_urgent: bool = False
    refusal: str = ""


class Line(Protocol):
    """Sends one report and waits for its answer. Never raises: no answer is an answer too."""

    async def submit(self, sender: Sender, report: LoadReport) -> Answer: ...


@asynccontextmanager
async def line_of(job: Job) -> AsyncIterator[Line]:
    """The line of a job's face, open inside the block."""
    async with AsyncExitStack() as stack:
        if job.face == "REST":
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
            yield Rest(await stack.enter_async_context(aiohttp.ClientSession(connector=connector, timeout=timeout)), job.rest)
            return
        stub: Any = IntakeServiceStub(await stack.enter_async_context(grpc.aio.insecure_channel(job.intake)))
        if job.face == "gRPC unary":
            yield Unary(stub)
            return
        streams = Streams(stub)
        stack.push_async_callback(streams.close)
        yield streams


class Rest:
    """``POST /v1/reports``."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._url = f"{address}/v1/reports"

    async def submit(self, sender: Sender, report: LoadReport) -> Answer:
        headers = {"Authorization": f"Bearer {sender.api_key}", "Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        try:
            async with self._session.post(self._url, data=orjson.dumps(report.body()), headers=headers) as answer:
                if answer.status != 201:
                    return Answer(refusal=f"HTTP {answer.status}")
                receipt = orjson.loads(await answer.read())
        except (aiohttp.ClientError, TimeoutError) as fault:
            return Answer(refusal=type(fault).__name__)
        return Answer(receipt["incident_id"], receipt["is_urgent"])


class Unary:
    """``SubmitReport``."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    async def submit(self, sender: Sender, report: LoadReport) -> Answer:
        request = SubmitReportRequest(request_id=str(uuid4()), report=report.draft())
        try:
            receipt = await self._stub.SubmitReport(request, timeout=CALL_WITHIN_S, metadata=bearer(sender.api_key))
        except grpc.aio.AioRpcError as fault:
            return Answer(refusal=fault.code().name)
        return Answer(receipt.incident_id, receipt.is_urgent)


class Streams:
    """``SubmitReports``: one stream for each council that reports, opened with its first report."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub
        self._open: dict[str, _Stream] = {}

    async def submit(self, sender: Sender, report: LoadReport) -> Answer:
        stream = self._open.get(sender.api_key)
        if stream is None:
            stream = self._open[sender.api_key] = _Stream(self._stub, sender)
        return await stream.submit(report)

    async def close(self) -> None:
        await asyncio.gather(*(stream.close() for stream in self._open.values()))


class _Stream:
    """One council's stream. gRPC takes one write at a time, so each waits for the one before."""

    def __init__(self, stub: Any, sender: Sender) -> None:
        self._call = stub.SubmitReports(timeout=STREAM_LASTS_S, metadata=bearer(sender.api_key))
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._writing = asyncio.Lock()
        self._reading = asyncio.create_task(self._read())

    async def submit(self, report: LoadReport) -> Answer:
        request = SubmitReportsRequest(request_id=str(uuid4()), report=report.draft())
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[request.request_id] = answer
        try:
            async with self._writing:
                await self._call.write(request)
            return await asyncio.wait_for(answer, ANSWER_WITHIN_S)
        except grpc.aio.AioRpcError as fault:
            return Answer(refusal=fault.code().name)
        except (asyncio.InvalidStateError, TimeoutError) as fault:
            return Answer(refusal=type(fault).__name__)
        finally:
            self._waiting.pop(request.request_id, None)

    async def _read(self) -> None:
        code = "the stream ended"
        try:
            async for response in self._call:
                waiting = self._waiting.get(response.request_id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(_answer(response))
        except grpc.aio.AioRpcError as fault:
            code = fault.code().name
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(Answer(refusal=code))

    async def close(self) -> None:
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await self._call.done_writing()
        await self._reading


def _answer(response: SubmitReportsResponse) -> Answer:
    if response.WhichOneof("outcome") == "receipt":
        return Answer(response.receipt.incident_id, response.receipt.is_urgent)
    return Answer(refusal=response.refusal.reason)


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The credential as gRPC carries it."""
    return (("authorization", f"Bearer {token}"),)
