"""Reads every topic along from its beginning, holds the order of each key, and sends 2 % of the events a second time."""

import random
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from google.protobuf.message import DecodeError
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from wardmote.case_management.v1.case_events_pb2 import CaseEvent
from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent
from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote.intake.v1.urgent_events_pb2 import UrgentEvent
from wardmote.notification.v1.notification_events_pb2 import NotificationEvent
from wardmote.tenancy.v1.tenant_events_pb2 import TenantEvent
from wardmote_contracts.topics import (
    ALL,
    ASSESSMENT_EVENTS,
    CASE_EVENTS,
    INCIDENT_EVENTS,
    INCIDENT_URGENT,
    NOTIFICATION_EVENTS,
    TENANT_EVENTS,
)

COPIED = 0.02
POLL_MS = 200
PAUSE_S = 0.5
MESSAGES: dict[str, Any] = {
    INCIDENT_EVENTS.name: IncidentEvent, INCIDENT_URGENT.name: UrgentEvent, ASSESSMENT_EVENTS.name: AssessmentEvent,
    CASE_EVENTS.name: CaseEvent, NOTIFICATION_EVENTS.name: NotificationEvent, TENANT_EVENTS.name: TenantEvent,
}  # fmt: skip
ONE_EACH = {"incident_reported", "incident_assessed", "case_opened", "urgent_signal_raised"}
"""Facts that happen to an aggregate once: here no incident is assessed anew."""


@dataclass(slots=True)
class Log:
    """What Kafka holds."""

    first: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Topic and key to its event ids with their versions, in the order of their first arrival."""
    out_of_order: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    """Two different events of a fact that happens once."""
    strangers: list[str] = field(default_factory=list)
    """Events whose header, key and metadata name different councils."""
    tenants: dict[str, UUID] = field(default_factory=dict)
    """Incident to the council that its events name."""
    facts: dict[tuple[str, str], str] = field(default_factory=dict)
    copies: int = 0
    resent: int = 0
    """Further arrivals of an event: our copies, and what relays sent again after a fault."""
    unreadable: int = 0

    def note(self, topic: str, key: bytes | None, value: bytes, headers: dict[str, bytes]) -> bool:
        """Takes one record in; True when it is the first arrival of an event of ours."""
        event = _decoded(topic, value)
        if event is None or key is None or "ce_id" not in headers:
            self.unreadable += 1
            return False
        place, meta = f"{topic} {key.decode()}", event.metadata
        known = self.first[place]
        if meta.event_id in known:
            self.resent += 1
            return False
        if known and meta.aggregate_version <= max(known.values()):
            self.out_of_order.append(f"{place} version {meta.aggregate_version} after {max(known.values())}")
        known[meta.event_id] = meta.aggregate_version
        named = {meta.tenant_id, headers.get("ce_tenantid", b"").decode(), key.decode().partition("/")[0]}
        if len(named) != 1:
            self.strangers.append(place)
        self._note_fact(topic, key.decode(), event)
        return True

    def _note_fact(self, topic: str, key: str, event: Any) -> None:
        fact = event.WhichOneof("fact") or ""
        if fact in ONE_EACH and self.facts.setdefault((fact, key), event.metadata.event_id) != event.metadata.event_id:
            self.twice.append(f"{fact} of {key}")
        if topic in (INCIDENT_EVENTS.name, ASSESSMENT_EVENTS.name):
            tenant = UUID(event.metadata.tenant_id)
            if self.tenants.setdefault(event.incident_id, tenant) != tenant:
                self.strangers.append(f"{topic} {key}")


class Tail:
    """Follows in a thread of its own, through any outage of Kafka."""

    def __init__(self, bootstrap: str, chance: random.Random) -> None:
        self._bootstrap = bootstrap
        self._chance = chance
        self._places: dict[TopicPartition, int] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="tail", daemon=True)
        self.log = Log()
        self.lock = threading.Lock()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(30)

    def is_level(self) -> bool:
        """Whether everything that Kafka holds now was read. Kafka must be there."""
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        try:
            ends = consumer.end_offsets(list(self._places))
        finally:
            consumer.close()
        return all(self._places.get(place, 0) >= end for place, end in ends.items())

    def _follow(self) -> None:
        while not self._ending.is_set():
            try:
                self._follow_until_fault()
            except (KafkaError, OSError):
                self._ending.wait(PAUSE_S)

    def _follow_until_fault(self) -> None:
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        producer = KafkaProducer(bootstrap_servers=self._bootstrap, acks="all")
        try:
            places = [TopicPartition(topic.name, part) for topic in ALL for part in sorted(consumer.partitions_for_topic(topic.name) or ())]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, self._places.setdefault(place, 0))
            while not self._ending.is_set():
                for place, records in consumer.poll(timeout_ms=POLL_MS, max_records=2000).items():
                    self._take(place, records, producer)
        finally:
            consumer.close()
            producer.close(timeout=2)

    def _take(self, place: TopicPartition, records: Iterable[Any], producer: KafkaProducer) -> None:
        for record in records:
            with self.lock:
                is_first = self.log.note(place.topic, record.key, record.value or b"", dict(record.headers or ()))
                self._places[place] = record.offset + 1
            if is_first and self._chance.random() < COPIED:
                producer.send(place.topic, key=record.key, value=record.value, headers=list(record.headers))
                self.log.copies += 1


def _decoded(topic: str, value: bytes) -> Any | None:
    try:
        event = MESSAGES[topic].FromString(value)
    except DecodeError:
        return None
    return event if event.metadata.event_id else None
