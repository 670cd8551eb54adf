"""A service's log as people read it."""

from pathlib import Path

import pytest

from wardmote_local.log_lines import Follower, short

JSON = '{"event":"Ready.","level":"info","timestamp":"2026-01-05T09:00:00Z","service":"intake","trace_id":"ab"}'


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (JSON, "intake          | info    Ready."),
        ('{"event":"A library reports.","level":"warning","where":"x:1"}', "intake          | warning A library reports. where=x:1"),
        ("Traceback (most recent call last):", "intake          | Traceback (most recent call last):"),
        ('["not", "ours"]', 'intake          | ["not", "ours"]'),
    ],
)
def test_a_line_is_short(line: str, shown: str) -> None:
    assert short("intake", line) == shown


def test_only_whole_lines_are_followed(tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    log.write_text("one\ntw")
    follower = Follower({"intake": log, "missing": tmp_path / "missing.log"}, from_end=False)
    assert list(follower.new_lines()) == [("intake", "one")]
    with log.open("a") as file:
        file.write("o\nthree\n")
    assert list(follower.new_lines()) == [("intake", "two"), ("intake", "three")]
    assert list(follower.new_lines()) == []


def test_a_letter_that_is_torn_between_two_reads_stays_whole(tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    follower = Follower({"intake": log}, from_end=False)
    log.write_bytes("Öl".encode()[:1])
    assert list(follower.new_lines()) == []
    log.write_bytes("Öl\n".encode())
    assert list(follower.new_lines()) == [("intake", "Öl")]


def test_a_log_that_begins_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    log.write_text("of the run before\n")
    follower = Follower({"intake": log}, from_end=True)
    log.write_text("new\n")
    assert list(follower.new_lines()) == [("intake", "new")]
