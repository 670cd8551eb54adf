"""Case-management's composition root: the only file that names its concrete classes together."""

from wardmote.case_management.v1.case_management_service_pb2_grpc import add_CaseManagementServiceServicer_to_server
from wardmote_case_management.adapters.postgres import PostgresNewCases, PostgresQueries, PostgresUnitOfWork
from wardmote_case_management.adapters.proof import SHELVES
from wardmote_case_management.application.handlers import Handlers
from wardmote_case_management.entrypoints import grpc_api, http_api, stream
from wardmote_case_management.settings import CaseManagementSettings
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole

SERVICE = "case-management"


def parts(role: ProcessRole, settings: CaseManagementSettings) -> list[Part]:
    """The parts of one process of case-management, in starting order."""
    plumbing = Plumbing.of(SERVICE, settings)
    handlers = Handlers(
        new_cases=PostgresNewCases(plumbing.database, plumbing.outbox), unit_of_work=PostgresUnitOfWork(plumbing.database, plumbing.outbox),
        clock=plumbing.clock, ids=plumbing.ids,
    )  # fmt: skip
    queries = PostgresQueries(plumbing.database)
    api = grpc_api.CaseManagementApi(handlers, queries)
    beside = [plumbing.proofs(SHELVES)]
    served = plumbing.grpc_server(grpc_api.SERVICE, api, add_CaseManagementServiceServicer_to_server, grpc_api.RIGHTS, beside=beside)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "work": [plumbing.dispatcher(stream.work_handlers(handlers, plumbing.tenants))],
        "stream": [plumbing.consumer(stream.SUBSCRIPTIONS)],
        "grpc": [served],
        "http": [plumbing.rest_server(lambda gate: http_api.routes(handlers, queries, gate))],
    }
    return plumbing.parts(role, by_role)
