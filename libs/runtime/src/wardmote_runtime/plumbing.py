"""The parts that every service's composition root needs, made once from its settings, and the roles a process can play."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import grpc
import structlog
from fastapi import APIRouter

from wardmote.operations.v1.dead_letter_service_pb2_grpc import add_DeadLetterServiceServicer_to_server
from wardmote_kernel.clock import Clock, SystemClock
from wardmote_kernel.identity import Ids, RandomIds
from wardmote_runtime import dead_letter_api, proof_api
from wardmote_runtime.auth import TokenSigner, TokenVerifier
from wardmote_runtime.consumer import Consumer
from wardmote_runtime.database import Database
from wardmote_runtime.dead_letters import DeadLetters
from wardmote_runtime.dispatcher import Dispatcher, Handler
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.grpc_server import AddToServer, GrpcServer, Served, interceptor_chain
from wardmote_runtime.http_app import Gate, rest_app
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.inbox import Inbox, Subscription
from wardmote_runtime.interceptors import Admit, Rights
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.ops import ops_app
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.proof import PostgresProofs, Shelf, Stage
from wardmote_runtime.relay import Relay
from wardmote_runtime.sealing import FolderKeyring, Sealer
from wardmote_runtime.settings import ServiceSettings
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenant_copy import TenantCopy
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import WorkQueue

ProcessRole = Literal["grpc", "http", "stream", "relay", "work", "all"]
"""grpc and http serve; stream takes events in; work does them; relay sends facts out; all is every one in one process."""


@dataclass(frozen=True, slots=True)
class Plumbing:
    """What a service is built on."""

    service: str
    settings: ServiceSettings
    clock: Clock
    ids: Ids
    metrics: Metrics
    telemetry: Telemetry
    database: Database
    outbox: Outbox
    outbox_wake: Wake
    work_wake: Wake
    queue: WorkQueue
    verifier: TokenVerifier
    signer: TokenSigner
    tenants: TenantCopy
    sealer: Sealer

    @classmethod
    def of(cls, service: str, settings: ServiceSettings) -> "Plumbing":
        """Makes the parts; connects to nothing yet."""
        clock = SystemClock()
        database = Database(
            settings.database_url.get_secret_value(), settings.pipeline_database_url.get_secret_value(),
            settings.relay_database_url.get_secret_value(), settings.database_pool,
        )  # fmt: skip
        outbox_wake = Wake()
        return cls(
            service=service, settings=settings, clock=clock, ids=RandomIds(clock), metrics=Metrics(),
            telemetry=Telemetry.from_settings(service, settings.traces, settings.otlp_endpoint), database=database,
            outbox=Outbox(service, outbox_wake), outbox_wake=outbox_wake, work_wake=Wake(), queue=WorkQueue(database),
            verifier=TokenVerifier.from_file(settings.trusted_issuers_file, clock),
            signer=TokenSigner.from_file(service, settings.signing_key_file, clock),
            tenants=TenantCopy(database), sealer=Sealer(FolderKeyring(settings.keyring_folder)),
        )  # fmt: skip

    def peer(self, address: str) -> Peer:
        """Another service of ours."""
        return Peer(address, self.signer, self.telemetry)

    def relay(self) -> Relay:
        return Relay(self.settings.relay_database_url.get_secret_value(), self.settings.kafka_bootstrap, self.metrics, self.outbox_wake)

    def consumer(self, subscriptions: Sequence[Subscription]) -> Consumer:
        """Takes these topics into the inbox and the work queue."""
        inbox = Inbox(self.database, subscriptions, self.metrics, self.work_wake)
        topics = [subscription.topic for subscription in subscriptions]
        return Consumer(self.service, self.settings.kafka_bootstrap, topics, inbox, self.metrics, self.telemetry)

    def dispatcher(self, handlers: Mapping[str, Handler]) -> Dispatcher:
        """Does the work of these kinds."""
        return Dispatcher(
            self.queue, handlers, concurrency=self.settings.work_concurrency, per_tenant=self.settings.work_per_tenant,
            metrics=self.metrics, telemetry=self.telemetry, wake=self.work_wake,
        )  # fmt: skip

    def grpc_server(
        self, service: str, api: object, add: AddToServer, rights: Rights, admit: Admit | None = None, beside: Sequence[Served] = ()
    ) -> GrpcServer:
        """Serves the RPCs of ``api``, and beside them the operators' dead letters.

        Args:
            service: full name of the schema's service.
            add: the generated function that registers the servicer.
            admit: who lets callers in; None takes this service's copy of the tenants.
            beside: what else is served there.
        """
        dead_letters = dead_letter_api.DeadLetterApi(DeadLetters(self.database, self.work_wake))
        letters = Served(dead_letter_api.SERVICE, dead_letters, add_DeadLetterServiceServicer_to_server, dead_letter_api.RIGHTS)
        all_served = [Served(service, api, add, rights), letters, *beside]
        all_rights = {method: roles for one in all_served for method, roles in one.rights.items()}
        chain = interceptor_chain(self.telemetry, self.metrics, self.verifier, admit or self.tenants.admit, all_rights)

        def add_all(server: grpc.aio.Server) -> None:
            for one in all_served:
                one.add(one.api, server)

        names = [one.service for one in all_served]
        return GrpcServer(self.settings.grpc_listen, names, add_all, chain, self.settings.max_request_bytes)

    def proofs(self, shelves: Mapping[Stage, Shelf]) -> Served:
        """What this service tells of the reports it holds; goes ``beside`` its own RPCs."""
        return proof_api.served(PostgresProofs(self.database, shelves))

    def rest_server(self, routes: Callable[[Gate], APIRouter], admit: Admit | None = None) -> HttpServer:
        """Serves the REST routes that ``routes`` makes behind a gate."""
        app = rest_app(
            f"Wardmote {self.service}", version(f"wardmote-{self.service}"), telemetry=self.telemetry, metrics=self.metrics,
            max_bytes=self.settings.max_request_bytes,
        )  # fmt: skip
        app.include_router(routes(Gate(self.verifier, admit or self.tenants.admit)))
        return HttpServer(self.settings.http_listen, app)

    def parts(self, role: ProcessRole, by_role: Mapping[str, Sequence[Part]], always: Sequence[Part] = ()) -> list[Part]:
        """The parts of one process in starting order.

        Args:
            role: what this process is for.
            by_role: the parts of each role, in the order in which ``all`` starts them.
            always: parts that every role needs, such as peers.
        """
        chosen = [part for name, parts in by_role.items() if role in (name, "all") for part in parts]
        ops = HttpServer(self.settings.ops_listen, ops_app(self.metrics, {"database": self.database.is_ready}), "WARDMOTE_OPS_LISTEN")
        structlog.get_logger("settings").info("Settings.", settings=self.settings.redacted(), role=role)
        return [self.telemetry, self.database, *always, *chosen, ops]
