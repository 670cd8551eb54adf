"""Tenancy's composition root: the only file that names its concrete classes together."""

from wardmote.tenancy.v1.tenancy_service_pb2_grpc import add_TenancyServiceServicer_to_server
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole
from wardmote_tenancy.adapters.admission import Admission
from wardmote_tenancy.adapters.key_signer import TokenKeySigner
from wardmote_tenancy.adapters.postgres import PostgresUnitOfWork
from wardmote_tenancy.adapters.postgres_queries import PostgresQueries
from wardmote_tenancy.application.handlers import Handlers
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
    api = grpc_api.TenancyApi(handlers, queries)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "grpc": [plumbing.grpc_server(grpc_api.SERVICE, api, add_TenancyServiceServicer_to_server, grpc_api.RIGHTS, admission.admit)],
        "http": [plumbing.rest_server(lambda gate: http_api.routes(handlers, queries, gate), admission.admit)],
    }
    return plumbing.parts(role, by_role)
