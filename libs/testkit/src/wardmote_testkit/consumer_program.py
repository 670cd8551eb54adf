"""A process that takes one topic into an inbox and does nothing else: what a test starts, ends and kills."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote_runtime.consumer import Consumer
from wardmote_runtime.database import Database
from wardmote_runtime.inbox import Inbox, Incoming, Subscription
from wardmote_runtime.lifecycle import Part, run, run_until_stopped
from wardmote_runtime.logs import configure_logs
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.wake import Wake
from wardmote_testkit.aiokafka_consumer import AiokafkaConsumer, CarelessConsumer

Engine = Literal["faust", "aiokafka", "careless"]
"""Our consumer, the oracle, and one that breaks the contract."""

KEPT = "kept, and never acknowledged"
"""Printed by a process that hangs between keeping a batch and acknowledging it."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What one process is to do."""

    engine: Engine
    service: str
    bootstrap: str
    topic: str
    database: ServiceDatabase
    breaks_on: Sequence[str] = ()
    """A batch with one of these event ids meets a fault that nobody knows."""
    hangs_when_kept: bool = False


class DisturbedInbox(Inbox):
    """The real inbox, with the fault that a test asks for around it."""

    def __init__(self, database: Database, orders: Orders) -> None:
        super().__init__(database, [Subscription(orders.topic, IncidentEvent)], Metrics(), Wake())
        self._breaks_on = {event_id.encode() for event_id in orders.breaks_on}
        self._hangs_when_kept = orders.hangs_when_kept

    async def take_in(self, batch: Sequence[Incoming]) -> int:
        if any(dict(incoming.headers).get("ce_id") in self._breaks_on for incoming in batch):
            raise ValueError("a fault that nobody knows")
        bad = await super().take_in(batch)
        if self._hangs_when_kept:
            sys.stdout.write(f"{KEPT}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()
        return bad


_ENGINES: Mapping[Engine, Callable[[str, str, Sequence[str], Inbox, Metrics, Telemetry], Part]] = {
    "faust": Consumer,
    "aiokafka": AiokafkaConsumer,
    "careless": CarelessConsumer,
}


def consume(orders: Orders) -> None:
    """Runs until a signal, or until the consumer gives up."""
    configure_logs(orders.service, "info")
    urls = orders.database
    database = Database(urls.app_url, urls.pipeline_url, urls.relay_url, 2)
    inbox, telemetry = DisturbedInbox(database, orders), Telemetry(orders.service, None)
    consumer = _ENGINES[orders.engine](orders.service, orders.bootstrap, [orders.topic], inbox, Metrics(), telemetry)
    run(lambda: run_until_stopped([database, consumer]))
