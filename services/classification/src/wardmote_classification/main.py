"""Classification's composition root: the only file that names its concrete classes together."""

from importlib.metadata import version

import grpc

from wardmote.classification.v1.classification_service_pb2_grpc import add_ClassificationServiceServicer_to_server
from wardmote_classification.adapters.item_texts import GrpcItemTexts
from wardmote_classification.adapters.postgres import PostgresQueries, PostgresUnitOfWork
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.application.handlers import Handlers
from wardmote_classification.application.preview import Preview
from wardmote_classification.entrypoints import grpc_api, http_api, stream
from wardmote_classification.settings import ClassificationSettings
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.http_app import Gate, rest_app
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole

SERVICE = "classification"


def parts(role: ProcessRole, settings: ClassificationSettings) -> list[Part]:
    """The parts of one process of classification, in starting order."""
    plumbing = Plumbing.of(SERVICE, settings)
    intake = plumbing.peer(settings.intake_address)
    assessor = RuleAssessor(RulePass.load())
    handlers = Handlers(
        unit_of_work=PostgresUnitOfWork(plumbing.database, plumbing.outbox),
        item_texts=GrpcItemTexts(intake),
        assessor=assessor,
        clock=plumbing.clock,
        ids=plumbing.ids,
    )
    preview, queries = Preview(assessor), PostgresQueries(plumbing.database)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "work": [plumbing.dispatcher(stream.work_handlers(handlers, plumbing.tenants))],
        "stream": [plumbing.consumer(stream.SUBSCRIPTIONS)],
        "grpc": [_grpc(plumbing, preview, queries)],
        "http": [_http(plumbing, preview, queries)],
    }
    return plumbing.parts(role, by_role, always=[intake])


def _grpc(plumbing: Plumbing, preview: Preview, queries: PostgresQueries) -> GrpcServer:
    api = grpc_api.ClassificationApi(preview, queries)
    chain = interceptor_chain(plumbing.telemetry, plumbing.metrics, plumbing.verifier, plumbing.tenants.admit, grpc_api.RIGHTS)

    def add(server: grpc.aio.Server) -> None:
        add_ClassificationServiceServicer_to_server(api, server)

    return GrpcServer(plumbing.settings.grpc_listen, [grpc_api.SERVICE], add, chain, plumbing.settings.max_request_bytes)


def _http(plumbing: Plumbing, preview: Preview, queries: PostgresQueries) -> HttpServer:
    app = rest_app(
        "Wardmote classification", version("wardmote-classification"), telemetry=plumbing.telemetry, metrics=plumbing.metrics,
        max_bytes=plumbing.settings.max_request_bytes,
    )  # fmt: skip
    app.include_router(http_api.routes(preview, queries, Gate(plumbing.verifier, plumbing.tenants.admit)))
    return HttpServer(plumbing.settings.http_listen, app)
