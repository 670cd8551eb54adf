"""The RPCs by which operators work dead letters; added to the gRPC server of every service that takes events in."""

from typing import Any
from uuid import UUID

from wardmote.operations.v1 import dead_letter_service_pb2 as wire
from wardmote.operations.v1.dead_letter_service_pb2_grpc import DeadLetterServiceServicer
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import parse_id
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.dead_letters import DeadLetter, DeadLetters
from wardmote_runtime.interceptors import Rights
from wardmote_runtime.pages import from_cursor, page_size, to_cursor
from wardmote_runtime.wire_values import stamp_of

SERVICE = "wardmote.operations.v1.DeadLetterService"

RIGHTS: Rights = {
    f"/{SERVICE}/{method}": frozenset({Role.OPERATOR})
    for method in ("ListDeadLetters", "GetDeadLetter", "ReplayDeadLetters", "ReleaseDeadLetter")
}


class DeadLetterApi(DeadLetterServiceServicer):
    """The gRPC face of the dead letters."""

    def __init__(self, dead_letters: DeadLetters) -> None:
        self._dead_letters = dead_letters

    async def ListDeadLetters(self, request: wire.ListDeadLettersRequest, context: Any) -> wire.ListDeadLettersResponse:  # noqa: N802
        size, place = page_size(request.limit), from_cursor(request.cursor, 1)
        if place is not None and not place[0].isdecimal():
            raise Invalid(Violation("cursor", "Send the next_cursor of the page before, unchanged."))
        found = await self._dead_letters.list(size + 1, int(place[0]) if place else 0)
        more = to_cursor(str(found[size - 1].seq)) if len(found) > size else ""
        return wire.ListDeadLettersResponse(dead_letters=[_to_wire(one) for one in found[:size]], next_cursor=more)

    async def GetDeadLetter(self, request: wire.GetDeadLetterRequest, context: Any) -> wire.GetDeadLetterResponse:  # noqa: N802
        shown = await self._dead_letters.show(_event_id(request.event_id))
        parked = [wire.ParkedWork(event_id=str(one.event_id), kind=one.kind, fact=one.fact) for one in shown.parked]
        return wire.GetDeadLetterResponse(
            dead_letter=_to_wire(shown.dead_letter), source=shown.source or "", occurred_at=shown.occurred_at or "",
            traceparent=shown.traceparent or "", size=shown.size, parked=parked,
        )  # fmt: skip

    async def ReplayDeadLetters(self, request: wire.ReplayDeadLettersRequest, context: Any) -> wire.ReplayDeadLettersResponse:  # noqa: N802
        ids = [parse_id(text) for text in request.event_ids]
        if None in ids or len(ids) > 100:
            raise Invalid(Violation("event_ids", "Send at most 100 ids, as they were listed."))
        count = await self._dead_letters.replay([event_id for event_id in ids if event_id])
        return wire.ReplayDeadLettersResponse(replayed_count=count)

    async def ReleaseDeadLetter(self, request: wire.ReleaseDeadLetterRequest, context: Any) -> wire.ReleaseDeadLetterResponse:  # noqa: N802
        return wire.ReleaseDeadLetterResponse(released_count=await self._dead_letters.release(_event_id(request.event_id)))


def _event_id(text: str) -> UUID:
    event_id = parse_id(text)
    if event_id is None:
        raise Invalid(Violation("event_id", "Send an id as it was listed."))
    return event_id


def _to_wire(one: DeadLetter) -> wire.DeadLetter:
    return wire.DeadLetter(
        event_id=str(one.event_id), kind=one.kind, key=one.key, reason=one.reason, died_at=stamp_of(one.died_at), parked_count=one.parked,
        released_at=stamp_of(one.released_at) if one.released_at else None, fact=one.fact,
    )  # fmt: skip
