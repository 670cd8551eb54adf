"""A broken offence table is refused, with every mistake named."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from wardmote_kernel.taxonomy import Nation
from wardmote_rules.offence_file import OffenceFileError, read_offences

OFFENCE: dict[str, Any] = {
    "code": "XA-1",
    "title": "A title",
    "nations": ["WALES"],
    "types": ["TL"],
    "statute": "Example Act 2020 s1",
    "sentence": "May apply when somebody does so.",
    "evidence": "The words.",
    "in_force_from": date(2020, 5, 1),
    "source": "https://www.legislation.gov.uk/example",
}
WITHOUT: dict[str, Any] = {"types": ["PO"], "nations": ["WALES"], "why": "It is lawful by itself."}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*offences: Any, without: Any = (), **rest: Any) -> Path:
        path = tmp_path / "offences.yaml"
        content = {"date": date(2026, 11, 25), "offences": list(offences), "without_offence": list(without)}
        path.write_text(yaml.safe_dump(content | rest))
        return path

    return write


def test_a_good_table_loads(write: Write) -> None:
    table = read_offences(write(OFFENCE, OFFENCE | {"code": "XA-2", "in_force_from": None, "note": "Check it."}, without=[WITHOUT]))
    assert [offence.code for offence in table.offences] == ["XA-1", "XA-2"]
    assert table.without_offence == {nation: frozenset({"PO"} if nation is Nation.WALES else ()) for nation in Nation}


def test_the_last_day_still_counts(write: Write) -> None:
    table = read_offences(write(OFFENCE | {"in_force_until": date(2021, 1, 31)}))
    held = [bool(table.possible(["TL"], [], Nation.WALES, date(2021, month, day))) for month, day in ((1, 31), (2, 1))]
    assert held == [True, False]


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"code": "xa 1"}, "code must look like"),
    ({"title": " "}, "title must be a line of text"),
    ({"evidence": 7}, "evidence must be a line of text"),
    ({"source": ""}, "source must be a line of text"),
    ({"note": None}, "note must be a line of text"),
    ({"nations": ["KENT"]}, "nations must be"),
    ({"nations": []}, "nations must be"),
    ({"nations": "WALES"}, "nations must be"),
    ({"types": ["N1"]}, "types must be"),
    ({"types": ["TL", "TL"]}, "types must be"),
    ({"types": [["TL"]]}, "types must be"),
    ({"motivations": ["H-NO"]}, "motivations must be"),
    ({"motivations": []}, "motivations must be"),
    ({"sentence": "The sender threatened to kill."}, "sentence must begin with 'May apply when'"),
    ({"sentence": "May apply when somebody does"}, "full stop"),
    ({"in_force_from": "2020"}, "must be days"),
    ({"in_force_from": None}, "note must say what to check"),
    ({"in_force_until": None}, "must be days"),
    ({"in_force_until": date(2019, 1, 1)}, "not be before"),
    ({"refer_within_months": 0}, "whole number"),
    ({"refer_within_months": True}, "whole number"),
    ({"refer_within_months": None}, "whole number"),
    ({"penalty": "life"}, "penalty is not a field"),
]


@pytest.mark.parametrize(("change", "problem"), BROKEN)
def test_a_broken_offence_is_refused(write: Write, change: dict[str, Any], problem: str) -> None:
    with pytest.raises(OffenceFileError, match=problem):
        read_offences(write(OFFENCE | change))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"types": ["N1"]}, "types must be"),
        ({"nations": []}, "nations must be"),
        ({"why": ""}, "must say why"),
        ({"who": "x"}, "not a field"),
    ],
)
def test_none_on_purpose_must_say_of_what_and_why(write: Write, change: dict[str, Any], problem: str) -> None:
    with pytest.raises(OffenceFileError, match=problem):
        read_offences(write(OFFENCE, without=[WITHOUT | change]))


def test_every_mistake_is_told_at_once(write: Write) -> None:
    missing = {key: value for key, value in OFFENCE.items() if key != "statute"}
    with pytest.raises(OffenceFileError) as refused:
        read_offences(write(OFFENCE | {"types": ["N1"], "nations": []}, missing, "no mapping", without=["no mapping"]))
    assert len(refused.value.problems) == 6, "four kinds of mistake, and the code that is there twice"


@pytest.mark.parametrize("rest", [{"offences": []}, {"offences": {}}, {"date": "today"}, {"more": 1}], ids=str)
def test_a_table_of_another_shape_is_refused(write: Write, rest: dict[str, Any]) -> None:
    with pytest.raises(OffenceFileError):
        read_offences(write(OFFENCE, **rest))


@pytest.mark.parametrize("content", ["- a list", "offences: [", ""])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "offences.yaml"
    path.write_text(content)
    with pytest.raises(OffenceFileError):
        read_offences(path)
    with pytest.raises(OffenceFileError, match="cannot be read"):
        read_offences(tmp_path / "none.yaml")
