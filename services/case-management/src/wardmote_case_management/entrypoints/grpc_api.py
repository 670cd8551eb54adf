"""Case-management's RPCs: parse, order, answer."""

from typing import Any

from wardmote.case_management.v1 import case_management_service_pb2 as wire
from wardmote.case_management.v1.case_management_service_pb2_grpc import CaseManagementServiceServicer
from wardmote_case_management.adapters.wire import assign_of, case_to_wire, filter_of
from wardmote_case_management.application.handlers import Handlers
from wardmote_case_management.application.queries import CaseView, Queries
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.interceptors import Rights
from wardmote_runtime.tenancy import current_caller
from wardmote_runtime.wire_values import id_of

SERVICE = "wardmote.case_management.v1.CaseManagementService"

RIGHTS: Rights = {
    f"/{SERVICE}/ListCases": frozenset({Role.CASE_WORKER, Role.INTEGRATION_CLIENT}),
    f"/{SERVICE}/GetCase": frozenset({Role.CASE_WORKER, Role.INTEGRATION_CLIENT}),
    f"/{SERVICE}/AssignCase": frozenset({Role.CASE_WORKER}),
}


class CaseManagementApi(CaseManagementServiceServicer):
    """The gRPC face of the handlers."""

    def __init__(self, handlers: Handlers, queries: Queries) -> None:
        self._handlers = handlers
        self._queries = queries

    async def ListCases(self, request: wire.ListCasesRequest, context: Any) -> wire.ListCasesResponse:  # noqa: N802
        page = await self._queries.cases(filter_of(request), request.limit, request.cursor)
        return wire.ListCasesResponse(cases=[case_to_wire(view) for view in page.cases], next_cursor=page.next_cursor)

    async def GetCase(self, request: wire.GetCaseRequest, context: Any) -> wire.GetCaseResponse:  # noqa: N802
        return wire.GetCaseResponse(case=case_to_wire(await self._asked_for(request)))

    async def AssignCase(self, request: wire.AssignCaseRequest, context: Any) -> wire.AssignCaseResponse:  # noqa: N802
        view = await self._handlers.assign(assign_of(request, current_caller().subject))
        return wire.AssignCaseResponse(case=case_to_wire(view))

    async def _asked_for(self, request: wire.GetCaseRequest) -> CaseView:
        match request.WhichOneof("by"):
            case "case_id":
                return await self._queries.case(id_of(request.case_id, "case_id"))
            case "reference":
                return await self._queries.case_of_reference(request.reference.strip().upper())
            case "incident_id":
                return await self._queries.case_of_incident(id_of(request.incident_id, "incident_id"))
            case _:
                raise Invalid(Violation("by", "Send case_id, reference or incident_id."))
