"""Takes a batch of messages in: each event once per consumer into the work queue, or into the dead letters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from google.protobuf.message import DecodeError, Message
from psycopg.types.json import Jsonb

from wardmote_kernel.identity import PLATFORM, TenantId
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.envelope import BadEnvelope, Envelope, read_envelope
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.pace import Entered, SlowerLane
from wardmote_runtime.wake import Wake


@dataclass(frozen=True, slots=True)
class Incoming:
    """One Kafka message, raw."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic that a service takes in."""

    topic: str
    message: type[Message]
    """Its one message type, with ``metadata`` and a oneof called ``fact``."""
    is_urgent: bool = False
    """Its work goes before all other work."""
    may_wait: Callable[[Any], bool] | None = None
    """Whether an event's work waits while its council is over its limit (:mod:`wardmote_runtime.pace`). None: no event's does."""


@dataclass(slots=True)
class _Columns:
    """Rows of one statement, as the arrays that unnest takes."""

    tenant: list[TenantId] = field(default_factory=list)
    event: list[UUID] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    urgent: list[bool] = field(default_factory=list)
    headers: list[Jsonb] = field(default_factory=list)
    value: list[bytes] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)
    may_wait: list[bool] = field(default_factory=list)


# DISTINCT ON: without it a duplicate inside one batch passes the inbox (streaming.md §4.2). Ids go in in a fixed order,
# so that two processes with overlapping batches after a rebalance wait for each other rather than deadlock.
_TAKE_IN = """
WITH incoming AS MATERIALIZED (
    SELECT DISTINCT ON (t, e, k) * FROM unnest(%(tenant)s::uuid[], %(event)s::uuid[], %(kind)s::text[], %(key)s::text[],
        %(urgent)s::boolean[], %(headers)s::jsonb[], %(value)s::bytea[]) WITH ORDINALITY AS u(t, e, k, key, urgent, headers, value, place)
    ORDER BY t, e, k, place),
fresh AS (
    INSERT INTO inbox (tenant_id, consumer, event_id) SELECT t, k, e FROM incoming ORDER BY t, k, e
    ON CONFLICT DO NOTHING RETURNING tenant_id, consumer, event_id)
INSERT INTO work (tenant_id, event_id, kind, key, is_urgent, headers, value, is_parked)
SELECT t, e, k, key, urgent, headers, value, EXISTS (
    SELECT 1 FROM dead_letter d WHERE d.tenant_id = t AND d.key = incoming.key AND d.released_at IS NULL)
FROM incoming JOIN fresh ON tenant_id = t AND event_id = e AND consumer = k ORDER BY place
RETURNING tenant_id, event_id, kind
"""

_BURY = """
INSERT INTO dead_letter (tenant_id, event_id, kind, key, headers, value, reason)
SELECT * FROM unnest(%(tenant)s::uuid[], %(event)s::uuid[], %(kind)s::text[], %(key)s::text[],
    %(headers)s::jsonb[], %(value)s::bytea[], %(reason)s::text[])
ON CONFLICT DO NOTHING
"""


class Inbox:
    """Writes batches for one service in one transaction each. Never raises for bad data: that becomes a dead letter."""

    def __init__(self, database: Database, subscriptions: Sequence[Subscription], metrics: Metrics, wake: Wake) -> None:
        self._database = database
        self._subscriptions = {subscription.topic: subscription for subscription in subscriptions}
        self._metrics = metrics
        self._wake = wake
        self._slower_lane = SlowerLane(metrics)

    async def take_in(self, batch: Sequence[Incoming]) -> int:
        """Keeps the batch. After it returns, its offsets may be acknowledged.

        Returns:
            How many of the batch became dead letters. Bad data that lies with them already does not count: what a stopped consumer
            takes in again is no new flood, or it would stop for ever at the same place.

        Raises:
            psycopg.Error, OSError: nothing of the batch was kept.
        """
        good, bad = _Columns(), _Columns()
        for incoming in batch:
            self._sort(incoming, good, bad)
        async with self._database.pipeline_transaction([*good.tenant, *bad.tenant]) as connection:
            # Dead letters first: a later event of the same aggregate in this very batch must find them and be parked.
            buried = (await connection.execute(_BURY, _arguments(bad))).rowcount if bad.tenant else 0
            if good.tenant:
                await self._enter(connection, good)
        self._wake.soon()
        return buried

    async def _enter(self, connection: Connection, good: _Columns) -> None:
        taken = await connection.execute(_TAKE_IN, _arguments(good))
        if any(good.may_wait):
            fresh = {Entered(row["tenant_id"], row["event_id"], row["kind"]) for row in await taken.fetchall()}
            pieces = [Entered(*place) for place in zip(good.tenant, good.event, good.kind, strict=True)]
            slow = dict.fromkeys(piece for piece, may_wait in zip(pieces, good.may_wait, strict=True) if may_wait and piece in fresh)
            await self._slower_lane.enter(connection, list(slow))

    def _sort(self, incoming: Incoming, good: _Columns, bad: _Columns) -> None:
        subscription = self._subscriptions[incoming.topic]
        try:
            envelope = read_envelope(incoming.key, incoming.headers)
        except BadEnvelope as problem:
            self._add(bad, incoming, _unreadable(incoming), str(problem))
            return
        event, reason = _read_value(incoming, envelope, subscription)
        if event is None:
            self._add(bad, incoming, envelope, reason)
            return
        self._add(good, incoming, envelope)
        good.may_wait.append(subscription.may_wait is not None and subscription.may_wait(event))

    def _add(self, columns: _Columns, incoming: Incoming, envelope: Envelope, reason: str = "") -> None:
        columns.tenant.append(envelope.tenant_id)
        columns.event.append(envelope.event_id)
        columns.kind.append(incoming.topic)
        columns.key.append(envelope.key)
        columns.urgent.append(self._subscriptions[incoming.topic].is_urgent)
        columns.headers.append(Jsonb(dict(envelope.headers)))
        columns.value.append(incoming.value)
        columns.reason.append(reason)
        self._metrics.taken_in.labels(incoming.topic, "dead-letter" if reason else "taken").inc()
        if reason:
            self._metrics.dead_letters.labels(incoming.topic, reason).inc()


def _arguments(columns: _Columns) -> dict[str, object]:
    return {name: getattr(columns, name) for name in ("tenant", "event", "kind", "key", "urgent", "headers", "value", "reason")}


def _unreadable(incoming: Incoming) -> Envelope:
    """Belongs to no council; its id comes from its place in Kafka, so that taking it in again finds the same row."""
    place = f"{incoming.topic}/{incoming.partition}/{incoming.offset}"
    headers = {_storable(name.encode()): _storable(value) for name, value in incoming.headers if value is not None}
    return Envelope(uuid5(NAMESPACE_URL, place), PLATFORM, "", _storable(incoming.key or b""), headers)


def _storable(raw: bytes) -> str:
    """As text that PostgreSQL takes, to be looked at by a person."""
    return raw.decode(errors="replace").replace("\x00", "")


def _read_value(incoming: Incoming, envelope: Envelope, subscription: Subscription) -> tuple[Message | None, str]:
    """The event, or why the value is not acceptable, as a reason code."""
    try:
        event = subscription.message.FromString(incoming.value)
    except DecodeError:
        return None, "value-not-decodable"
    metadata = getattr(event, "metadata")  # noqa: B009 - a protobuf field, unknown to the Message type
    if metadata.tenant_id != str(envelope.tenant_id):
        return None, "value-of-another-tenant"
    if metadata.event_id != str(envelope.event_id):
        return None, "value-of-another-event"
    return event, ""
