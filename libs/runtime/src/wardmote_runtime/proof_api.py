"""The RPCs by which a service tells what it holds of a council's reports; added to the gRPC server of every service on their way."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from wardmote.operations.v1 import proof_service_pb2 as wire
from wardmote.operations.v1.proof_service_pb2_grpc import ProofServiceServicer, add_ProofServiceServicer_to_server
from wardmote_kernel.errors import Invalid, NotPermitted, Violation
from wardmote_kernel.identity import parse_id
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.grpc_server import Served
from wardmote_runtime.interceptors import Rights
from wardmote_runtime.pages import from_cursor, to_cursor
from wardmote_runtime.proof import Held, Proofs, Question, Stage, State, Waiting, place_of, place_parts
from wardmote_runtime.tenancy import current_caller
from wardmote_runtime.wire_enums import from_wire, to_wire
from wardmote_runtime.wire_values import moment_of

SERVICE = "wardmote.operations.v1.ProofService"

READER = "tenancy"
"""Issuer of the one service that is told: it compares what all of them hold."""

MOST_AT_ONCE = 1000
"""Ids in one question, and things in one answer (proof_service.proto)."""

RIGHTS: Rights = {f"/{SERVICE}/{method}": frozenset({Role.OPERATOR, Role.SERVICE}) for method in ("ListHeld", "CountWaiting")}

_STATES: Mapping[State | None, "wire.HeldState.ValueType"] = {
    None: wire.HELD_STATE_UNSPECIFIED,
    **{state: to_wire(wire.HeldState, state) for state in State},
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ProofApi(ProofServiceServicer):
    """The gRPC face of what is held."""

    def __init__(self, proofs: Proofs) -> None:
        self._proofs = proofs

    async def ListHeld(self, request: wire.ListHeldRequest, context: Any) -> wire.ListHeldResponse:  # noqa: N802
        _require_reader()
        question = question_of(request)
        size = question.limit - 1
        found = await self._proofs.held(question)
        more = to_cursor(*found[size - 1].place) if len(found) > size else ""
        return wire.ListHeldResponse(held=[_held_to_wire(one) for one in found[:size]], next_cursor=more)

    async def CountWaiting(self, request: wire.CountWaitingRequest, context: Any) -> wire.CountWaitingResponse:  # noqa: N802
        _require_reader()
        return wire.CountWaitingResponse(counts=[_count_to_wire(one) for one in await self._proofs.waiting()])


def served(proofs: Proofs) -> Served:
    """The service as a gRPC server takes it beside its own."""
    return Served(SERVICE, ProofApi(proofs), add_ProofServiceServicer_to_server, RIGHTS)


def question_of(request: wire.ListHeldRequest) -> Question:
    """What a request asks, with room for one more than was asked for: it shows whether there is another page.

    Raises:
        Invalid: the stage is unset, an id or the cursor is none, or too much is asked for at once.
    """
    stage = from_wire(wire.HeldStage, request.stage, Stage, "stage")
    ids = [parse_id(text) for text in request.ids]
    if None in ids or len(ids) > MOST_AT_ONCE:
        raise Invalid(Violation("ids", f"Send at most {MOST_AT_ONCE} ids, as they were given."))
    if not 0 <= request.limit <= MOST_AT_ONCE:
        raise Invalid(Violation("limit", f"Ask for 1 to {MOST_AT_ONCE}."))
    parts = from_cursor(request.cursor, place_parts(stage))
    times = {name: moment_of(getattr(request, name), name) for name in ("since", "until") if request.HasField(name)}
    return Question(
        stage=stage,
        limit=(request.limit or MOST_AT_ONCE) + 1,
        after=place_of(stage, parts) if parts else (),
        ids=[one for one in ids if one],
        **times,
    )


def _require_reader() -> None:
    caller = current_caller()
    if Role.OPERATOR not in caller.roles and caller.issuer != READER:
        raise NotPermitted("What is held is told to operators and to tenancy only.")


def _held_to_wire(one: Held) -> wire.Held:
    return wire.Held(
        incident_id=_text(one.incident_id), case_id=_text(one.case_id), person_id=_text(one.person_id),
        notification_id=_text(one.notification_id), aggregate_id=_text(one.aggregate_id), at=_time(one.at), state=_STATES[one.state],
        kind=one.kind, reason=one.reason, due_at=_time(one.due_at) if one.due_at else None,
    )  # fmt: skip


def _text(one: UUID | None) -> str:
    return str(one) if one else ""


def _count_to_wire(one: Waiting) -> wire.WaitingCount:
    oldest = _time(one.oldest_at) if one.oldest_at else None
    return wire.WaitingCount(state=_STATES[one.state], count=one.count, oldest_at=oldest)


def _time(moment: datetime) -> Timestamp:
    """Written out: a day's reports are a hundred thousand of them, and FromDatetime takes the longest of all here."""
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)
