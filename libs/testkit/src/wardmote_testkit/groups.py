"""What a broker knows of a topic and of the group that reads it: sent, committed, members. For tests."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import MemberToRemove

Sent = tuple[bytes | None, bytes, list[tuple[str, bytes]]]
"""Key, value and headers of one message."""


class Broker:
    """Asks the broker itself, so that a test need not believe the consumer that it tests."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        self._producer = KafkaProducer(bootstrap_servers=bootstrap)

    def close(self) -> None:
        self._producer.close()
        self._admin.close()

    async def make_topic(self, partitions: int = 1) -> str:
        """A topic of its own for one test."""
        name = f"incident-events-{uuid4().hex[:12]}"
        await asyncio.to_thread(self._admin.create_topics, {name: {"num_partitions": partitions, "replication_factor": 1}})
        return name

    async def send(self, topic: str, messages: Sequence[Sent]) -> None:
        """Returns when the broker has them all, in this order for each partition."""
        await asyncio.to_thread(self._send, topic, messages)

    def _send(self, topic: str, messages: Sequence[Sent]) -> None:
        futures = [self._producer.send(topic, key=key, value=value, headers=headers) for key, value, headers in messages]
        self._producer.flush()
        for future in futures:
            future.get(10)

    async def committed(self, group: str, topic: str) -> int | None:
        """The offsets that the group committed, added up over the partitions: that many messages it will not be given again.
        None while it has committed none."""
        offsets = (await asyncio.to_thread(self._admin.list_group_offsets, {group: None}))[group]
        known = [kept.offset for place, kept in offsets.items() if place.topic == topic and kept.offset >= 0]
        return sum(known) if known else None

    async def owners(self, group: str) -> int:
        """How many members of a settled group have at least one partition."""
        described = (await asyncio.to_thread(self._admin.describe_groups, [group]))[group]
        if described["group_state"] != "Stable":
            return 0
        return sum(bool((member["member_assignment"] or {}).get("assigned_partitions")) for member in described["members"])

    async def forget_members(self, group: str) -> None:
        """Takes the members out of the group, as the broker itself does when a killed one has been silent for its session's time.
        Spares a test these ten seconds; what was committed stays."""
        described = (await asyncio.to_thread(self._admin.describe_groups, [group]))[group]
        gone = [MemberToRemove(member_id=member["member_id"]) for member in described["members"]]
        if gone:
            await asyncio.to_thread(self._admin.remove_group_members, group, gone)
