"""What the services on a report's way hold of the current council: their ProofService."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from wardmote.operations.v1 import proof_service_pb2 as wire
from wardmote.operations.v1.proof_service_pb2_grpc import ProofServiceStub
from wardmote_contracts.topics import INCIDENT_URGENT
from wardmote_kernel.errors import NotFound, Unauthenticated, Unavailable
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.rpc_errors import error_of
from wardmote_tenancy.application.ports import ReceiptPage
from wardmote_tenancy.domain.proof import Backlog, Delivery, InCase, Receipt, ServiceName, StopPlace, Told, Track

RECEIPTS_AT_ONCE = 1000
_IDS_AT_ONCE = 1000
_DEADLINE_SECONDS = 5.0

_PLACES = {
    wire.HELD_STATE_OUTBOX: StopPlace.OUTBOX,
    wire.HELD_STATE_WORK: StopPlace.WORK,
    wire.HELD_STATE_PARKED: StopPlace.PARKED,
    wire.HELD_STATE_DEAD_LETTER: StopPlace.DEAD_LETTER,
}
_DELIVERIES = {
    wire.HELD_STATE_UNDELIVERED: Delivery.UNDELIVERED,
    wire.HELD_STATE_DELIVERED: Delivery.DELIVERED,
    wire.HELD_STATE_FAILED: Delivery.FAILED,
}


def _due(one: wire.Held) -> datetime | None:
    return one.due_at.ToDatetime(UTC) if one.HasField("due_at") else None


class GrpcReportWay:
    """Asks each service, in this service's own name and for the current council."""

    def __init__(self, peers: Mapping[ServiceName, Peer]) -> None:
        self._peers = peers
        self._stubs: dict[ServiceName, Any] = {service: ProofServiceStub(peer.channel) for service, peer in peers.items()}

    async def receipts(self, since: datetime, cursor: str) -> ReceiptPage:
        stamp = Timestamp()
        stamp.FromDatetime(since)
        request = wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED, since=stamp, cursor=cursor, limit=RECEIPTS_AT_ONCE)
        answer: wire.ListHeldResponse = await self._call(ServiceName.INTAKE, "ListHeld", request)
        receipts = [Receipt(UUID(one.incident_id), one.at.ToDatetime(UTC)) for one in answer.held]
        return ReceiptPage(receipts, answer.next_cursor)

    async def assessed(self, incident_ids: Sequence[UUID]) -> set[UUID]:
        held = self._held(ServiceName.CLASSIFICATION, wire.HELD_STAGE_ASSESSED, incident_ids)
        return {UUID(one.incident_id) async for one in held}

    async def in_cases(self, incident_ids: Sequence[UUID]) -> list[InCase]:
        held = self._held(ServiceName.CASE_MANAGEMENT, wire.HELD_STAGE_IN_CASE, incident_ids)
        return [InCase(UUID(one.incident_id), UUID(one.case_id)) async for one in held]

    async def told(self, case_ids: Sequence[UUID]) -> list[Told]:
        held = self._held(ServiceName.NOTIFICATION, wire.HELD_STAGE_NOTIFIED, case_ids)
        return [
            Told(UUID(one.notification_id), UUID(one.case_id), UUID(one.person_id), _DELIVERIES[one.state])
            async for one in held
            if one.state in _DELIVERIES
        ]

    async def has_case_workers(self) -> bool:
        request = wire.ListHeldRequest(stage=wire.HELD_STAGE_CASE_WORKER, limit=1)
        answer: wire.ListHeldResponse = await self._call(ServiceName.NOTIFICATION, "ListHeld", request)
        return bool(answer.held)

    async def tracks(self, service: ServiceName, about_ids: Sequence[UUID]) -> list[Track]:
        held = self._held(service, wire.HELD_STAGE_WAITING, about_ids)
        # The urgent signal has the incident's key too, and a way of its own.
        return [
            Track(service, UUID(one.aggregate_id), _PLACES[one.state], one.reason, _due(one))
            async for one in held
            if one.state in _PLACES and one.aggregate_id and one.kind != INCIDENT_URGENT.name
        ]

    async def backlog(self, service: ServiceName) -> Backlog:
        answer: wire.CountWaitingResponse = await self._call(service, "CountWaiting", wire.CountWaitingRequest())
        counts = {_PLACES[one.state]: one.count for one in answer.counts if one.state in _PLACES}
        times = [one.oldest_at.ToDatetime(UTC) for one in answer.counts if one.HasField("oldest_at")]
        return Backlog(service, counts, min(times, default=None))

    async def _held(self, service: ServiceName, stage: "wire.HeldStage.ValueType", ids: Sequence[UUID]) -> AsyncIterator[wire.Held]:
        """What is about these, page by page; nothing is asked about nothing."""
        for first in range(0, len(ids), _IDS_AT_ONCE):
            request = wire.ListHeldRequest(stage=stage, ids=[str(one) for one in ids[first : first + _IDS_AT_ONCE]])
            while True:
                answer: wire.ListHeldResponse = await self._call(service, "ListHeld", request)
                for one in answer.held:
                    yield one
                if not answer.next_cursor:
                    break
                request.cursor = answer.next_cursor

    async def _call(self, service: ServiceName, method: str, request: Any) -> Any:
        try:
            return await self._peers[service].call(getattr(self._stubs[service], method), request, deadline_s=_DEADLINE_SECONDS)
        except grpc.aio.AioRpcError as fault:
            error = error_of(fault)
            if isinstance(error, Unavailable):
                raise Unavailable(f"{service} does not answer now. Try again.") from None
            if isinstance(error, Unauthenticated):
                raise NotFound(f"{service} does not know this council. If it has just come aboard, try again in a few seconds.") from None
            raise error from None
