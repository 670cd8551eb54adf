"""Notification's composition root: the only file that names its concrete classes together."""

from wardmote.notification.v1.notification_service_pb2_grpc import add_NotificationServiceServicer_to_server
from wardmote_notification.adapters.contacts import TenancyContacts
from wardmote_notification.adapters.listing import PostgresQueries
from wardmote_notification.adapters.measures import PrometheusMeasures
from wardmote_notification.adapters.postgres import PostgresUnitOfWork
from wardmote_notification.adapters.proof import SHELVES
from wardmote_notification.adapters.smtp import SmtpMailer
from wardmote_notification.adapters.templates import MailTemplates
from wardmote_notification.application.delivery import Delivery
from wardmote_notification.application.handlers import Handlers
from wardmote_notification.entrypoints import grpc_api, http_api, stream, work
from wardmote_notification.settings import NotificationSettings
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole

SERVICE = "notification"


def parts(role: ProcessRole, settings: NotificationSettings) -> list[Part]:
    """The parts of one process of notification, in starting order."""
    plumbing = Plumbing.of(SERVICE, settings)
    tenancy = plumbing.peer(settings.tenancy_address)
    unit_of_work = PostgresUnitOfWork(plumbing.database, plumbing.outbox, plumbing.sealer, plumbing.work_wake)
    roster_work = PostgresUnitOfWork(plumbing.database, plumbing.outbox, plumbing.sealer, plumbing.work_wake, is_alone=True)
    contacts = TenancyContacts(tenancy)
    mailer = SmtpMailer(settings.smtp_host, settings.smtp_port, settings.mail_from, plumbing.clock)
    handlers = Handlers(unit_of_work, roster_work, contacts, plumbing.clock, plumbing.ids)
    delivery = Delivery(
        unit_of_work=unit_of_work,
        contacts=contacts,
        templates=MailTemplates.load(settings.console_url),
        mailer=mailer,
        clock=plumbing.clock,
        ids=plumbing.ids,
    )
    queries = PostgresQueries(plumbing.database)
    measures = PrometheusMeasures(plumbing.metrics.registry)
    facts, jobs = stream.Stream(handlers, plumbing.tenants, measures), work.Jobs(delivery, measures)
    api = grpc_api.NotificationApi(handlers, queries, measures)
    beside = [plumbing.proofs(SHELVES)]
    served = plumbing.grpc_server(grpc_api.SERVICE, api, add_NotificationServiceServicer_to_server, grpc_api.RIGHTS, beside=beside)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "work": [mailer, plumbing.dispatcher({**facts.work_handlers(), **jobs.work_handlers()})],
        "stream": [plumbing.consumer(stream.SUBSCRIPTIONS)],
        "grpc": [served],
        "http": [plumbing.rest_server(lambda gate: http_api.routes(queries, gate))],
    }
    return plumbing.parts(role, by_role, always=[tenancy])
