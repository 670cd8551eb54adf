"""Makes the topics of the catalogue on a broker (kafka-python). Idempotent; used by the local stack, tests and the deploy job."""

from collections.abc import Sequence

from kafka.admin import KafkaAdminClient

from wardmote_contracts.topics import Topic


def create_topics(bootstrap: str, topics: Sequence[Topic], *, single_broker: bool = False, partitions: int | None = None) -> list[str]:
    """Creates those that are missing.

    Args:
        single_broker: one replica, because there is one broker: local stack and tests.
        partitions: instead of the catalogue's number.

    Returns:
        The names of the topics that were made.
    """
    admin = KafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    try:
        present = set(admin.list_topics())
        missing = [topic for topic in topics if topic.name not in present]
        if missing:
            admin.create_topics({topic.name: _plan(topic, single_broker, partitions) for topic in missing})
        return [topic.name for topic in missing]
    finally:
        admin.close()


def _plan(topic: Topic, single_broker: bool, partitions: int | None) -> dict[str, object]:
    in_sync = 1 if single_broker else topic.min_insync_replicas
    configs = {"min.insync.replicas": str(in_sync), "retention.ms": str(topic.retention_hours * 3_600_000)}
    return {
        "num_partitions": partitions or topic.partitions,
        "replication_factor": 1 if single_broker else topic.replication_factor,
        "configs": configs,
    }
