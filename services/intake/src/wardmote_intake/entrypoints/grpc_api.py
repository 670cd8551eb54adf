"""Intake's RPCs: parse, order, answer."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from wardmote.intake.v1 import intake_service_pb2 as wire
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceServicer
from wardmote_intake.adapters.wire import (
    kept_to_wire,
    read_words_of,
    receipt_to_wire,
    refused_to_wire,
    report_to_wire,
    submission_of,
    submit_report_of,
    words_to_wire,
)
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.application.queries import Queries
from wardmote_intake.domain.reading import Purpose
from wardmote_kernel.errors import Invalid, NotPermitted, Unavailable, Violation, WardmoteError
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.errors import is_passing
from wardmote_runtime.interceptors import Rights
from wardmote_runtime.streams import answer_each
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import current_caller
from wardmote_runtime.wire_values import id_of

SERVICE = "wardmote.intake.v1.IntakeService"

MOST_IN_WORK = 16
"""Reports of one stream in work at once: enough to share one disk write among several, and no more than two pools of connections."""

SUBMITTERS = frozenset({Role.REPORTER, Role.CASE_WORKER, Role.INTEGRATION_CLIENT})

RIGHTS: Rights = {
    f"/{SERVICE}/SubmitReport": SUBMITTERS,
    f"/{SERVICE}/SubmitReports": SUBMITTERS,
    f"/{SERVICE}/GetReport": frozenset({Role.CASE_WORKER, Role.INTEGRATION_CLIENT, Role.SERVICE}),
    f"/{SERVICE}/BatchGetItemText": frozenset({Role.CASE_WORKER, Role.SERVICE}),
}


class IntakeApi(IntakeServiceServicer):
    """The gRPC face of the handlers."""

    def __init__(self, handlers: Handlers, queries: Queries, telemetry: Telemetry) -> None:
        self._handlers = handlers
        self._queries = queries
        self._telemetry = telemetry

    async def SubmitReport(self, request: wire.SubmitReportRequest, context: Any) -> wire.SubmitReportResponse:  # noqa: N802
        return receipt_to_wire(await self._handlers.submit_report(submit_report_of(request)))

    async def SubmitReports(  # noqa: N802
        self, requests: AsyncIterator[wire.SubmitReportsRequest], context: Any
    ) -> AsyncIterator[wire.SubmitReportsResponse]:
        async with aclosing(answer_each(requests, self._submit_one, MOST_IN_WORK)) as answers:
            async for answer in answers:
                yield answer

    async def _submit_one(self, request: wire.SubmitReportsRequest) -> wire.SubmitReportsResponse:
        """One report of a stream, in a trace of its own: what becomes of it is not what becomes of the others.

        A fault that nobody knows ends the whole stream; the edge logs it.
        """
        try:
            with self._telemetry.span(f"{SERVICE}/SubmitReports report", kind="server", parent={}):
                receipt = await self._handlers.submit_report(submission_of(request))
        except WardmoteError as error:
            return refused_to_wire(request.request_id, error)
        except Exception as fault:
            if is_passing(fault):
                return refused_to_wire(request.request_id, Unavailable("Something this needs does not answer now. Send it again."))
            raise
        return kept_to_wire(request.request_id, receipt)

    async def GetReport(self, request: wire.GetReportRequest, context: Any) -> wire.GetReportResponse:  # noqa: N802
        match request.WhichOneof("by"):
            case "report_id":
                view = await self._queries.report(id_of(request.report_id, "report_id"))
            case "incident_id":
                view = await self._queries.report_of_incident(id_of(request.incident_id, "incident_id"))
            case _:
                raise Invalid(Violation("by", "Send report_id or incident_id."))
        return wire.GetReportResponse(report=report_to_wire(view))

    async def BatchGetItemText(  # noqa: N802
        self, request: wire.BatchGetItemTextRequest, context: Any
    ) -> wire.BatchGetItemTextResponse:
        caller = current_caller()
        command = read_words_of(request, caller.subject)
        if command.purpose is Purpose.CASE_WORK and Role.CASE_WORKER not in caller.roles:
            raise NotPermitted("Only a case worker reads words for case work.")
        words = await self._handlers.read_words(command)
        return wire.BatchGetItemTextResponse(items=[words_to_wire(one, command.purpose) for one in words])
