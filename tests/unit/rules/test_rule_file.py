"""A broken rule file is refused, with every mistake named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from wardmote_rules.rule_file import RuleFileError
from wardmote_rules.rule_pass import RulePass

RULE: dict[str, Any] = {
    "id": "TL-900",
    "types": ["TL"],
    "threat": "T2",
    "danger": True,
    "line_test": "safety",
    "sentence": "A sentence.",
    "patterns": [r"\bkill <you>\b"],
    "positive": ["kill you", "kill u", "I kill you"],
    "negative": ["kill time", "a killing", "skill you"],
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*rules: Any) -> Path:
        (tmp_path / "fragments.yaml").write_text(yaml.safe_dump({"you": "you|u"}))
        (tmp_path / "version.yaml").write_text('date: "2026-11-22"\n')
        (tmp_path / "life.yaml").write_text(yaml.safe_dump({"rules": list(rules)}))
        return tmp_path

    return write


def test_a_good_file_loads(write: Write) -> None:
    loaded = RulePass.load(write(RULE))
    assert [rule.rule_id for rule in loaded.rules] == ["TL-900"]
    assert loaded.scan("I will kill you")[0].is_danger


def test_the_version_changes_with_any_rule(write: Write) -> None:
    before = RulePass.load(write(RULE)).version
    after = RulePass.load(write(RULE | {"sentence": "Another sentence."})).version
    assert before.startswith("2026-11-22.")
    assert before != after


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"types": ["XX"]}, "types must be codes"),
    ({"types": []}, "types must be codes"),
    ({"motivations": ["H-NO"]}, "motivations must be codes"),
    ({"threat": "T9"}, "threat must be"),
    ({"line_test": "mood"}, "line_test must be"),
    ({"danger": "yes please"}, "danger must be"),
    ({"id": "rule one"}, "id must look like"),
    ({"patterns": ["(kill"]}, "pattern 1"),
    ({"patterns": []}, "patterns needs at least one"),
    ({"patterns": ["kill <him>"]}, "pattern 1"),
    ({"patterns": ["kill.*you"]}, "upper bound"),
    ({"patterns": ["(?:kill ){2,}"]}, "upper bound"),
    ({"patterns": ["kill.{0,900}you"]}, "longer than"),
    ({"patterns": ["(?:k[il]l ){0,9}you"]}, "at most 4 times"),
    ({"positive": ["kill you"]}, "positive needs at least 3"),
    ({"negative": []}, "negative needs at least 3"),
    ({"sentence": "no full stop"}, "sentence must be"),
    ({"colour": "red"}, "colour is not a field"),
]


@pytest.mark.parametrize(("change", "problem"), BROKEN)
def test_a_broken_rule_is_refused(write: Write, change: dict[str, Any], problem: str) -> None:
    with pytest.raises(RuleFileError, match=problem):
        RulePass.load(write(RULE | change))


def test_every_mistake_is_told_at_once(write: Write) -> None:
    missing = {key: value for key, value in RULE.items() if key != "sentence"}
    with pytest.raises(RuleFileError) as refused:
        RulePass.load(write(RULE | {"threat": "T9", "types": ["XX"]}, missing, "no mapping"))
    assert len(refused.value.problems) == 4


def test_a_rule_twice_is_refused(write: Write) -> None:
    with pytest.raises(RuleFileError, match="there twice"):
        RulePass.load(write(RULE, RULE))


def test_no_rule_at_all_is_refused(write: Write) -> None:
    with pytest.raises(RuleFileError, match="there is no rule"):
        RulePass.load(write())


@pytest.mark.parametrize("content", ["- a list", "rules: [", ""])
def test_a_file_that_is_no_mapping_is_refused(write: Write, content: str) -> None:
    folder = write(RULE)
    (folder / "harm.yaml").write_text(content)
    with pytest.raises(RuleFileError, match=r"harm\.yaml"):
        RulePass.load(folder)


def test_a_missing_date_is_refused(write: Write) -> None:
    folder = write(RULE)
    (folder / "version.yaml").write_text("{}")
    with pytest.raises(RuleFileError, match=r"version\.yaml"):
        RulePass.load(folder)
