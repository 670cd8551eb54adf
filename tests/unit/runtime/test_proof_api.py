"""What is held is told to operators and to tenancy alone, page by page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from wardmote.operations.v1 import proof_service_pb2 as wire
from wardmote_kernel.errors import Invalid, NotPermitted
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.pages import to_cursor
from wardmote_runtime.proof import Held, Question, Stage, State, Waiting
from wardmote_runtime.proof_api import RIGHTS, SERVICE, ProofApi, question_of
from wardmote_runtime.tenancy import Caller, caller_scope

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
COUNCIL = TenantId(uuid4())
IDS = [UUID(int=number) for number in range(1, 6)]


class Shelves:
    def __init__(self) -> None:
        self.asked: list[Question] = []

    async def held(self, question: Question) -> Sequence[Held]:
        self.asked.append(question)
        after = UUID(question.after[0]) if question.after else UUID(int=0)
        return [Held((str(one),), NOW, incident_id=one) for one in IDS if one > after][: question.limit]

    async def waiting(self) -> Sequence[Waiting]:
        return [Waiting(State.OUTBOX, 2, NOW), Waiting(State.DEAD_LETTER, 0, None)]


def caller(issuer: str, role: Role = Role.SERVICE) -> Caller:
    return Caller("x", frozenset({role}), COUNCIL, issuer)


async def test_pages_follow_each_other_and_end() -> None:
    api, found, cursor = ProofApi(Shelves()), [], ""
    with caller_scope(caller("tenancy")):
        for size in (2, 2, 1):
            answer = await api.ListHeld(wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED, limit=2, cursor=cursor), None)
            assert len(answer.held) == size
            found += [one.incident_id for one in answer.held]
            cursor = answer.next_cursor
    assert (found, cursor) == ([str(one) for one in IDS], "")


async def test_counts_are_told_by_place() -> None:
    with caller_scope(caller("operator", Role.OPERATOR)):
        counts = (await ProofApi(Shelves()).CountWaiting(wire.CountWaitingRequest(), None)).counts
    assert [(one.state, one.count, one.HasField("oldest_at")) for one in counts] == [
        (wire.HELD_STATE_OUTBOX, 2, True), (wire.HELD_STATE_DEAD_LETTER, 0, False),
    ]  # fmt: skip


@pytest.mark.parametrize("issuer", ["intake", "classification", "console"])
async def test_another_service_is_refused(issuer: str) -> None:
    api = ProofApi(Shelves())
    with caller_scope(caller(issuer)):
        with pytest.raises(NotPermitted):
            await api.ListHeld(wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED), None)
        with pytest.raises(NotPermitted):
            await api.CountWaiting(wire.CountWaitingRequest(), None)


def test_every_rpc_is_for_operators_and_services() -> None:
    methods = wire.DESCRIPTOR.services_by_name["ProofService"].methods
    assert {f"/{SERVICE}/{method.name}": frozenset({Role.OPERATOR, Role.SERVICE}) for method in methods} == RIGHTS


WRONG = [
    wire.ListHeldRequest(),
    wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED, ids=["x"]),
    wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED, ids=[str(uuid4())] * 1001),
    wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED, limit=1001),
    wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED, cursor=to_cursor("not an id")),
    wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED, cursor=to_cursor("work", "1")),
    wire.ListHeldRequest(stage=wire.HELD_STAGE_WAITING, cursor=to_cursor("work", "9" * 19)),
    wire.ListHeldRequest(stage=wire.HELD_STAGE_WAITING, cursor=to_cursor("nowhere", "1")),
]


@pytest.mark.parametrize("request_", WRONG, ids=str)
def test_a_wrong_question_is_refused(request_: wire.ListHeldRequest) -> None:
    with pytest.raises(Invalid):
        question_of(request_)


def test_a_moment_that_is_none_is_refused() -> None:
    request = wire.ListHeldRequest(stage=wire.HELD_STAGE_RECEIVED)
    request.since.seconds = 10**15
    with pytest.raises(Invalid):
        question_of(request)


def test_the_stages_are_those_of_the_schema() -> None:
    assert {f"HELD_STAGE_{stage.upper()}" for stage in Stage} | {"HELD_STAGE_UNSPECIFIED"} == set(wire.HeldStage.keys())
    assert {f"HELD_STATE_{state.upper()}" for state in State} | {"HELD_STATE_UNSPECIFIED"} == set(wire.HeldState.keys())
