"""Tenancy's composition root: the only file that names its concrete classes together."""

from datetime import timedelta

from wardmote.tenancy.v1.tenancy_service_pb2_grpc import add_TenancyServiceServicer_to_server
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole
from wardmote_runtime.repeating import Repeating
from wardmote_tenancy.adapters.admission import Admission
from wardmote_tenancy.adapters.key_signer import TokenKeySigner
from wardmote_tenancy.adapters.measures import PrometheusProofMeasures
from wardmote_tenancy.adapters.postgres import PostgresUnitOfWork
from wardmote_tenancy.adapters.postgres_queries import PostgresQueries
from wardmote_tenancy.adapters.report_way import GrpcReportWay
from wardmote_tenancy.application.handlers import Handlers
from wardmote_tenancy.application.reconcile import Reconciler
from wardmote_tenancy.domain.proof import ServiceName
from wardmote_tenancy.entrypoints import grpc_api, http_api
from wardmote_tenancy.entrypoints.work import ReconcileRound
from wardmote_tenancy.settings import TenancySettings

SERVICE = "tenancy"


def parts(role: ProcessRole, settings: TenancySettings) -> list[Part]:
    """The parts of one process of tenancy, in starting order. It takes no topic in, so it has no stream."""
    plumbing = Plumbing.of(SERVICE, settings)
    handlers = Handlers(
        unit_of_work=PostgresUnitOfWork(plumbing.database, plumbing.outbox, plumbing.sealer),
        key_signer=TokenKeySigner(plumbing.signer),
        clock=plumbing.clock,
        ids=plumbing.ids,
    )
    queries = PostgresQueries(plumbing.database, plumbing.sealer)
    admission = Admission(plumbing.database)
    peers = {service: plumbing.peer(address) for service, address in addresses_of(settings).items()}
    reconciler = Reconciler(GrpcReportWay(peers), plumbing.clock, timedelta(seconds=settings.reconcile_grace_seconds))
    api = grpc_api.TenancyApi(handlers, queries, reconciler)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "grpc": [plumbing.grpc_server(grpc_api.SERVICE, api, add_TenancyServiceServicer_to_server, grpc_api.RIGHTS, admission.admit)],
        "http": [plumbing.rest_server(lambda gate: http_api.routes(handlers, queries, gate), admission.admit)],
    }
    if role in ("work", "all"):  # Its gauges say 0 from the start, which a process that never looks must not say.
        look = ReconcileRound(queries, reconciler, PrometheusProofMeasures(plumbing.metrics.registry), plumbing.clock)
        by_role["work"] = [Repeating("reconcile", settings.reconcile_seconds, look)]
    return plumbing.parts(role, by_role, always=[*peers.values()])


def addresses_of(settings: TenancySettings) -> dict[ServiceName, str]:
    """Where the services on a report's way answer."""
    return {
        ServiceName.INTAKE: settings.intake_address,
        ServiceName.CLASSIFICATION: settings.classification_address,
        ServiceName.CASE_MANAGEMENT: settings.case_management_address,
        ServiceName.NOTIFICATION: settings.notification_address,
    }
