"""What a fault has in its hands."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

import grpc
from kafka import KafkaProducer

from tests.chaos.councils import Council
from tests.chaos.ledger import Ledger
from tests.chaos.stack import ChaosStack
from wardmote.operations.v1.dead_letter_service_pb2_grpc import DeadLetterServiceStub
from wardmote_kernel.taxonomy import Role
from wardmote_local.calls import call

LOOK_EVERY_S = 0.1

Message = tuple[bytes | None, bytes, list[tuple[str, bytes]]]
"""Key, value and headers."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The stack, the load's books and the chance of this run."""

    stack: ChaosStack
    ledger: Ledger
    councils: list[Council]
    chance: random.Random
    pause_s: float
    """How long Kafka is paused."""

    async def until(self, condition: Callable[[], bool], within_s: float) -> bool:
        """Waits for it; False when it does not come in time."""
        end = monotonic() + within_s
        while True:
            if condition():
                return True
            if monotonic() > end:
                return False
            await asyncio.sleep(LOOK_EVERY_S)

    async def produce(self, topic: str, messages: list[Message]) -> None:
        """Puts events of our own on Kafka."""
        await asyncio.to_thread(self._produce, topic, messages)

    def _produce(self, topic: str, messages: list[Message]) -> None:
        producer = KafkaProducer(bootstrap_servers=self.stack.kafka.bootstrap, acks="all")
        try:
            for sent in [producer.send(topic, key=key, value=value, headers=headers) for key, value, headers in messages]:
                sent.get(timeout=30)
        finally:
            producer.close(timeout=5)

    async def dead_letters(self, service: str, tenant: UUID, method: str, request: Any) -> Any:
        """One order of an operator, by the service's own RPC."""
        async with grpc.aio.insecure_channel(self.stack.addresses.grpc(service)) as channel:
            token = self.stack.keys.token("operator", "chaos", Role.OPERATOR, tenant)
            return await call(getattr(DeadLetterServiceStub(channel), method), request, token)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, and is put right again by whoever would do so in production."""

    name: str
    inject: Callable[[Ground], Awaitable[str]]
    """Returns a note for the table when it is over; begins with ``not run`` where it could not be done here."""
    touches: frozenset[str] = field(default_factory=frozenset)
    """What it has in its hands; two faults at once must not have the same."""
    reports: int = 0
    """It needs at least so many reports under way; 0: the round's usual number."""


class Broken(Exception):
    """The fault met something that must not be, beyond the invariants. The text says what."""
