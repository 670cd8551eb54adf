"""The gRPC server of a service: the fixed chain of interceptors, health, reflection, and a clean end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from grpc.aio import ServerInterceptor
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from wardmote_runtime.auth import TokenVerifier
from wardmote_runtime.interceptors import (
    Admit,
    DeadlineInterceptor,
    ErrorInterceptor,
    IdentityInterceptor,
    MetricsInterceptor,
    Rights,
    TraceInterceptor,
)
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry

Interceptor: TypeAlias = "ServerInterceptor[Any, Any]"
"""Generic in the stubs alone."""

AddToServer = Callable[[Any, grpc.aio.Server], None]

GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Served:
    """One service of the schemas, as a server takes it."""

    service: str
    """Its full name."""
    api: object
    add: AddToServer
    """The generated function that registers the servicer."""
    rights: Rights


class PortTaken(Exception):
    """Another program listens there. The text says which setting to change."""


def interceptor_chain(telemetry: Telemetry, metrics: Metrics, verifier: TokenVerifier, admit: Admit, rights: Rights) -> list[Interceptor]:
    """The chain around every RPC, outermost first."""
    identity = IdentityInterceptor(verifier, admit, rights)
    return [TraceInterceptor(telemetry), MetricsInterceptor(metrics), ErrorInterceptor(), DeadlineInterceptor(), identity]


class GrpcServer:
    """Serves one service's servicers."""

    def __init__(
        self,
        listen: str,
        services: Sequence[str],
        add: Callable[[grpc.aio.Server], None],
        chain: Sequence[Interceptor],
        max_bytes: int,
    ) -> None:
        """
        Args:
            listen: host:port; port 0 takes a free one, told by :attr:`port` after start.
            services: full names, for health and reflection.
            add: registers the servicers.
            chain: from :func:`interceptor_chain`.
            max_bytes: a larger message is refused.
        """
        self._listen = listen
        self._services = services
        self._add = add
        self._chain = chain
        self._options = [
            ("grpc.max_receive_message_length", max_bytes), ("grpc.so_reuseport", 0), ("grpc.max_connection_age_ms", 300_000),
        ]  # fmt: skip
        self._health = HealthServicer()
        self.port = 0

    async def start(self) -> None:
        """
        Raises:
            PortTaken: somebody else listens there.
        """
        self._server = grpc.aio.server(interceptors=self._chain, options=self._options)
        self._add(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection([*self._services, reflection.SERVICE_NAME], self._server)
        try:
            self.port = self._server.add_insecure_port(self._listen)
        except RuntimeError:
            raise PortTaken(f"Another program listens on {self._listen}. Stop it, or set WARDMOTE_GRPC_LISTEN.") from None
        await self._server.start()
        for service in ["", *self._services]:
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self) -> None:
        """Says it is going, lets calls in flight end, then closes."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(GRACE_SECONDS)
