"""The councils, asked of tenancy and remembered: a report must be takeable while tenancy is away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wardmote.tenancy.v1 import tenancy_service_pb2 as tenancy_wire
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from wardmote_console.adapters.calls import Tokens, call
from wardmote_console.adapters.wire import council_of
from wardmote_console.application.council import Council
from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import NotFound, Unavailable
from wardmote_runtime.grpc_channel import Peer

FRESH = timedelta(seconds=10)
"""A council that was suspended, or whose settings changed, is seen as it is at most this much later."""

KEPT = timedelta(hours=12)
"""How long the last answer serves while tenancy does not answer. Intake refuses a suspended council by itself."""

MOST = 2_000
"""Councils remembered at once. The United Kingdom has fewer."""

_LOOK_UP_SECONDS = 2.0
"""Every page waits for it when the memory is old."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    council: Council
    at: datetime


class GrpcCouncils:
    """Tenancy, with a memory. Only good answers are remembered, so nobody can fill it with made-up addresses."""

    def __init__(self, peer: Peer, tokens: Tokens, clock: Clock) -> None:
        self._peer = peer
        self._tokens = tokens
        self._clock = clock
        self._stub = TenancyServiceStub(peer.channel)
        self._memory: dict[str, _Remembered] = {}

    async def by_slug(self, slug: str) -> Council:
        now = self._clock.now()
        remembered = self._memory.get(slug)
        if remembered is not None and now - remembered.at < FRESH:
            return remembered.council
        try:
            council = await self._ask(slug)
        except Unavailable:
            if remembered is not None and now - remembered.at < KEPT:
                return remembered.council
            raise
        except NotFound:
            self._memory.pop(slug, None)
            raise
        self._remember(slug, council, now)
        return council

    def remembered(self, slug: str) -> Council | None:
        remembered = self._memory.get(slug)
        return remembered.council if remembered is not None else None

    async def _ask(self, slug: str) -> Council:
        request = tenancy_wire.GetTenantBySlugRequest(slug=slug)
        answer: tenancy_wire.GetTenantBySlugResponse = await call(
            self._peer, self._stub.GetTenantBySlug, request, self._tokens.of_console(), _LOOK_UP_SECONDS
        )
        return council_of(answer.tenant)

    def _remember(self, slug: str, council: Council, now: datetime) -> None:
        if len(self._memory) >= MOST and slug not in self._memory:
            self._memory.pop(next(iter(self._memory)))
        self._memory[slug] = _Remembered(council, now)
