"""What models said of messages whose authors they had not read: as they are kept, and with what is true beside them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardmote_training.example import HEADS, Example

LEFT_OUT = "left-out.jsonl"
ASIDE = "aside.jsonl"
"""Of rows of the public sets that the answering model had not read either, with their labels."""

PUBLIC_HEADS = ("hate", "sexist", "uncivil")
"""What only the public sets label well: these heads take their scales from them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One message."""

    voice: str
    pair: str
    labels: Mapping[str, float]
    """What its author says."""
    features: Sequence[float]
    """What the stack reads: model, fast path, rule, threat rule."""
    logits: Mapping[str, float]
    """By head."""


def answers_of(path: Path, council: Sequence[Example]) -> list[Answer]:
    """The kept answers, joined to their messages. A message that changed since is left away with its answer."""
    by_id = {example.facts["id"]: example for example in council}
    return list(_joined(path, by_id))


def _joined(path: Path, by_id: Mapping[str, Example]) -> Iterator[Answer]:
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        example = by_id.get(row["id"])
        if example is not None and example.sha256 == row["text_sha256"]:
            logits = dict(zip(HEADS, row["logits"], strict=True))
            yield Answer(example.voice, example.pair, example.labels, row["features"], logits)


def row_of(example: Example, features: Sequence[float], logits: Mapping[str, float]) -> dict[str, Any]:
    """An answer as it is kept. The labels stay with the messages."""
    return {
        "id": example.facts["id"], "text_sha256": example.sha256, "features": [round(value, 4) for value in features],
        "logits": [round(logits[head], 3) for head in HEADS],
    }  # fmt: skip


def aside_row(example: Example, logits: Mapping[str, float]) -> dict[str, Any]:
    """An answer about a row of a public set as it is kept, without its words."""
    labels = {head: example.labels[head] for head in PUBLIC_HEADS if head in example.labels}
    return {"source": example.source, "labels": labels, "logits": {head: round(logits[head], 3) for head in PUBLIC_HEADS}}


def aside_of(path: Path, head: str) -> tuple[list[float], list[float]]:
    """Logits and labels of one head."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    known = [row for row in rows if head in row["labels"]]
    return [row["logits"][head] for row in known], [row["labels"][head] for row in known]
