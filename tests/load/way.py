"""When each report passed each place on its way, read from the databases and from the times that Kafka keeps.

Read by the superuser after the load, and not from traces: what is measured must not depend on how much is traced.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
from aiokafka import AIOKafkaConsumer

from tests.load.own_stack import OwnStack
from wardmote_contracts.topics import ASSESSMENT_EVENTS, INCIDENT_EVENTS

ANSWER = "answer (from intended send)"
STAGES = (
    "relay of intake",
    "Kafka to classification's inbox",
    "queue and work of classification",
    "relay of classification",
    "Kafka to case-management's inbox",
    "queue and work of case-management",
    "to notification's row",
    "mail",
)
"""Between the places of :class:`Passed`, in order."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Milliseconds since 1970 at each place; None where it did not pass (yet)."""

    kept: float
    """The clock of intake's transaction."""
    sent: float | None
    taken_in: float | None
    assessed: float | None
    assessed_sent: float | None
    assessed_taken_in: float | None
    in_case: float | None
    told_of: float | None
    mailed: float | None
    paged: float | None
    """When the page of its urgent signal was delivered."""

    def stages(self) -> dict[str, float]:
        """Milliseconds of each stage that has both its ends."""
        places = (
            self.kept, self.sent, self.taken_in, self.assessed, self.assessed_sent, self.assessed_taken_in, self.in_case, self.told_of,
            self.mailed,
        )  # fmt: skip
        return {
            name: max(0.0, after - before)
            for name, (before, after) in zip(STAGES, pairwise(places), strict=True)
            if before is not None and after is not None
        }


class Topics:
    """Reads on from where it stopped: when each event was handed to Kafka, and under which id."""

    def __init__(self, bootstrap: str) -> None:
        self.events: dict[str, dict[str, tuple[str, float]]] = {INCIDENT_EVENTS.name: {}, ASSESSMENT_EVENTS.name: {}}
        """Topic to incident to event id and time."""
        self._consumer = AIOKafkaConsumer(*self.events, bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")

    async def __aenter__(self) -> "Topics":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._consumer.stop()

    async def read_on(self) -> None:
        """Reads to the present end."""
        partitions = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(partitions)
        while any([await self._consumer.position(one) < end for one, end in ends.items()]):
            batches = await self._consumer.getmany(timeout_ms=200, max_records=5000)
            for partition, records in batches.items():
                for record in records:
                    incident = (record.key or b"").decode().partition("/")[2]
                    event_id = dict(record.headers)["ce_id"].decode()
                    self.events[partition.topic].setdefault(incident, (event_id, float(record.timestamp)))


def ways(stack: OwnStack, topics: Topics, since: datetime) -> dict[str, Passed]:
    """The way of each incident that was reported after ``since``."""
    reports = _rows(stack, "intake", "SELECT incident_id, received_at, urgent_signal_id FROM report WHERE received_at >= %s", since)
    assessed = _moments(stack, "classification", "SELECT incident_id, assessed_at FROM assessment WHERE assessed_at >= %s", since)
    first_inbox = _moments(stack, "classification", "SELECT event_id, received_at FROM inbox WHERE received_at >= %s", since)
    second_inbox = _moments(stack, "case-management", "SELECT event_id, received_at FROM inbox WHERE received_at >= %s", since)
    query = "SELECT incident_id, attached_at, case_id FROM case_incident WHERE attached_at >= %s"
    cases = {row[0]: (_ms(row[1]), row[2]) for row in _rows(stack, "case-management", query, since)}
    told = _told(stack, since)
    first, second = topics.events[INCIDENT_EVENTS.name], topics.events[ASSESSMENT_EVENTS.name]
    found: dict[str, Passed] = {}
    for incident, received_at, signal in reports:
        event, sent = first.get(str(incident), ("", None))
        again, sent_again = second.get(str(incident), ("", None))
        in_case, case = cases.get(incident, (None, None))
        told_of, mailed = told.get(case, (None, None))
        found[str(incident)] = Passed(
            _ms(received_at), sent, first_inbox.get(event), assessed.get(str(incident)), sent_again, second_inbox.get(again), in_case,
            told_of, mailed, told.get(signal, (None, None))[1],
        )  # fmt: skip
    return found


def _told(stack: OwnStack, since: datetime) -> dict[UUID | None, tuple[float, float | None]]:
    """By case or urgent signal: when its first notification was made, and when its last one was handed to the mail server."""
    query = """SELECT about_id, min(created_at), CASE WHEN bool_and(delivered_at IS NOT NULL) THEN max(delivered_at) END
        FROM notification WHERE created_at >= %s GROUP BY about_id"""
    return {row[0]: (_ms(row[1]), _ms(row[2]) if row[2] else None) for row in _rows(stack, "notification", query, since)}


def _moments(stack: OwnStack, service: str, query: str, since: datetime) -> dict[str, float]:
    return {str(row[0]): _ms(row[1]) for row in _rows(stack, service, query, since)}


def _rows(stack: OwnStack, service: str, query: str, since: datetime) -> Sequence[tuple[Any, ...]]:
    with psycopg.connect(stack.database(service)) as connection:
        return connection.execute(query.encode(), [since]).fetchall()


def _ms(moment: datetime) -> float:
    return moment.timestamp() * 1000


def moment_of(time_ns: int) -> datetime:
    """A Unix time in nanoseconds as a moment."""
    return datetime.fromtimestamp(time_ns / 1e9, UTC)


def columns(ways: Iterable[Mapping[str, float]]) -> dict[str, list[float]]:
    """The values of each stage."""
    found: dict[str, list[float]] = {name: [] for name in STAGES}
    for stages in ways:
        for name, value in stages.items():
            found[name].append(value)
    return found
