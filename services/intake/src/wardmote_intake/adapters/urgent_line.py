"""The first urgent path: notification's RaiseUrgentSignal."""

import grpc
import structlog

from wardmote.notification.v1.notification_service_pb2 import RaiseUrgentSignalRequest, RaiseUrgentSignalResponse
from wardmote.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from wardmote_intake.domain.events import UrgentSignalRaised
from wardmote_runtime.grpc_channel import Peer

_DEADLINE_SECONDS = 1.5
"""The reporter waits for it. The outbox carries the signal all the same, so a slow answer is not waited out."""


class GrpcUrgentLine:
    """Calls notification."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = NotificationServiceStub(peer.channel)
        self._log = structlog.get_logger("urgent-line")

    async def raise_signal(self, signal: UrgentSignalRaised) -> bool:
        request = RaiseUrgentSignalRequest(
            signal_id=str(signal.signal_id),
            incident_id=str(signal.incident_id),
            reference=signal.reference,
            reason_codes=signal.reason_codes,
        )
        try:
            answer: RaiseUrgentSignalResponse = await self._peer.call(self._stub.RaiseUrgentSignal, request, deadline_s=_DEADLINE_SECONDS)
        except grpc.aio.AioRpcError as fault:
            self._log.warning("The straight urgent path failed; the outbox carries the signal.", code=fault.code().name)
            return False
        return answer.is_first
