"""The words of items: intake's BatchGetItemText. The one call upstream (architecture.md §2)."""

from collections.abc import Sequence
from uuid import UUID

import grpc

from wardmote.intake.v1.intake_service_pb2 import (
    READING_PURPOSE_ASSESSMENT,
    BatchGetItemTextRequest,
    BatchGetItemTextResponse,
)
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub
from wardmote_kernel.errors import Invalid, Unavailable
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.rpc_errors import error_of

_DEADLINE_SECONDS = 2.0


class GrpcItemTexts:
    """Asks intake."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = IntakeServiceStub(peer.channel)

    async def read(self, item_ids: Sequence[UUID]) -> list[str]:
        request = BatchGetItemTextRequest(item_ids=[str(item_id) for item_id in item_ids], purpose=READING_PURPOSE_ASSESSMENT)
        try:
            answer: BatchGetItemTextResponse = await self._peer.call(self._stub.BatchGetItemText, request, deadline_s=_DEADLINE_SECONDS)
        except grpc.aio.AioRpcError as fault:
            raise _broken_rule(fault) from None
        texts = {item.item_id: item.text for item in answer.items}
        if not texts.keys() >= set(request.item_ids):
            raise Unavailable("Intake does not have all of the incident's items. Trying again helps once it has.")
        return [texts[item_id] for item_id in request.item_ids]


def _broken_rule(fault: grpc.aio.AioRpcError) -> Invalid | Unavailable:
    """Only a wrong request is given up on. Whatever else intake refuses, such as a council that is suspended for now, may be put
    right, and a report must not be lost over it."""
    error = error_of(fault)
    return error if isinstance(error, Invalid) else Unavailable(f"Intake did not give the words: {fault.code().name}.")
