"""What the council line teaches: labels, deciding words, voices left out."""

import json
from pathlib import Path

import pytest
from wardmote_training.corpora import council_line
from wardmote_training.example import Example
from wardmote_training.folds import folds

OWN = Path(__file__).parents[3] / "services/classification/training/council-line"
ROW = {
    "channel": "letter", "topic": "bins", "types": ["VT"], "motivation": [],
    "threat": "T2", "severity": "S3", "target": "officer", "note": "menace",
}  # fmt: skip


@pytest.fixture
def pair(tmp_path: Path) -> list[Example]:
    legit = ROW | {
        "id": "A-1",
        "text": "I will see you at the meeting.",
        "label": "legit",
        "types": ["N1"],
        "threat": "T0",
        "severity": "S0",
    }
    abuse = ROW | {"id": "A-2", "text": "I will see you at your home.", "label": "abuse"}
    rows = [row | {"pair": "A-p1"} for row in (legit, abuse)]
    (tmp_path / "A.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return council_line(tmp_path)


def test_labels_follow_the_row(pair: list[Example]) -> None:
    legit, abuse = pair
    assert (legit.labels["abuse"], legit.labels["T1"], legit.labels["VT"]) == (0.0, 0.0, 0.0)
    assert [abuse.labels[head] for head in ("abuse", "T1", "T2", "T3", "severe", "VT", "at-officer")] == [1, 1, 1, 0, 1, 1, 1]


def test_abuse_without_a_hostile_motive_says_nothing_of_hate(pair: list[Example]) -> None:
    assert pair[0].labels["hate"] == 0.0
    assert "hate" not in pair[1].labels


def test_the_words_that_differ_decide_and_only_in_the_abusive_half(pair: list[Example]) -> None:
    legit, abuse = pair
    assert legit.deciding == ()
    assert abuse.deciding is not None
    assert [abuse.text[start:end] for start, end in abuse.deciding] == ["your home"]


def test_each_voice_is_judged_once_by_a_model_that_did_not_read_it() -> None:
    examples = [Example(f"{voice} {number}", "council-line", {}, voice) for voice in "ABCDE" for number in range(3)]
    judged: list[str] = []
    for known, held in folds(examples, 3):
        assert not {one.voice for one in known} & {one.voice for one in held}
        assert len(known) + len(held) == len(examples)
        judged += [one.text for one in held]
    assert sorted(judged) == sorted(one.text for one in examples)


def test_the_projects_own_set_is_whole_balanced_and_without_doubles() -> None:
    examples = council_line(OWN)
    texts = [" ".join(one.text.lower().split()) for one in examples]
    assert len(set(texts)) == len(texts)
    for voice in {one.voice for one in examples}:
        own = [one for one in examples if one.voice == voice]
        assert len(own) == 220
        assert 100 <= sum(one.labels["abuse"] for one in own) <= 120
