"""The pure parts of the load measurement."""

import json
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.load.figures import Times, change, per, percentile, rate
from tests.load.headline import Figure, headline, keep, kept, ratios, verdict
from tests.load.job import Job, Outcome, Sender, Sent
from tests.load.loading import invented
from tests.load.picture import picture
from tests.load.plan import FEWEST, MOST, QUICK, closed_reports
from tests.load.stretch import IN_CASE, MAILED, PAGED, times_of
from tests.load.tables import lines_of, table
from tests.load.texts import report
from tests.load.way import ANSWER, STAGES, Passed
from wardmote_rules.rule_pass import RulePass


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert Times.of([]) == Times(0, 0, 0, 0, 0)
    assert percentile([7.0], 0.01) == 7.0


def test_nothing_is_divided_by_nothing() -> None:
    assert rate(3, 0) == 0
    assert per({"intake": 3.0}, 0) == {"intake": 0.0}
    assert change(1, 0) is None


@pytest.mark.parametrize(
    ("value", "before", "better", "said"),
    [
        (120, 100, "more", "+20% better"), (80, 100, "more", "-20% worse"), (80, 100, "less", "-20% better"),
        (105, 100, "more", "+5%"), (1, None, "more", ""),
    ],
)  # fmt: skip
def test_a_change_is_better_or_worse_or_noise(value: float, before: float | None, better: Any, said: str) -> None:
    assert verdict(Figure(value, "x", better), before) == said


def test_a_job_and_its_outcome_come_back_from_their_files(tmp_path: Path) -> None:
    job = Job("REST", "a", "b", "c", [Sender("key", "reader")], seed=1, rate=2.5, seconds=3)
    job.write(tmp_path / "job")
    assert Job.read(tmp_path / "job") == job
    outcome = Outcome([Sent(1, 2, 3, "incident", True), Sent(1, 2, 3, refusal="UNAVAILABLE")], 0.5)
    outcome.write(tmp_path / "outcome")
    again = Outcome.read(tmp_path / "outcome")
    assert again == outcome
    assert (len(again.accepted), again.refusals) == (1, {"UNAVAILABLE": 1})


def test_latency_counts_from_the_intended_time() -> None:
    assert Sent(intended_ns=1_000_000, sent_ns=9_000_000, answered_ns=11_000_000).answer_ms == 10


def test_each_stage_ends_where_the_next_one_begins() -> None:
    way = Passed(100, 110, 120, 150, 160, 170, 200, 230, 280, None)
    stages = way.stages()
    assert tuple(stages) == STAGES
    assert sum(stages.values()) == 180
    assert set(Passed(100, 110, None, 150, None, None, None, None, None, None).stages()) == {"relay of intake"}


def test_the_whole_way_is_told_beside_its_stages() -> None:
    sent = [Sent(0, 0, 100_000_000, "a", is_urgent=True, seen_ns=350_000_000), Sent(0, 0, 100_000_000, "unknown")]
    times = times_of(sent, {"a": Passed(50, 110, 120, 150, 160, 170, 200, 230, 280, 240)})
    assert (times[ANSWER]["count"], times[IN_CASE]["p50"], times[MAILED]["p50"], times[PAGED]["p50"]) == (2, 100, 180, 240)


def test_only_reports_of_danger_page_and_all_are_within_the_limits() -> None:
    rules, chance = RulePass.load(), random.Random(1)
    ordinary = [report(chance, 0.0) for _ in range(300)]
    danger = report(chance, 1.0)
    fired = {one.text: [finding for finding in rules.scan(one.text) if finding.is_danger] for one in (*ordinary, danger)}
    assert fired.pop(danger.text)
    assert not any(fired.values())
    assert all(len(one.text) < 20_000 and one.draft().items[0].text == one.text for one in ordinary)


def test_invented_councils_differ() -> None:
    councils = [invented(number) for number in range(400)]
    assert len({council.slug for council in councils}) == len({council.tenant_id for council in councils}) == 400


def test_a_closed_loop_is_as_long_as_the_warm_up_says() -> None:
    assert closed_reports(QUICK, 50) == QUICK.closed_s * 50
    assert (closed_reports(QUICK, 0), closed_reports(QUICK, 1e9)) == (FEWEST, MOST)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert list(table(("a", "b"), [("long", "1"), ("x", "22")])) == ["a      b", "long   1", "x     22", ""]


@pytest.fixture
def found() -> dict[str, Any]:
    """A small measurement, as the file keeps it."""
    one = Times.of([1.0, 2.0]).as_json()
    times = dict.fromkeys((ANSWER, *STAGES, IN_CASE, "accepted to seen by GetCase", MAILED, PAGED), one)
    run = {
        "accepted/s": 60.0, "cases/s": 30.0, "told/s": 20.0, "refusals": {}, "missing cases": 0, "missing mails": 0, "times ms": times,
        "cpu ms a report": {"intake": 4.0}, "cpu ms a report, all of the stack": 4.0, "cpu ms a report, driver": 1.0,
        "processors busy, others": 0.1, "bytes a report": {"database intake": 10, "topic incident-events": 5},
        "memory mb": {"intake": 90.0}, "load average": 1.0,
    }  # fmt: skip
    whens = ("alone", "while it sends", "while it is worked off", "the flood itself")
    quiet = {"quiet rate": 8, "flood reports": 9, "flood accepted/s": 50, "limit of the flood/s": 0.5, "refusals": {}}
    quiet["flood in a case when the limit was lifted"] = 5
    return {
        "plan": "quick", "taken at": "2026-01-05", "revision": "abc", "machine": {"processors": 2, "model": "M"},
        "sustained reports/s": 20.0,
        "raw": {"bytes a report": 500.0, "COPY": 1000.0, "produce": 2000.0},
        "runs": {"closed, REST, 40 councils": run, "open, 50%": {**run, "rate": 10.0}, "full load": run},
        "pile-on": quiet | dict.fromkeys(whens, times),
    }  # fmt: skip


def test_the_kept_figures_are_what_the_next_run_is_compared_with(found: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "performance.json"
    assert kept(file, "quick") == {}
    file.write_text(json.dumps({"full": {"figures": {"x": {"value": 1, "unit": "ms", "better": "less"}}}}))
    keep(file, found)
    assert kept(file, "full") == {"x": 1}
    assert kept(file, "quick") == {name: figure.value for name, figure in headline(found).items()}
    lines = "\n".join(lines_of(found, kept(file, "quick") | {"sustained, report to mail": 10.0}))
    assert "+100% better" in lines
    assert "+0%" in lines


def test_what_was_reached_is_told_as_a_share_of_the_machines_limit(found: dict[str, Any]) -> None:
    assert ratios(found) == {"accepted of COPY": 0.06, "sustained of COPY": 0.02, "sustained of produce": 0.01}


def test_the_picture_is_well_formed_and_says_what_it_shows(found: dict[str, Any]) -> None:
    root = ElementTree.fromstring(picture(found))
    words = "".join(root.itertext())
    assert root.attrib["role"] == "img"
    assert all(stage in words for stage in STAGES)
