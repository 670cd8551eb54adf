"""Intake's composition root: the only file that names its concrete classes together."""

from importlib.metadata import version

import grpc

from wardmote.intake.v1.intake_service_pb2_grpc import add_IntakeServiceServicer_to_server
from wardmote_intake.adapters.danger import RuleDangerPass
from wardmote_intake.adapters.postgres import PostgresQueries, PostgresUnitOfWork
from wardmote_intake.adapters.urgent_line import GrpcUrgentLine
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.entrypoints import grpc_api, http_api, stream
from wardmote_intake.settings import IntakeSettings
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.http_app import Gate, rest_app
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole

SERVICE = "intake"


def parts(role: ProcessRole, settings: IntakeSettings) -> list[Part]:
    """The parts of one process of intake, in starting order."""
    plumbing = Plumbing.of(SERVICE, settings)
    notification = plumbing.peer(settings.notification_address)
    handlers = Handlers(
        unit_of_work=PostgresUnitOfWork(plumbing.database, plumbing.outbox, plumbing.sealer),
        danger_pass=RuleDangerPass(RulePass.load()),
        urgent_line=GrpcUrgentLine(notification),
        clock=plumbing.clock,
        ids=plumbing.ids,
    )
    queries = PostgresQueries(plumbing.database)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "work": [plumbing.dispatcher(stream.work_handlers(plumbing.tenants))],
        "stream": [plumbing.consumer(stream.SUBSCRIPTIONS)],
        "grpc": [_grpc(plumbing, handlers, queries)],
        "http": [_http(plumbing, handlers, queries)],
    }
    return plumbing.parts(role, by_role, always=[notification])


def _grpc(plumbing: Plumbing, handlers: Handlers, queries: PostgresQueries) -> GrpcServer:
    api = grpc_api.IntakeApi(handlers, queries)
    chain = interceptor_chain(plumbing.telemetry, plumbing.metrics, plumbing.verifier, plumbing.tenants.admit, grpc_api.RIGHTS)

    def add(server: grpc.aio.Server) -> None:
        add_IntakeServiceServicer_to_server(api, server)

    return GrpcServer(plumbing.settings.grpc_listen, [grpc_api.SERVICE], add, chain, plumbing.settings.max_request_bytes)


def _http(plumbing: Plumbing, handlers: Handlers, queries: PostgresQueries) -> HttpServer:
    app = rest_app(
        "Wardmote intake", version("wardmote-intake"), telemetry=plumbing.telemetry, metrics=plumbing.metrics,
        max_bytes=plumbing.settings.max_request_bytes,
    )  # fmt: skip
    app.include_router(http_api.routes(handlers, queries, Gate(plumbing.verifier, plumbing.tenants.admit)))
    return HttpServer(plumbing.settings.http_listen, app)
