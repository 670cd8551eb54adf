"""Intake's RPCs: parse, order, answer."""

from typing import Any

from wardmote.intake.v1 import intake_service_pb2 as wire
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceServicer
from wardmote_intake.adapters.wire import id_of, read_words_of, receipt_to_wire, report_to_wire, submit_report_of, words_to_wire
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.application.queries import Queries
from wardmote_intake.domain.reading import Purpose
from wardmote_kernel.errors import Invalid, NotPermitted, Violation
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.interceptors import Rights
from wardmote_runtime.tenancy import current_caller

SERVICE = "wardmote.intake.v1.IntakeService"

RIGHTS: Rights = {
    f"/{SERVICE}/SubmitReport": frozenset({Role.REPORTER, Role.CASE_WORKER, Role.INTEGRATION_CLIENT}),
    f"/{SERVICE}/GetReport": frozenset({Role.CASE_WORKER, Role.INTEGRATION_CLIENT, Role.SERVICE}),
    f"/{SERVICE}/BatchGetItemText": frozenset({Role.CASE_WORKER, Role.SERVICE}),
}


class IntakeApi(IntakeServiceServicer):
    """The gRPC face of the handlers."""

    def __init__(self, handlers: Handlers, queries: Queries) -> None:
        self._handlers = handlers
        self._queries = queries

    async def SubmitReport(self, request: wire.SubmitReportRequest, context: Any) -> wire.SubmitReportResponse:  # noqa: N802
        return receipt_to_wire(await self._handlers.submit_report(submit_report_of(request)))

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
