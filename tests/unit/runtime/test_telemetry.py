"""Spans: one trace over processes, codes and types only."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from wardmote_runtime.telemetry import FileSpanExporter, Telemetry

WORDS = "I know where you live"
REMOTE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
Spans = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "traces" / "intake.jsonl"


@pytest.fixture
def telemetry(path: Path) -> Telemetry:
    return Telemetry.from_settings("intake", f"file:{path}", "")


@pytest.fixture
def spans(path: Path) -> Spans:
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


def test_a_span_becomes_one_line_as_soon_as_it_ends(telemetry: Telemetry, spans: Spans) -> None:
    with telemetry.span("rpc", kind="server", attempts=2):
        assert spans() == []
    (span,) = spans()
    assert span["name"] == "rpc"
    assert span["service"] == "intake"
    assert span["parent_id"] == ""
    assert span["status"] == "UNSET"
    assert span["attributes"] == {"attempts": 2}
    assert span["start_ns"] <= span["end_ns"]


def test_spans_are_added_to_what_the_file_holds(telemetry: Telemetry, path: Path, spans: Spans) -> None:
    with telemetry.span("one"):
        pass
    with Telemetry("intake", FileSpanExporter(path)).span("two"):
        pass
    assert [span["name"] for span in spans()] == ["one", "two"]


def test_a_span_is_the_child_of_the_present_one(telemetry: Telemetry, spans: Spans) -> None:
    with telemetry.span("outer"), telemetry.span("inner"):
        pass
    inner, outer = spans()
    assert inner["parent_id"] == outer["span_id"]
    assert inner["trace_id"] == outer["trace_id"]


def test_a_span_is_the_child_of_a_remote_parent(telemetry: Telemetry, spans: Spans) -> None:
    with telemetry.span("present"), telemetry.span("from afar", parent=REMOTE):
        pass
    child = spans()[0]
    assert child["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert child["parent_id"] == "b7ad6b7169203331"


@pytest.mark.parametrize("headers", [{}, {"traceparent": "nonsense"}, {"traceparent": "00-0-0-00"}])
def test_a_remote_side_without_a_trace_begins_a_new_one(telemetry: Telemetry, spans: Spans, headers: dict[str, str]) -> None:
    with telemetry.span("present"), telemetry.span("from afar", parent=headers):
        pass
    child, present = spans()
    assert child["parent_id"] == ""
    assert child["trace_id"] != present["trace_id"]


def test_what_is_carried_makes_the_other_sides_parent(telemetry: Telemetry, spans: Spans) -> None:
    with telemetry.span("caller"):
        headers = telemetry.carrier()
    with telemetry.span("callee", parent=headers):
        pass
    caller, callee = spans()
    assert callee["parent_id"] == caller["span_id"]
    assert telemetry.carrier() == {}


def test_an_error_marks_the_span_by_its_type_and_its_message_is_not_recorded() -> None:
    exporter = InMemorySpanExporter()
    telemetry = Telemetry("intake", exporter)
    for around in (telemetry.span("single"), telemetry.batch_span("batch", [REMOTE])):
        with pytest.raises(ValueError, match=WORDS), around:
            raise ValueError(WORDS)
    telemetry._provider.force_flush()
    ended = exporter.get_finished_spans()
    assert [span.name for span in ended] == ["single", "batch"]
    for span in ended:
        assert span.status.status_code.name == "ERROR"
        assert span.status.description == "ValueError"
        assert WORDS not in span.to_json()
        assert not span.events


def test_a_batch_is_nobodys_child_and_linked_to_its_events(telemetry: Telemetry, spans: Spans) -> None:
    with telemetry.span("present"), telemetry.batch_span("take in", [REMOTE, {}, {"traceparent": "nonsense"}]):
        pass
    batch = spans()[0]
    assert batch["parent_id"] == ""
    assert batch["links"] == ["0af7651916cd43dd8448eb211c80319c"]


async def test_spans_that_end_late_do_not_break_the_stop(telemetry: Telemetry, spans: Spans) -> None:
    await telemetry.start()
    with telemetry.span("late"):
        await telemetry.stop()
    assert spans() == []


def test_without_a_place_for_them_spans_still_carry_the_trace() -> None:
    telemetry = Telemetry.from_settings("intake", "none", "")
    with telemetry.span("x", parent=REMOTE):
        assert telemetry.carrier()["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
