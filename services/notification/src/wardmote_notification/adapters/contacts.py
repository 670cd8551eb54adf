"""Contacts at sending time: tenancy's BatchGetContacts."""

from uuid import UUID

import grpc

from wardmote.tenancy.v1.tenancy_service_pb2 import BatchGetContactsRequest, BatchGetContactsResponse
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from wardmote_kernel.errors import Unavailable
from wardmote_runtime.grpc_channel import Peer

_DEADLINE_SECONDS = 1.0
"""A page waits for it; then the sealed copy is used."""


class TenancyContacts:
    """Asks tenancy."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = TenancyServiceStub(peer.channel)

    async def current(self, person_id: UUID) -> str | None:
        request = BatchGetContactsRequest(person_ids=[str(person_id)])
        try:
            answer: BatchGetContactsResponse = await self._peer.call(self._stub.BatchGetContacts, request, deadline_s=_DEADLINE_SECONDS)
        except grpc.aio.AioRpcError:  # Whatever the code: who is to be paged must not depend on tenancy's health.
            raise Unavailable("Tenancy does not tell contacts now.") from None
        return next((contact.email for contact in answer.contacts if contact.person_id == str(person_id) and contact.email), None)
