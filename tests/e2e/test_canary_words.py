"""The words, name and contact of a report are in no topic, log, trace, metric or mail: canary words are sent, and all is read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from kafka import KafkaConsumer, TopicPartition

Stack = dict[str, Any]

WORDS = ("quixotryword", "zephyrnamed", "vellumcontact", "ombresender", "gossamertarget")
TEXT, NAME, CONTACT, SENDER, TARGET = WORDS


def kafka_bytes(bootstrap: str) -> Iterator[bytes]:
    """Every key, header and value of every topic."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", consumer_timeout_ms=3000)
    try:
        topics = [topic for topic in consumer.topics() if not topic.startswith("__")]
        partitions = [TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        left = sum(consumer.end_offsets(partitions).values()) - sum(consumer.beginning_offsets(partitions).values())
        assert left > 0
        for record in consumer:
            yield (record.key or b"") + (record.value or b"") + b"".join(value or b"" for _, value in record.headers)
    finally:
        consumer.close()


def test_no_word_leaves_the_place_where_it_is_sealed(
    stack: Stack, report_by_rest: Callable[..., dict[str, str]], case_of: Callable[..., Any], mails_about: Callable[..., Any]
) -> None:
    text = f"I know where you live and I will kill you tonight, {TEXT}."
    more = {"reporter": {"name": NAME, "contact": f"{CONTACT}@example.org"}, "target_name": TARGET, "feels_unsafe": True}
    receipt = report_by_rest("northshire", text, sender=SENDER, **more)
    wrong = {"target_role": TEXT, "items": [{"channel": CONTACT, "text": TEXT, "surprise": NAME}]}
    refused = httpx2.post(
        f"{stack['addresses']['intake']['rest']}/v1/reports",
        json=wrong,
        headers={"Authorization": f"Bearer {stack['councils'][0]['api_key']}", "Idempotency-Key": str(uuid4())},
    )
    assert refused.status_code == 422
    case = case_of("northshire", receipt["incident_id"])
    assert mails_about(case["reference"])
    assert mails_about(receipt["reference"]), "the page"

    places: dict[str, str] = {f"the answer to a wrong request: {refused.text}": refused.text}
    for number, found in enumerate(kafka_bytes(stack["addresses"]["kafka"])):
        places[f"Kafka record {number}"] = found.decode(errors="replace")
    for folder in (stack["logs_folder"], stack["traces_folder"]):
        for path in Path(folder).rglob("*"):
            if path.is_file():
                places[str(path)] = path.read_text(errors="replace")
    for name, address in stack["addresses"].items():
        if isinstance(address, dict):
            places[f"metrics of {name}"] = httpx2.get(f"{address['ops']}/metrics").text
    places["metrics of the console"] = httpx2.get(f"{stack['addresses']['console_ops']}/metrics").text
    places["the inbox"] = httpx2.get(stack["addresses"]["inbox_messages"]).text

    assert len(places) > 20
    leaks = [(place[:80], word) for place, content in places.items() for word in WORDS if word in content.lower()]
    assert leaks == []


def test_the_search_finds_a_word_that_is_there(stack: Stack, report_by_rest: Callable[..., dict[str, str]]) -> None:
    """The twin: what does travel, the reference, is found by the same reading of Kafka."""
    receipt = report_by_rest("northshire", "The bins were missed again.")
    assert any(receipt["reference"].encode() in found for found in kafka_bytes(stack["addresses"]["kafka"]))
