"""One trace shows the way from the form to the notification, across Kafka."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wardmote_testkit.wait import eventually_sync

Stack = dict[str, Any]

WAY = ["console", "intake", "classification", "case-management", "notification"]


def spans(folder: str) -> list[dict[str, Any]]:
    found = []
    for path in Path(folder).glob("*.jsonl"):
        for line in path.read_text().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def whole_way(folder: str, incident_case: str) -> list[dict[str, Any]]:
    """The spans of the newest trace that has passed every service and whose spans have all ended, or none yet.

    A span is written when it ends, so a child stands in the file before its parent does.
    """
    by_trace: dict[str, list[dict[str, Any]]] = {}
    for span in spans(folder):
        by_trace.setdefault(span["trace_id"], []).append(span)
    for trace in sorted(by_trace.values(), key=lambda trace: -min(span["start_ns"] for span in trace)):
        names = {span["name"] for span in trace}
        if {span["service"] for span in trace} >= set(WAY) and "work deliver-notification" in names and len(roots_of(trace)) == 1:
            return trace
    return []


def roots_of(trace: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The spans whose parent is not in the trace."""
    ids = {span["span_id"] for span in trace}
    return [span for span in trace if span["parent_id"] not in ids]


def test_the_trace_of_a_form_ends_at_the_mail(stack: Stack, report_by_form: Callable[..., str], mails_about: Callable[..., Any]) -> None:
    report_by_form("northshire", "The chair cut us off at the planning meeting. Shame on the lot of you.")
    trace = eventually_sync(lambda: whole_way(stack["traces_folder"], ""), describe="a trace through every service")
    names = [span["name"] for span in sorted(trace, key=lambda span: span["start_ns"])]
    assert [root["service"] for root in roots_of(trace)] == ["console"], names
    first = {service: min(span["start_ns"] for span in trace if span["service"] == service) for service in WAY}
    assert sorted(WAY, key=lambda service: first[service]) == WAY


def test_batches_are_linked_to_the_traces_of_their_events(stack: Stack) -> None:
    everything = spans(stack["traces_folder"])
    traces = {span["trace_id"] for span in everything if span["service"] == "intake"}
    linked = {link for span in everything if span["name"] == "take in" for link in span["links"]}
    assert traces & linked
