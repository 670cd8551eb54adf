"""The sets that score a model and never train one, as texts with what is true of them."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Scored:
    """A text of a benchmark."""

    text: str
    is_true: bool
    """Abusive, hateful, sexist or uncivil, as the set says."""
    group: str = ""
    """Function, identity or author."""
    pair: str = ""
    identity: str = ""
    threat: int = 0
    marked: frozenset[int] = frozenset()


def council_dev(data: Path) -> list[Scored]:
    """Three authors, 110 messages each."""
    return [one for path in sorted((data / "eval/council-line-dev").glob("author*.jsonl")) for one in _council(path)]


def _council(path: Path) -> Iterator[Scored]:
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        pair = f"{path.stem}/{row['pair']}" if row["pair"] else ""
        yield Scored(row["text"], row["label"] == "abuse", path.stem, pair, threat=int(row["threat"][1]))


def hatecheck(data: Path) -> list[Scored]:
    rows = _csv(data / "eval/hatecheck/test_suite_cases.csv")
    return [Scored(row["test_case"], row["label_gold"] == "hateful", row["functionality"], identity=row["target_ident"]) for row in rows]


def edos(data: Path) -> list[Scored]:
    rows = _csv(data / "train/edos/edos_labelled_aggregated.csv")
    return [Scored(row["text"], row["label_sexist"] == "sexist") for row in rows if row["split"] == "test"]


def incivility(data: Path) -> list[Scored]:
    return [Scored(row["text"], row["uncivil"] == "yes") for row in _csv(data / "eval/incivility-evalonly/training-data.csv")]


def toxic_spans(data: Path) -> list[Scored]:
    rows = _csv(data / "train/toxic-spans/tsd_test.csv")
    return [Scored(row["text"], True, marked=frozenset(json.loads(row["spans"]))) for row in rows]


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.DictReader(file))
