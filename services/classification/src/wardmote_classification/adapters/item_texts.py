"""The words of items: intake's BatchGetItemText. The one call upstream (architecture.md §2)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import grpc

from wardmote.intake.v1.intake_service_pb2 import (
    READING_PURPOSE_ASSESSMENT,
    BatchGetItemTextRequest,
    BatchGetItemTextResponse,
)
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub
from wardmote_classification.application.ports import WordsMissing
from wardmote_kernel.errors import Invalid, Unavailable
from wardmote_kernel.identity import TenantId
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.rpc_errors import error_of
from wardmote_runtime.tenancy import current_tenant

MOST_AT_ONCE = 200
"""Items in one call, as many as intake answers."""

_DEADLINE_SECONDS, _DEADLINE_FOR_EACH = 2.0, 0.01


@dataclass(slots=True)
class _Asked:
    """The items of one incident."""

    item_ids: list[str]
    answer: "asyncio.Future[list[str]]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def told(self, texts: dict[str, str]) -> None:
        if self.answer.done():
            return
        if all(item_id in texts for item_id in self.item_ids):
            self.answer.set_result([texts[item_id] for item_id in self.item_ids])
        else:
            self.failed(WordsMissing("Intake does not have all of the incident's items. Trying again helps once it has."))

    def failed(self, error: Invalid | Unavailable) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class GrpcItemTexts:
    """Asks intake. Those who ask for the same council at the same time, or while a call is under way, are asked for in one call."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = IntakeServiceStub(peer.channel)
        self._waiting: dict[TenantId, list[_Asked]] = {}
        self._asking: dict[TenantId, asyncio.Task[None]] = {}

    async def read(self, item_ids: Sequence[UUID]) -> list[str]:
        tenant, asked = current_tenant(), _Asked([str(item_id) for item_id in item_ids])
        self._waiting.setdefault(tenant, []).append(asked)
        if tenant not in self._asking:
            self._asking[tenant] = asyncio.create_task(self._ask_for(tenant), name="asking for words")
        return await asked.answer

    async def _ask_for(self, tenant: TenantId) -> None:
        """In the scope of the council, which the first one who asked has given to this task."""
        batch: list[_Asked] = []
        try:
            await asyncio.sleep(0)  # Whoever was started beside the first one asks now.
            while batch := self._next(tenant):
                await self._answer(batch)
        finally:
            del self._asking[tenant]
            for asked in [*batch, *self._waiting.pop(tenant, [])]:
                asked.failed(Unavailable("The call for the words was broken off."))

    def _next(self, tenant: TenantId) -> list[_Asked]:
        """As many as one call takes; at least one, whatever its size: intake says if it is too large."""
        batch: list[_Asked] = []
        waiting = self._waiting.get(tenant, [])
        while waiting and (not batch or sum(len(one.item_ids) for one in [*batch, waiting[0]]) <= MOST_AT_ONCE):
            batch.append(waiting.pop(0))
        return batch

    async def _answer(self, batch: Sequence[_Asked]) -> None:
        told = await self._texts([item_id for asked in batch for item_id in asked.item_ids])
        if isinstance(told, Invalid) and len(batch) > 1:
            for asked in batch:  # One of them is wrong: each by itself, so that the others do not suffer for it.
                await self._answer([asked])
            return
        for asked in batch:
            if isinstance(told, dict):
                asked.told(told)
            else:
                asked.failed(told if len(batch) == 1 else Unavailable(str(told)))

    async def _texts(self, item_ids: Sequence[str]) -> dict[str, str] | Invalid | Unavailable:
        request = BatchGetItemTextRequest(item_ids=item_ids, purpose=READING_PURPOSE_ASSESSMENT)
        deadline = _DEADLINE_SECONDS + _DEADLINE_FOR_EACH * len(item_ids)
        try:
            answer: BatchGetItemTextResponse = await self._peer.call(self._stub.BatchGetItemText, request, deadline_s=deadline)
        except grpc.aio.AioRpcError as fault:
            return _broken_rule(fault)
        return {item.item_id: item.text for item in answer.items}


def _broken_rule(fault: grpc.aio.AioRpcError) -> Invalid | Unavailable:
    """Only a wrong request is given up on. Whatever else intake refuses, such as a council that is suspended for now, may be put
    right, and a report must not be lost over it."""
    error = error_of(fault)
    return error if isinstance(error, Invalid) else Unavailable(f"Intake did not give the words: {fault.code().name}.")
