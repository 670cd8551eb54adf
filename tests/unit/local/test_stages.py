"""Where the time of a report goes, from spans written down by hand."""

import json
from pathlib import Path

import pytest

from wardmote_local.latency import Sample, percentile
from wardmote_local.stages import group_by_trace, spans_since, stages_of_trace
from wardmote_local.tables import latency_lines

MS = 1_000_000


def span(service: str, name: str, start: int, end: int, trace: str = "t1") -> dict[str, object]:
    return {"trace_id": trace, "service": service, "name": name, "start_ns": start * MS, "end_ns": end * MS}


WAY = [
    span("intake", "http POST /v1/reports", 100, 110),
    span("classification", "work incident-events", 140, 150),
    span("case-management", "work assessment-events", 190, 200),
]
SENT = {"incident-events": {"t1": 115 * MS}, "assessment-events": {"t1": 155 * MS}}


def test_the_stages_follow_each_other() -> None:
    stages = stages_of_trace("t1", WAY, SENT)
    assert stages is not None
    assert list(stages.values()) == [10.0, 5.0, 25.0, 10.0, 5.0, 35.0, 10.0]
    assert sum(stages.values()) == 100.0


@pytest.mark.parametrize("missing", range(3))
def test_half_a_way_is_none(missing: int) -> None:
    assert stages_of_trace("t1", WAY[:missing] + WAY[missing + 1 :], SENT) is None
    assert stages_of_trace("t2", WAY, SENT) is None


def test_spans_are_read_from_all_files_since_a_time(tmp_path: Path) -> None:
    (tmp_path / "intake.jsonl").write_text("".join(json.dumps(one) + "\n" for one in [*WAY[:1], span("intake", "old", 1, 2)]))
    (tmp_path / "classification.jsonl").write_text(json.dumps(WAY[1]) + "\n" + '{"torn": ')
    assert [one["name"] for one in group_by_trace(spans_since(tmp_path, 50 * MS))["t1"]]
    assert len(list(spans_since(tmp_path, 50 * MS))) == 2


def test_percentiles_are_by_nearest_rank() -> None:
    values = [float(number) for number in range(1, 201)]
    assert (percentile(values, 0.5), percentile(values, 0.95)) == (100.0, 190.0)
    assert percentile([7.0], 0.95) == 7.0


def test_the_table_tells_when_no_trace_was_found() -> None:
    samples = [Sample("i", 0, 10 * MS, 60 * MS)]
    assert "50.0" in latency_lines(samples, [])[1]
    assert latency_lines(samples, [])[-1] == "No whole trace was found."
    assert "10.0" in latency_lines(samples, [{"intake answers the request": 10.0}])[-1]
