"""The load: reports at a steady rate that no slow answer changes, each sent again with its request id until it is answered."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import grpc
import httpx2

from tests.chaos.councils import Council
from tests.chaos.ledger import Ledger, Receipt
from wardmote.event.v1.taxonomy_pb2 import Channel, TargetRole
from wardmote.intake.v1.intake_service_pb2 import SubmitReportRequest
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub
from wardmote.intake.v1.report_pb2 import ItemDraft, ReportDraft
from wardmote_local.addresses import Addresses

ATTEMPT_S, GIVE_UP_S = 8.0, 240.0
LONGEST_WAIT_S = 2.0
REPEATED, FOLLOWING, IN_DANGER, BY_REST = 0.02, 0.10, 0.03, 0.3
"""Shares of the reports."""

_FINAL = {
    grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.ALREADY_EXISTS,
}  # fmt: skip
"""A caller that gets one of these does not send again. No fault of the machinery may be answered with one."""

_TEXTS = (
    "You have let this ward down again, and I will say so at the next meeting.",
    "Stupid little girl playing at planning. Get back in the kitchen where women belong, you silly bitch.",
    "You blocked me, so here is another account. I will write every hour until you answer.",
    "Lovely family you have at 14 Quarry Lane. It would be a shame if something happened to them. We know where you live.",
)


@dataclass(frozen=True, slots=True)
class Order:
    """One report to send."""

    council: Council
    request_id: str
    text: str
    in_danger: bool
    earlier_reference: str
    by_rest: bool

    def draft(self) -> ReportDraft:
        return ReportDraft(
            target_role=TargetRole.TARGET_ROLE_COUNCILLOR, items=[ItemDraft(channel=Channel.CHANNEL_EMAIL, text=self.text)],
            in_danger_now=self.in_danger, earlier_reference=self.earlier_reference,
        )  # fmt: skip

    def body(self) -> Mapping[str, object]:
        return {
            "target_role": "councillor", "items": [{"channel": "email", "text": self.text}], "in_danger_now": self.in_danger,
            "earlier_reference": self.earlier_reference,
        }  # fmt: skip


class Refused(Exception):
    """An answer that is final. The text is its code."""


class TryAgain(Exception):
    """An answer that leaves open what happened. The text is its code."""


class Load:
    """Sends reports of these councils."""

    def __init__(self, addresses: Addresses, councils: Sequence[Council], ledger: Ledger, chance: random.Random, rate: float) -> None:
        self._addresses = addresses
        self._councils = councils
        self._by_tenant = {council.tenant_id: council for council in councils}
        self._ledger = ledger
        self._chance = chance
        self.rate = rate

    async def __aenter__(self) -> "Load":
        options = [("grpc.max_reconnect_backoff_ms", 1000), ("grpc.initial_reconnect_backoff_ms", 200)]
        self._channel = grpc.aio.insecure_channel(self._addresses.grpc("intake"), options=options)
        self._intake: Any = IntakeServiceStub(self._channel)
        self._rest = httpx2.AsyncClient(base_url=self._addresses.rest("intake"), timeout=ATTEMPT_S, trust_env=False)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._channel.close(None)
        await self._rest.aclose()

    async def send(self, count: int) -> None:
        """Returns when each of ``count`` reports is answered or given up."""
        sending: list[asyncio.Task[None]] = []
        due = monotonic()
        for _ in range(count):
            due += self._chance.expovariate(self.rate)
            await asyncio.sleep(max(0.0, due - monotonic()))
            order = self._draw()
            sending.append(asyncio.create_task(self._submit(order)))
            if self._chance.random() < REPEATED:
                self._ledger.repeats += 1
                sending.append(asyncio.create_task(self._submit(order, after=self._chance.choice((0.0, 0.05, 1.0)))))
        await asyncio.gather(*sending)

    def _draw(self) -> Order:
        chance, known = self._chance, self._ledger.in_order
        council, earlier = chance.choice(self._councils), ""
        if known and chance.random() < FOLLOWING:
            receipt = chance.choice(known[-200:])
            if receipt.tenant_id in self._by_tenant:
                council, earlier = self._by_tenant[receipt.tenant_id], receipt.reference
        request_id = str(UUID(int=chance.getrandbits(128), version=4))
        return Order(council, request_id, chance.choice(_TEXTS), chance.random() < IN_DANGER, earlier, chance.random() < BY_REST)

    async def _submit(self, order: Order, after: float = 0.0) -> None:
        await asyncio.sleep(after)
        end, wait = monotonic() + GIVE_UP_S, 0.1
        while True:
            try:
                receipt = await (self._by_rest(order) if order.by_rest else self._by_grpc(order))
                self._ledger.accept(order.request_id, receipt)
                return
            except Refused as code:
                self._ledger.refused.append(str(code))
                return
            except TryAgain as code:
                self._ledger.retries[str(code)] += 1
            if monotonic() > end:
                self._ledger.given_up.append(order.request_id)
                return
            await asyncio.sleep(wait * self._chance.uniform(0.5, 1.0))
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def _by_grpc(self, order: Order) -> Receipt:
        request = SubmitReportRequest(request_id=order.request_id, report=order.draft())
        metadata = (("authorization", f"Bearer {order.council.api_key}"),)
        try:
            answer = await self._intake.SubmitReport(request, timeout=ATTEMPT_S, metadata=metadata)
        except grpc.aio.AioRpcError as fault:
            raise (Refused if fault.code() in _FINAL else TryAgain)(f"gRPC {fault.code().name}") from None
        return _receipt(order, answer.report_id, answer.incident_id, answer.reference, answer.is_urgent)

    async def _by_rest(self, order: Order) -> Receipt:
        headers = {"Authorization": f"Bearer {order.council.api_key}", "Idempotency-Key": order.request_id}
        try:
            answer = await self._rest.post("/v1/reports", json=order.body(), headers=headers)
        except httpx2.HTTPError as fault:
            raise TryAgain(f"REST {type(fault).__name__}") from None
        if answer.status_code == 201:
            told = answer.json()
            return _receipt(order, told["report_id"], told["incident_id"], told["reference"], told["is_urgent"])
        raise (TryAgain if answer.status_code >= 500 or answer.status_code == 429 else Refused)(f"REST {answer.status_code}")


def _receipt(order: Order, report_id: str, incident_id: str, reference: str, is_urgent: bool) -> Receipt:
    return Receipt(order.council.tenant_id, UUID(report_id), UUID(incident_id), reference, is_urgent)
