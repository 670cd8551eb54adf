"""Intake's composition root: the only file that names its concrete classes together."""

from wardmote.intake.v1.intake_service_pb2_grpc import add_IntakeServiceServicer_to_server
from wardmote_intake.adapters.danger import RuleDangerPass
from wardmote_intake.adapters.postgres import PostgresQueries, PostgresReports, PostgresUnitOfWork
from wardmote_intake.adapters.proof import SHELVES
from wardmote_intake.adapters.turns import CouncilTurns
from wardmote_intake.adapters.urgent_line import GrpcUrgentLine
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.entrypoints import grpc_api, http_api, stream
from wardmote_intake.settings import IntakeSettings
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole

SERVICE = "intake"


def parts(role: ProcessRole, settings: IntakeSettings) -> list[Part]:
    """The parts of one process of intake, in starting order."""
    plumbing = Plumbing.of(SERVICE, settings)
    notification = plumbing.peer(settings.notification_address)
    handlers = Handlers(
        reports=PostgresReports(plumbing.database, plumbing.outbox, plumbing.sealer),
        unit_of_work=PostgresUnitOfWork(plumbing.database, plumbing.sealer),
        danger_pass=RuleDangerPass(RulePass.load()),
        urgent_line=GrpcUrgentLine(notification),
        turns=CouncilTurns(plumbing.tenants.reports_per_minute, plumbing.clock),
        clock=plumbing.clock,
        ids=plumbing.ids,
    )
    queries = PostgresQueries(plumbing.database)
    api = grpc_api.IntakeApi(handlers, queries, plumbing.telemetry)
    beside = [plumbing.proofs(SHELVES)]
    served = plumbing.grpc_server(grpc_api.SERVICE, api, add_IntakeServiceServicer_to_server, grpc_api.RIGHTS, beside=beside)
    by_role: dict[str, list[Part]] = {
        "relay": [plumbing.relay()],
        "work": [plumbing.dispatcher(stream.work_handlers(plumbing.tenants))],
        "stream": [plumbing.consumer(stream.SUBSCRIPTIONS)],
        "grpc": [served],
        "http": [plumbing.rest_server(lambda gate: http_api.routes(handlers, queries, gate))],
    }
    return plumbing.parts(role, by_role, always=[notification])
