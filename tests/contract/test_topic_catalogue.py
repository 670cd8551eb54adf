"""The topic catalogue is whole: legal names, known services, a message with a oneof, an example for each fact."""

import re
from pathlib import Path

import pytest
import yaml
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor

from wardmote.case_management.v1 import case_events_pb2
from wardmote.classification.v1 import assessment_events_pb2
from wardmote.intake.v1 import incident_events_pb2, urgent_events_pb2
from wardmote.notification.v1 import notification_events_pb2
from wardmote.tenancy.v1 import tenant_events_pb2
from wardmote_contracts.topics import ALL, Topic

ROOT = Path(__file__).parents[2]
FIELDS = {
    "topic", "description", "message", "key", "producer", "consumers", "partitions", "replication_factor", "min_insync_replicas",
    "retention_hours",
}  # fmt: skip
FILES = sorted((ROOT / "protos" / "topics").glob("*.yaml"))
MODULES = (case_events_pb2, assessment_events_pb2, incident_events_pb2, urgent_events_pb2, notification_events_pb2, tenant_events_pb2)
FOURTEEN_DAYS_HOURS = 336


def complaints(topic: dict[str, object], services: set[str]) -> list[str]:
    """What is wrong with one entry of the catalogue."""
    wrong = []
    if set(topic) != FIELDS:
        wrong.append(f"Give exactly these fields: {', '.join(sorted(FIELDS))}.")
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", str(topic.get("topic"))):
        wrong.append("Name a topic in lower case with hyphens: dots and underscores collide in the broker's metrics.")
    consumers = topic.get("consumers")
    named = {str(topic.get("producer")), *(consumers if isinstance(consumers, list) else [])}
    if not named <= services:
        wrong.append(f"Unknown services: {', '.join(sorted(named - services))}.")
    hours = topic.get("retention_hours")
    if not isinstance(hours, int) or not 1 <= hours <= FOURTEEN_DAYS_HOURS:
        wrong.append("Keep events 1 to 336 hours: nothing in a log is kept for ever (streaming.md §5.4).")
    if not str(topic.get("key")).startswith("tenant/"):
        wrong.append("The key begins with tenant/.")
    return wrong


def services() -> set[str]:
    return {path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_entry_is_whole(path: Path) -> None:
    topic = yaml.safe_load(path.read_text())
    assert path.stem == topic["topic"]
    assert complaints(topic, services()) == []


def test_the_guard_sees_each_violation() -> None:
    good = yaml.safe_load(FILES[0].read_text())
    broken = [
        {**good, "extra": 1}, {**good, "topic": "incident.events"}, {**good, "producer": "nobody"},
        {**good, "retention_hours": -1}, {**good, "key": "incident"},
    ]  # fmt: skip
    assert all(complaints(topic, services()) for topic in broken)


def descriptor(topic: Topic) -> Descriptor:
    found: Descriptor = descriptor_pool.Default().FindMessageTypeByName(topic.message)
    return found


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
def test_one_message_type_with_a_oneof_of_past_tense_facts(topic: Topic) -> None:
    message = descriptor(topic)
    assert "metadata" in message.fields_by_name
    facts = message.oneofs_by_name["fact"].fields
    assert facts
    for fact in facts:
        assert fact.message_type is not None
        assert fact.message_type.name.endswith("ed"), f"{fact.message_type.name}: name a fact in the past tense, subject first."


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
def test_each_fact_has_one_example_and_no_example_is_left_over(topic: Topic) -> None:
    facts = {fact.name for fact in descriptor(topic).oneofs_by_name["fact"].fields}
    examples = {path.stem for path in (ROOT / "protos" / "examples" / topic.name).glob("*.json")}
    assert facts == examples
