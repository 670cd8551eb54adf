"""Calls to another service of ours: with a deadline, this service's token for the council, and the trace."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import grpc

from wardmote_runtime.auth import TokenSigner
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import current_tenant

Response = TypeVar("Response")

_RETRY = """{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.05s", "maxBackoff": "0.5s",
"backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}], "loadBalancingConfig": [{"round_robin": {}}]}"""


class Peer:
    """One other service."""

    def __init__(self, address: str, signer: TokenSigner, telemetry: Telemetry) -> None:
        self.channel = grpc.aio.insecure_channel(address, options=[("grpc.service_config", _RETRY), ("grpc.lb_policy_name", "round_robin")])
        self._signer = signer
        self._telemetry = telemetry

    async def call(
        self, method: Callable[..., Awaitable[Response]] | Any, request: Any, *, deadline_s: float, token: str | None = None
    ) -> Response:
        """The answer.

        Args:
            method: of a stub on :attr:`channel`.
            token: of the person this is done for. None: this service's own, for the current council.

        Raises:
            grpc.aio.AioRpcError: with the peer's code; ``rpc_errors.error_of`` reads it.
        """
        bearer = token if token is not None else self._signer.service_token(current_tenant())
        metadata = [("authorization", f"Bearer {bearer}"), *self._telemetry.carrier().items()]
        return cast(Response, await method(request, timeout=deadline_s, metadata=tuple(metadata)))

    async def start(self) -> None:
        """Connects when it is first used."""

    async def stop(self) -> None:
        await self.channel.close(grace=1)
