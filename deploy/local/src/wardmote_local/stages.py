"""Where the time of a report goes, read from the traces that the services wrote and from the times that Kafka kept."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from wardmote_contracts.topics import ASSESSMENT_EVENTS, INCIDENT_EVENTS
from wardmote_local.latency import Sample

Span = Mapping[str, Any]
Stages = dict[str, float]

READ_WITHIN_MS = 2000


def stages_of(samples: Sequence[Sample], traces: Path, bootstrap: str) -> list[Stages]:
    """Milliseconds of each stage, for each sample whose whole trace was found."""
    since = min(sample.sent_ns for sample in samples)
    by_trace = group_by_trace(spans_since(traces, since))
    sent = {topic: sent_times(bootstrap, topic, since // 1_000_000) for topic in (INCIDENT_EVENTS.name, ASSESSMENT_EVENTS.name)}
    return [stages for trace, spans in by_trace.items() if (stages := stages_of_trace(trace, spans, sent))]


def stages_of_trace(trace: str, spans: Sequence[Span], sent: Mapping[str, Mapping[str, int]]) -> Stages | None:
    """The stages of one trace; None when it is not a report's whole way."""
    request = _named(spans, "intake", "http POST /v1/reports")
    first = _named(spans, "classification", f"work {INCIDENT_EVENTS.name}")
    second = _named(spans, "case-management", f"work {ASSESSMENT_EVENTS.name}")
    to_kafka, again = sent[INCIDENT_EVENTS.name].get(trace), sent[ASSESSMENT_EVENTS.name].get(trace)
    if request is None or first is None or second is None or to_kafka is None or again is None:
        return None
    moments = [
        ("intake answers the request", request["start_ns"]),
        ("relay of intake", request["end_ns"]),
        ("Kafka, inbox and queue of classification", to_kafka),
        ("work of classification", first["start_ns"]),
        ("relay of classification", first["end_ns"]),
        ("Kafka, inbox and queue of case-management", again),
        ("work of case-management", second["start_ns"]),
        ("", second["end_ns"]),
    ]
    return {name: max(0.0, (after - at) / 1e6) for (name, at), (_, after) in pairwise(moments)}


def spans_since(traces: Path, since_ns: int) -> Iterable[Span]:
    """The ended spans in a folder of trace files that began at that time or later."""
    for file in traces.glob("*.jsonl"):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n") and (span := json.loads(line))["start_ns"] >= since_ns:
                    yield span


def group_by_trace(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """Spans by their trace's id."""
    found: dict[str, list[Span]] = {}
    for span in spans:
        found.setdefault(str(span["trace_id"]), []).append(span)
    return found


def sent_times(bootstrap: str, topic: str, since_ms: int) -> dict[str, int]:
    """When the first record of each trace was handed to Kafka, in nanoseconds. Kafka keeps whole milliseconds."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap.split(","), enable_auto_commit=False, consumer_timeout_ms=READ_WITHIN_MS)
    try:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        for partition, found in consumer.offsets_for_times(dict.fromkeys(partitions, since_ms)).items():
            if found is None:
                consumer.seek_to_end(partition)
            else:
                consumer.seek(partition, found.offset)
        times: dict[str, int] = {}
        for record in consumer:
            times.setdefault(_trace_of(record.headers), record.timestamp * 1_000_000)
        return times
    finally:
        consumer.close()


def _trace_of(headers: Sequence[tuple[str, bytes]]) -> str:
    """The trace's id of a W3C ``traceparent`` header: version-trace-span-flags."""
    parent = dict(headers).get("traceparent", b"").decode("ascii", errors="replace")
    return parent.split("-")[1] if parent.count("-") == 3 else ""


def _named(spans: Sequence[Span], service: str, name: str) -> Span | None:
    return next((span for span in spans if span["service"] == service and span["name"] == name), None)
