"""Case-management's composition root: the only file that names its concrete classes together."""

from importlib.metadata import version

import grpc

from wardmote.case_management.v1.case_management_service_pb2_grpc import add_CaseManagementServiceServicer_to_server
from wardmote_case_management.adapters.postgres import PostgresQueries, PostgresUnitOfWork
from wardmote_case_management.application.handlers import Handlers
from wardmote_case_management.entrypoints import grpc_api, http_api, stream
from wardmote_case_management.settings import CaseManagementSettings
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.http_app import Gate, rest_app
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole

SERVICE = "case-management"


def parts(role: ProcessRole, settings: CaseManagementSettings) -> list[Part]:
    """The parts of one process of case-management, in starting order."""
    plumbing = Plumbing.of(SERVICE, settings)
    handlers = Handlers(PostgresUnitOfWork(plumbing.database, plumbing.outbox), plumbing.clock, plumbing.ids)
    queries = PostgresQueries(plumbing.database)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "work": [plumbing.dispatcher(stream.work_handlers(handlers, plumbing.tenants))],
        "stream": [plumbing.consumer(stream.SUBSCRIPTIONS)],
        "grpc": [_grpc(plumbing, handlers, queries)],
        "http": [_http(plumbing, handlers, queries)],
    }
    return plumbing.parts(role, by_role)


def _grpc(plumbing: Plumbing, handlers: Handlers, queries: PostgresQueries) -> GrpcServer:
    api = grpc_api.CaseManagementApi(handlers, queries)
    chain = interceptor_chain(plumbing.telemetry, plumbing.metrics, plumbing.verifier, plumbing.tenants.admit, grpc_api.RIGHTS)

    def add(server: grpc.aio.Server) -> None:
        add_CaseManagementServiceServicer_to_server(api, server)

    return GrpcServer(plumbing.settings.grpc_listen, [grpc_api.SERVICE], add, chain, plumbing.settings.max_request_bytes)


def _http(plumbing: Plumbing, handlers: Handlers, queries: PostgresQueries) -> HttpServer:
    app = rest_app(
        "Wardmote case management", version("wardmote-case-management"), telemetry=plumbing.telemetry, metrics=plumbing.metrics,
        max_bytes=plumbing.settings.max_request_bytes,
    )  # fmt: skip
    app.include_router(http_api.routes(handlers, queries, Gate(plumbing.verifier, plumbing.tenants.admit)))
    return HttpServer(plumbing.settings.http_listen, app)
