"""Tenancy's composition root: the only file that names its concrete classes together."""

from importlib.metadata import version

import grpc

from wardmote.tenancy.v1.tenancy_service_pb2_grpc import add_TenancyServiceServicer_to_server
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.http_app import Gate, rest_app
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole
from wardmote_tenancy.adapters.admission import Admission
from wardmote_tenancy.adapters.key_signer import TokenKeySigner
from wardmote_tenancy.adapters.postgres import PostgresUnitOfWork
from wardmote_tenancy.adapters.postgres_queries import PostgresQueries
from wardmote_tenancy.application.handlers import Handlers
from wardmote_tenancy.application.queries import Queries
from wardmote_tenancy.entrypoints import grpc_api, http_api
from wardmote_tenancy.settings import TenancySettings

SERVICE = "tenancy"


def parts(role: ProcessRole, settings: TenancySettings) -> list[Part]:
    """The parts of one process of tenancy, in starting order. It takes no topic in, so it has neither stream nor work."""
    plumbing = Plumbing.of(SERVICE, settings)
    handlers = Handlers(
        unit_of_work=PostgresUnitOfWork(plumbing.database, plumbing.outbox, plumbing.sealer),
        key_signer=TokenKeySigner(plumbing.signer),
        clock=plumbing.clock,
        ids=plumbing.ids,
    )
    queries = PostgresQueries(plumbing.database, plumbing.sealer)
    admission = Admission(plumbing.database)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "grpc": [_grpc(plumbing, handlers, queries, admission)],
        "http": [_http(plumbing, handlers, queries, admission)],
    }
    return plumbing.parts(role, by_role)


def _grpc(plumbing: Plumbing, handlers: Handlers, queries: Queries, admission: Admission) -> GrpcServer:
    api = grpc_api.TenancyApi(handlers, queries)
    chain = interceptor_chain(plumbing.telemetry, plumbing.metrics, plumbing.verifier, admission.admit, grpc_api.RIGHTS)

    def add(server: grpc.aio.Server) -> None:
        add_TenancyServiceServicer_to_server(api, server)

    return GrpcServer(plumbing.settings.grpc_listen, [grpc_api.SERVICE], add, chain, plumbing.settings.max_request_bytes)


def _http(plumbing: Plumbing, handlers: Handlers, queries: Queries, admission: Admission) -> HttpServer:
    app = rest_app(
        "Wardmote tenancy", version("wardmote-tenancy"), telemetry=plumbing.telemetry, metrics=plumbing.metrics,
        max_bytes=plumbing.settings.max_request_bytes,
    )  # fmt: skip
    app.include_router(http_api.routes(handlers, queries, Gate(plumbing.verifier, admission.admit)))
    return HttpServer(plumbing.settings.http_listen, app)
