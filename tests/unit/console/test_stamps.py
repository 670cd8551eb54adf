"""Notes in a browser: for one purpose, one council and a while, and unchanged."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_console.adapters.stamps import HmacStamps

from tests.unit.console.fakes import ELSEWHERE, HERE
from wardmote_runtime.auth import new_key_pair
from wardmote_testkit.clock import StoppedClock

LIFE = timedelta(minutes=5)
CLOCK = StoppedClock()
STAMPS = HmacStamps(b"k" * 32, CLOCK)
NOTE = {"reference": "7K3M-P2QX", "urgent": ""}


def test_a_note_comes_back() -> None:
    assert STAMPS.read("received", HERE, STAMPS.write("received", HERE, NOTE, LIFE)) == NOTE


@given(st.dictionaries(st.text(), st.text()))
def test_any_note_comes_back(note: dict[str, str]) -> None:
    assert STAMPS.read("p", HERE, STAMPS.write("p", HERE, note, LIFE)) == note


def test_a_note_is_for_one_purpose_and_council() -> None:
    text = STAMPS.write("received", HERE, NOTE, LIFE)
    assert STAMPS.read("sign-in", HERE, text) is None
    assert STAMPS.read("received", ELSEWHERE, text) is None
    assert HmacStamps(b"o" * 32, CLOCK).read("received", HERE, text) is None


def test_a_note_is_forgotten_in_time() -> None:
    clock = StoppedClock()
    stamps = HmacStamps(b"k" * 32, clock)
    text = stamps.write("received", HERE, NOTE, LIFE)
    clock.advance(LIFE)
    assert stamps.read("received", HERE, text) == NOTE
    clock.advance(timedelta(seconds=1))
    assert stamps.read("received", HERE, text) is None


@given(st.text())
def test_nothing_else_is_read(text: str) -> None:
    assert STAMPS.read("received", HERE, text) is None


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_changed_note_is_not_read(place: int) -> None:
    text = list(STAMPS.write("received", HERE, NOTE, LIFE))
    text[place] = "A" if text[place] != "A" else "B"
    assert STAMPS.read("received", HERE, "".join(text)) is None


def test_every_console_with_the_same_signing_key_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(new_key_pair()[0]))
    text = HmacStamps.from_signing_key(path, CLOCK).write("received", HERE, NOTE, LIFE)
    assert HmacStamps.from_signing_key(path, CLOCK).read("received", HERE, text) == NOTE
    path.write_text(json.dumps(new_key_pair()[0]))
    assert HmacStamps.from_signing_key(path, CLOCK).read("received", HERE, text) is None
