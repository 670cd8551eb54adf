"""Whether the facts about the councils have arrived: sent by tenancy, read by every consumer, and the work they make is done.

A service may let a council in before it knows the council's people, and would then tell nobody of its first case.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

import psycopg
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from psycopg.conninfo import make_conninfo

from wardmote_contracts.topics import TENANT_EVENTS, Topic
from wardmote_local.servers.errors import LocalError
from wardmote_local.services import module_of

ASK_EVERY_S = 0.1
DEADLINE_S = 60.0


async def wait_until_delivered(admin_url: str, bootstrap: str, require_alive: Callable[[], None], topic: Topic = TENANT_EVENTS) -> None:
    """Returns when every consumer of the topic has done what its events ask.

    Raises:
        LocalError: not so in time; says where it stands.
    """
    end = monotonic() + DEADLINE_S
    while waiting := await asyncio.to_thread(whats_missing, admin_url, bootstrap, topic):
        require_alive()
        if monotonic() > end:
            raise LocalError(
                f"The councils' settings are not everywhere after {DEADLINE_S:.0f} s: {waiting}.", "Look into `wardmote local logs`."
            )
        await asyncio.sleep(ASK_EVERY_S)


def whats_missing(admin_url: str, bootstrap: str, topic: Topic) -> str:
    """Where events of the topic still are on their way; empty when nowhere. Looks along the way, so nothing slips past."""
    if _count(admin_url, topic.producer, "SELECT count(*) FROM outbox WHERE topic = %s", topic.name):
        return f"in the outbox of {topic.producer}"
    behind = _unread(bootstrap, topic)
    if behind:
        return f"unread by {', '.join(behind)}"
    busy = [name for name in topic.consumers if _count(admin_url, name, "SELECT count(*) FROM work WHERE kind = %s", topic.name)]
    return f"in the work queue of {', '.join(busy)}" if busy else ""


def _count(admin_url: str, service: str, query: str, topic: str) -> int:
    with psycopg.connect(make_conninfo(admin_url, dbname=module_of(service))) as connection:
        row = connection.execute(query.encode(), [topic]).fetchone()
    return int(row[0]) if row else 0


def _unread(bootstrap: str, topic: Topic) -> list[str]:
    groups = {f"wardmote-{consumer}": consumer for consumer in topic.consumers}
    with KafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id="wardmote-local") as admin:
        partitions = [TopicPartition(topic.name, part["partition_index"]) for part in admin.describe_topics([topic.name])[0]["partitions"]]
        ends = {place: found.offset for place, found in admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST)).items()}
        committed = admin.list_group_offsets(list(groups))
    return [
        consumer
        for group, consumer in groups.items()
        if any(end > 0 and (place not in committed[group] or committed[group][place].offset < end) for place, end in ends.items())
    ]
