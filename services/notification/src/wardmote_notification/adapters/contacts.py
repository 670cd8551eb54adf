"""Contacts at sending time: tenancy's BatchGetContacts, and for a minute what it answered."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from uuid import UUID

import grpc

from wardmote.tenancy.v1.tenancy_service_pb2 import BatchGetContactsRequest, BatchGetContactsResponse
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from wardmote_kernel.errors import Unavailable
from wardmote_kernel.identity import TenantId
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.tenancy import current_tenant

_DEADLINE_SECONDS = 1.0
"""A page waits for it; then the sealed copy is used."""

RECENT_SECONDS = 60.0
"""A new address is no fact (tenancy's README), so it is used so much later at most. Who leaves or has other roles is known by a fact."""

MOST_RECENT = 10_000
"""Answers remembered, at most; the oldest is forgotten first."""


class TenancyContacts:
    """Asks tenancy, once a minute for each person of a council. Nothing of it is written down."""

    def __init__(self, peer: Peer, seconds: Callable[[], float] = monotonic) -> None:
        self._peer = peer
        self._stub = TenancyServiceStub(peer.channel)
        self._seconds = seconds
        self._recent: OrderedDict[tuple[TenantId, UUID], tuple[float, str]] = OrderedDict()
        """The council is in the key: two councils may have given their people one id."""

    def recent(self, person_id: UUID) -> str | None:
        told = self._recent.get((current_tenant(), person_id))
        if told is None or self._seconds() - told[0] >= RECENT_SECONDS:
            return None
        return told[1]

    def forget(self, person_id: UUID) -> None:
        self._recent.pop((current_tenant(), person_id), None)

    async def current(self, person_id: UUID) -> str | None:
        contact = await self._ask(person_id)
        self.forget(person_id)
        if contact is not None:  # That somebody has none yet is not remembered: the page that asks next must not end by it.
            self._recent[current_tenant(), person_id] = (self._seconds(), contact)
        if len(self._recent) > MOST_RECENT:
            self._recent.popitem(last=False)
        return contact

    async def _ask(self, person_id: UUID) -> str | None:
        request = BatchGetContactsRequest(person_ids=[str(person_id)])
        try:
            answer: BatchGetContactsResponse = await self._peer.call(self._stub.BatchGetContacts, request, deadline_s=_DEADLINE_SECONDS)
        except grpc.aio.AioRpcError:  # Whatever the code: who is to be paged must not depend on tenancy's health.
            raise Unavailable("Tenancy does not tell contacts now.") from None
        return next((contact.email for contact in answer.contacts if contact.person_id == str(person_id) and contact.email), None)
