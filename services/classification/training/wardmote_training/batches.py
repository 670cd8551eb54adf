"""Makes batches: texts of like length together, both halves of a pair in one batch, the data sets mixed."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from wardmote_classification.adapters.line_model import WINDOW
from wardmote_classification.adapters.preparation import prepared

from wardmote_rules.text_view import TextView
from wardmote_training.example import HEADS, Example, Spans

LONGEST = WINDOW
"""Tokens read of a text while training; longer ones are read in windows when they are judged."""

_TOKENS_A_BATCH = 3_072


@dataclass(frozen=True, slots=True)
class Prepared:
    """An example as numbers."""

    ids: tuple[int, ...]
    labels: tuple[float, ...]
    """NaN where unknown."""
    words: tuple[tuple[float, float], ...]
    """Insulting, deciding."""
    pair: str
    weight: float


@dataclass(frozen=True, slots=True)
class Batch:
    ids: Tensor
    mask: Tensor
    labels: Tensor
    words: Tensor
    weights: Tensor
    pairs: Tensor
    """Rows of (legitimate, abusive) halves."""

    def to(self, device: str) -> "Batch":
        """The same on a device."""
        return Batch(*(getattr(self, one.name).to(device) for one in fields(self)))


def prepare(examples: Sequence[Example], tokenizer: Tokenizer) -> list[Prepared]:
    """Tokens and labels of each example, prepared as the service prepares a text."""
    views = [prepared(example.text) for example in examples]
    encodings = tokenizer.encode_batch([view.text for view in views])
    return [_prepared(example, view, encoding) for example, view, encoding in zip(examples, views, encodings, strict=True)]


def _prepared(example: Example, view: TextView, encoding: Any) -> Prepared:
    ids, offsets = encoding.ids, [_original(view, place) for place in encoding.offsets]
    labels = tuple(example.labels.get(head, float("nan")) for head in HEADS)
    words = tuple((_marked(place, example.insults), _marked(place, example.deciding)) for place in offsets)
    return Prepared(tuple(ids), labels, words, example.pair, example.weight)


def _original(view: TextView, place: tuple[int, int]) -> tuple[int, int]:
    if place[0] == place[1]:
        return (0, 0)
    span = view.span(*place)
    return (span.start, span.end)


def _marked(place: tuple[int, int], spans: Spans | None) -> float:
    if spans is None or place[0] == place[1]:
        return float("nan")
    return float(any(place[0] < last and place[1] > first for first, last in spans))


def batches(prepared: Sequence[Prepared], pad: int, seed: int) -> Iterator[Batch]:
    """One pass over everything, in an order drawn from the seed."""
    dice = random.Random(seed)  # noqa: S311 - draws an order
    groups: dict[str, list[Prepared]] = defaultdict(list)
    for number, one in enumerate(prepared):
        groups[one.pair or f"#{number}"].append(one)
    units = list(groups.values())
    dice.shuffle(units)
    made = []
    for start in range(0, len(units), 600):
        pool = sorted(units[start : start + 600], key=lambda unit: max(len(one.ids) for one in unit) + dice.random() * 6)
        made += list(_cut(pool))
    dice.shuffle(made)
    for rows in made:
        yield _batch(rows, pad)


def _cut(units: Sequence[list[Prepared]]) -> Iterator[list[Prepared]]:
    rows: list[Prepared] = []
    for unit in units:
        longest = max(len(one.ids) for one in (*rows, *unit))
        if rows and (longest * (len(rows) + len(unit)) > _TOKENS_A_BATCH or len(rows) >= 48):
            yield rows
            rows = []
        rows = [*rows, *unit]
    if rows:
        yield rows


def _batch(rows: Sequence[Prepared], pad: int) -> Batch:
    length = max(len(one.ids) for one in rows)
    blank = float("nan")
    ids = torch.tensor([[*one.ids, *[pad] * (length - len(one.ids))] for one in rows])
    mask = torch.tensor([[1] * len(one.ids) + [0] * (length - len(one.ids)) for one in rows])
    labels = torch.tensor([one.labels for one in rows])
    words = torch.tensor([[*one.words, *[(blank, blank)] * (length - len(one.words))] for one in rows])
    return Batch(ids, mask, labels, words, torch.tensor([one.weight for one in rows]), torch.tensor(_pairs(rows)).reshape(-1, 2))


def _pairs(rows: Sequence[Prepared]) -> list[tuple[int, int]]:
    halves: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(rows):
        if one.pair:
            halves[one.pair].append(place)
    found = []
    for places in halves.values():
        legit = [place for place in places if rows[place].labels[0] == 0.0]
        abuse = [place for place in places if rows[place].labels[0] == 1.0]
        found += [(one, other) for one in legit for other in abuse]
    return found
