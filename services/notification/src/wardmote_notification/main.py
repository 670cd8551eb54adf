"""Notification's composition root: the only file that names its concrete classes together."""

from importlib.metadata import version

import grpc

from wardmote.notification.v1.notification_service_pb2_grpc import add_NotificationServiceServicer_to_server
from wardmote_notification.adapters.contacts import TenancyContacts
from wardmote_notification.adapters.listing import PostgresQueries
from wardmote_notification.adapters.measures import PrometheusMeasures
from wardmote_notification.adapters.postgres import PostgresUnitOfWork
from wardmote_notification.adapters.smtp import SmtpMailer
from wardmote_notification.adapters.templates import MailTemplates
from wardmote_notification.application.delivery import Delivery
from wardmote_notification.application.handlers import Handlers
from wardmote_notification.entrypoints import grpc_api, http_api, stream, work
from wardmote_notification.settings import NotificationSettings
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.http_app import Gate, rest_app
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole

SERVICE = "notification"


def parts(role: ProcessRole, settings: NotificationSettings) -> list[Part]:
    """The parts of one process of notification, in starting order."""
    plumbing = Plumbing.of(SERVICE, settings)
    tenancy = plumbing.peer(settings.tenancy_address)
    unit_of_work = PostgresUnitOfWork(plumbing.database, plumbing.outbox, plumbing.sealer, plumbing.work_wake)
    handlers = Handlers(unit_of_work, plumbing.clock, plumbing.ids)
    delivery = Delivery(
        unit_of_work=unit_of_work,
        contacts=TenancyContacts(tenancy),
        templates=MailTemplates.load(settings.console_url),
        mailer=SmtpMailer(settings.smtp_host, settings.smtp_port, settings.mail_from, plumbing.clock),
        clock=plumbing.clock,
        ids=plumbing.ids,
    )
    queries = PostgresQueries(plumbing.database)
    measures = PrometheusMeasures(plumbing.metrics.registry)
    facts, jobs = stream.Stream(handlers, plumbing.tenants, measures), work.Jobs(delivery, measures)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "work": [plumbing.dispatcher({**facts.work_handlers(), **jobs.work_handlers()})],
        "stream": [plumbing.consumer(stream.SUBSCRIPTIONS)],
        "grpc": [_grpc(plumbing, grpc_api.NotificationApi(handlers, queries, measures))],
        "http": [_http(plumbing, queries)],
    }
    return plumbing.parts(role, by_role, always=[tenancy])


def _grpc(plumbing: Plumbing, api: grpc_api.NotificationApi) -> GrpcServer:
    chain = interceptor_chain(plumbing.telemetry, plumbing.metrics, plumbing.verifier, plumbing.tenants.admit, grpc_api.RIGHTS)

    def add(server: grpc.aio.Server) -> None:
        add_NotificationServiceServicer_to_server(api, server)

    return GrpcServer(plumbing.settings.grpc_listen, [grpc_api.SERVICE], add, chain, plumbing.settings.max_request_bytes)


def _http(plumbing: Plumbing, queries: PostgresQueries) -> HttpServer:
    app = rest_app(
        "Wardmote notification", version("wardmote-notification"), telemetry=plumbing.telemetry, metrics=plumbing.metrics,
        max_bytes=plumbing.settings.max_request_bytes,
    )  # fmt: skip
    app.include_router(http_api.routes(queries, Gate(plumbing.verifier, plumbing.tenants.admit)))
    return HttpServer(plumbing.settings.http_listen, app)
