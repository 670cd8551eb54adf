"""Reading words from intake over a real gRPC connection."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from wardmote_classification.adapters.item_texts import MOST_AT_ONCE, GrpcItemTexts

from wardmote.intake.v1 import intake_service_pb2 as wire
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceServicer, add_IntakeServiceServicer_to_server
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.errors import Invalid, Unavailable
from wardmote_kernel.identity import TenantId
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import tenant_scope
from wardmote_testkit.issuers import Issuers

TENANT = TenantId(uuid4())


class Intake(IntakeServiceServicer):
    """Has some words, or refuses."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.refusal: grpc.StatusCode | None = None
        self.wrong = ""
        self.asked: list[wire.BatchGetItemTextRequest] = []
        self.tokens: list[str] = []

    async def BatchGetItemText(self, request: wire.BatchGetItemTextRequest, context: Any) -> wire.BatchGetItemTextResponse:  # noqa: N802
        self.asked.append(request)
        self.tokens += [str(value) for name, value in context.invocation_metadata() if name == "authorization"]
        if self.refusal is not None:
            await context.abort(self.refusal, "no")
        if self.wrong in request.item_ids:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "wrong")
        known = [wire.ItemText(item_id=item_id, text=self.texts[item_id]) for item_id in request.item_ids if item_id in self.texts]
        return wire.BatchGetItemTextResponse(items=reversed(known))


@pytest.fixture
def intake() -> Intake:
    return Intake()  # type: ignore[abstract]  # the RPCs that nobody calls here stay unimplemented


@pytest.fixture
def issuers() -> Issuers:
    return Issuers(SystemClock())


@pytest.fixture
async def texts(intake: Intake, issuers: Issuers) -> AsyncIterator[GrpcItemTexts]:
    server = grpc.aio.server()
    add_IntakeServiceServicer_to_server(intake, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    peer = Peer(f"127.0.0.1:{port}", issuers.signer("classification"), Telemetry("test", None))
    yield GrpcItemTexts(peer)
    await peer.stop()
    await server.stop(None)


async def test_words_come_in_the_order_asked_for_with_purpose_and_council(texts: GrpcItemTexts, intake: Intake, issuers: Issuers) -> None:
    first, second = uuid4(), uuid4()
    intake.texts = {str(first): "one", str(second): "two"}
    with tenant_scope(TENANT):
        assert await texts.read([first, second]) == ["one", "two"]
    assert intake.asked[0].purpose == wire.READING_PURPOSE_ASSESSMENT
    caller = issuers.verifier.verify(intake.tokens[0]).caller
    assert (caller.tenant_id, caller.subject) == (TENANT, "service:classification")


async def test_an_item_that_is_missing_is_waited_for(texts: GrpcItemTexts, intake: Intake) -> None:
    known = uuid4()
    intake.texts = {str(known): "one"}
    with tenant_scope(TENANT), pytest.raises(Unavailable):
        await texts.read([known, uuid4()])


@pytest.mark.parametrize("refusal", [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INTERNAL])
async def test_a_refusal_that_may_be_put_right_is_waited_for(texts: GrpcItemTexts, intake: Intake, refusal: grpc.StatusCode) -> None:
    intake.refusal = refusal
    with tenant_scope(TENANT), pytest.raises(Unavailable) as told:
        await texts.read([uuid4()])
    assert refusal.name in str(told.value)


async def test_a_wrong_request_is_given_up_on(texts: GrpcItemTexts, intake: Intake) -> None:
    intake.refusal = grpc.StatusCode.INVALID_ARGUMENT
    with tenant_scope(TENANT), pytest.raises(Invalid):
        await texts.read([uuid4()])


async def read(texts: GrpcItemTexts, tenant: TenantId, *items: UUID) -> list[str]:
    with tenant_scope(tenant):
        return await texts.read(items)


def known(intake: Intake, count: int) -> list[UUID]:
    items = [uuid4() for _ in range(count)]
    intake.texts |= {str(item): f"words of {item}" for item in items}
    return items


async def test_those_who_ask_at_once_are_asked_for_in_one_call_of_their_council(
    texts: GrpcItemTexts, intake: Intake, issuers: Issuers
) -> None:
    ours, theirs = known(intake, 5), known(intake, 3)
    other = TenantId(uuid4())
    answers = await asyncio.gather(*(read(texts, TENANT, item) for item in ours), *(read(texts, other, item) for item in theirs))
    assert answers == [[f"words of {item}"] for item in [*ours, *theirs]]
    calls = {
        issuers.verifier.verify(token).caller.tenant_id: set(asked.item_ids)
        for token, asked in zip(intake.tokens, intake.asked, strict=True)
    }
    assert calls == {TENANT: {str(item) for item in ours}, other: {str(item) for item in theirs}}
    assert len(intake.asked) == 2


async def test_no_call_is_larger_than_intake_answers(texts: GrpcItemTexts, intake: Intake) -> None:
    items = known(intake, MOST_AT_ONCE + 50)
    pairs = list(zip(items[::2], items[1::2], strict=True))
    await asyncio.gather(*(read(texts, TENANT, *pair) for pair in pairs))
    assert [len(asked.item_ids) for asked in intake.asked] == [MOST_AT_ONCE, 50]


async def test_one_that_is_wrong_or_missing_does_not_take_the_others_with_it(texts: GrpcItemTexts, intake: Intake) -> None:
    first, wrong, last = known(intake, 3)
    missing, intake.wrong = uuid4(), str(wrong)
    asked = (read(texts, TENANT, item) for item in (first, wrong, missing, last))
    one, two, three, four = await asyncio.gather(*asked, return_exceptions=True)
    assert (one, four) == ([f"words of {first}"], [f"words of {last}"])
    assert isinstance(two, Invalid)
    assert isinstance(three, Unavailable)


async def test_one_who_is_broken_off_leaves_the_others_and_nothing_behind(texts: GrpcItemTexts, intake: Intake) -> None:
    first, last = known(intake, 2)
    tasks = [asyncio.create_task(read(texts, TENANT, item)) for item in (first, last)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    assert await tasks[1] == [f"words of {last}"]
    assert await read(texts, TENANT, first) == [f"words of {first}"]
    assert (texts._waiting, texts._asking) == ({}, {})
