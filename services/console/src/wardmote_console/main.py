"""The console's composition root: the only file that names its concrete classes together."""

import structlog

from wardmote_console.adapters.calls import Tokens
from wardmote_console.adapters.clients import GrpcAssessments, GrpcCases, GrpcNotices, GrpcReports
from wardmote_console.adapters.councils import GrpcCouncils
from wardmote_console.adapters.oidc import OidcProviders, secrets_from
from wardmote_console.adapters.sessions import PostgresSessions
from wardmote_console.adapters.stamps import HmacStamps
from wardmote_console.application.sign_in import SignIn
from wardmote_console.entrypoints.app import Parts, pages_app
from wardmote_console.settings import ConsoleSettings
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import RandomIds
from wardmote_runtime.auth import TokenSigner
from wardmote_runtime.database import Database
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.ops import ops_app
from wardmote_runtime.plumbing import ProcessRole
from wardmote_runtime.telemetry import Telemetry

SERVICE = "console"


def parts(role: ProcessRole, settings: ConsoleSettings) -> list[Part]:
    """The parts of the console's one kind of process, in starting order. It can play ``http`` alone; ``all`` is the same."""
    clock, metrics = SystemClock(), Metrics()
    telemetry = Telemetry.from_settings(SERVICE, settings.traces, settings.otlp_endpoint)
    signer = TokenSigner.from_file(SERVICE, settings.signing_key_file, clock)
    url = settings.database_url.get_secret_value()
    database = Database(url, url, url, settings.database_pool)  # One login: there is no bus here, so no inbox and no outbox.
    addresses = (
        settings.tenancy_address, settings.intake_address, settings.case_management_address, settings.classification_address,
        settings.notification_address,
    )  # fmt: skip
    peers = [Peer(address, signer, telemetry) for address in addresses]
    tenancy, intake, case_management, classification, notification = peers
    tokens = Tokens(signer)
    providers = OidcProviders(settings.public_url, clock, secrets_from(settings.oidc_client_secrets_file))
    app = pages_app(
        Parts(
            councils=GrpcCouncils(tenancy, tokens, clock),
            reports=GrpcReports(intake, tokens),
            cases=GrpcCases(case_management, tokens),
            assessments=GrpcAssessments(classification, tokens),
            notices=GrpcNotices(notification, tokens),
            sign_in=SignIn(providers, PostgresSessions(database), clock),
            stamps=HmacStamps.from_signing_key(settings.signing_key_file, clock),
            clock=clock,
            ids=RandomIds(clock),
        ),
        public_url=settings.public_url, telemetry=telemetry, metrics=metrics, max_bytes=settings.max_request_bytes,
    )  # fmt: skip
    pages = HttpServer(settings.http_listen, app)
    ops = HttpServer(settings.ops_listen, ops_app(metrics, {"database": database.is_ready}), "WARDMOTE_OPS_LISTEN")
    structlog.get_logger("settings").info("Settings.", settings=settings.redacted(), role=role)
    return [telemetry, database, *peers, pages, ops]
