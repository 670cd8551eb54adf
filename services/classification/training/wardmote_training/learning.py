"""One course of learning: passes over examples, with a rate that rises and falls."""

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from wardmote_training.batches import LONGEST, Batch, Prepared, batches, prepare
from wardmote_training.example import HEADS, Example
from wardmote_training.network import LineNetwork

_HEAD_WEIGHTS = {"abuse": 4.0, "T1": 1.5, "T2": 1.5, "T3": 1.0, "hate": 2.0, "sexist": 1.0, "uncivil": 1.0}
_OTHER_WEIGHT = 0.4
_SHARES = {"hatemoji-build": 2.0, "hate-functional-synth": 2.0, "edos": 0.4, "guest-misogyny": 0.2, "toxic-spans": 0.15, "davidson": 0.2,
           "jigsaw-templates": 0.5}  # fmt: skip
"""How often a pass over the public sets reads each: the small ones twice, so that the large ones do not drown them."""

_PAIR_WEIGHT, _WORD_WEIGHT = 0.6, 0.5


@dataclass(frozen=True, slots=True)
class Course:
    """How to learn."""

    base: Path
    rate: float
    passes: int
    """Over the council line."""
    seed: int = 1
    frozen: int = 0
    layers: int | None = None
    public_passes: float = 1.0
    """Over the public sets, spread over the council line's passes."""
    threads: int = 2
    device: str = "cpu"
    """Or "cuda". Weights learnt on one are not those learnt on the other, bit for bit."""


class Beginnings:
    """What the frozen layers make of each text, reckoned once and kept, since they never change: half the work of a pass."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, ...], Tensor] = {}

    def of(self, network: LineNetwork, batch: Batch) -> Tensor:
        """For the texts of a batch, padded as the batch is."""
        lengths = batch.mask.sum(1).tolist()
        keys = [tuple(row[:length]) for row, length in zip(batch.ids.tolist(), lengths, strict=True)]
        if any(key not in self._kept for key in keys):
            for key, states in zip(keys, network.beginning(batch.ids, batch.mask), strict=True):
                self._kept[key] = states[: len(key)].to(torch.bfloat16).clone()
        return nn.utils.rnn.pad_sequence([self._kept[key] for key in keys], batch_first=True).float()


def learn(course: Course, council: Sequence[Example], public: Sequence[Example], say: str, beginnings: Beginnings) -> LineNetwork:
    """A network that learnt both. The same course and examples on the same machine give the same weights.

    Args:
        beginnings: empty, or of a course with the same base and the same frozen layers.
    """
    torch.manual_seed(course.seed)
    torch.set_num_threads(course.threads)
    tokenizer = tokenizer_of(course.base)
    pad = tokenizer.token_to_id("<pad>") or 0
    network = LineNetwork(course.base, course.layers, course.frozen).to(course.device)
    rows, others = prepare(council, tokenizer), prepare(_drawn(public, course.seed), tokenizer)
    plan = [_passage(rows, others, course, number) for number in range(course.passes)]
    steps = sum(sum(1 for _ in batches(passage, pad, course.seed * 100 + number)) for number, passage in enumerate(plan))
    optimiser = torch.optim.AdamW(_groups(network, course.rate), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    network.train()
    began, step = time.monotonic(), 0
    for number, passage in enumerate(plan):
        total = 0.0
        for drawn in batches(passage, pad, course.seed * 100 + number):
            batch = drawn.to(course.device)
            with torch.autocast(course.device, dtype=torch.bfloat16):
                logits, words = (
                    network.ending(beginnings.of(network, batch), batch.mask) if course.frozen else network(batch.ids, batch.mask)
                )
            loss = loss_of(logits.float(), words.float(), batch)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            total = 0.98 * total + 0.02 * float(loss.detach())
            if step % 50 == 0:
                took = time.monotonic() - began
                sys.stderr.write(f"{say} pass {number + 1}/{course.passes} step {step}/{steps} loss {total:.3f} {took:.0f} s\n")
    return network.to("cpu").eval()


def _drawn(public: Sequence[Example], seed: int) -> list[Example]:
    dice = np.random.default_rng(seed)
    drawn: list[Example] = []
    for source in sorted({example.source for example in public}):
        rows, share = [example for example in public if example.source == source], _SHARES.get(source, 1.0)
        drawn += rows * int(share)
        drawn += [rows[place] for place in dice.permutation(len(rows))[: int(len(rows) * (share % 1))]]
    return drawn


def read_by(course: Course, public: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """What a course reads of the public sets, and what it leaves."""
    drawn = _drawn(public, course.seed)
    order = np.random.default_rng(course.seed).permutation(len(drawn))
    read = {drawn[place].text for place in order[: int(len(drawn) * course.public_passes)]}
    return [one for one in public if one.text in read], [one for one in public if one.text not in read]


def _passage(rows: list[Prepared], others: list[Prepared], course: Course, number: int) -> list[Prepared]:
    share = course.public_passes / course.passes
    start = int(len(others) * share * number)
    order = np.random.default_rng(course.seed).permutation(len(others))
    wanted = [others[order[place % len(others)]] for place in range(start, int(len(others) * share * (number + 1)))] if others else []
    return [*rows, *wanted]


def _groups(network: LineNetwork, rate: float) -> list[dict[str, object]]:
    """The heads are new and learn faster; each lower layer of the encoder learns a little slower."""
    groups: list[dict[str, object]] = [{"params": [*network.heads.parameters(), *network.words.parameters()], "lr": rate * 10}]
    layers = network.encoder.encoder.layer
    for depth, layer in enumerate(layers):
        params = [one for one in layer.parameters() if one.requires_grad]
        if params:
            groups.append({"params": params, "lr": rate * 0.93 ** (len(layers) - 1 - depth)})
    seen = {id(one) for group in groups for one in group["params"]}  # type: ignore[attr-defined]
    rest = [one for one in network.parameters() if one.requires_grad and id(one) not in seen]
    return [*groups, {"params": rest, "lr": rate * 0.5}] if rest else groups


def _rate(step: int, steps: int) -> float:
    warm = max(1, int(steps * 0.08))
    return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) * 0.98 + 0.02


def loss_of(logits: Tensor, words: Tensor, batch: Batch) -> Tensor:
    """Known labels by cross-entropy; the abusive half of a pair above the other; known words by cross-entropy."""
    weights = torch.tensor([_HEAD_WEIGHTS.get(head, _OTHER_WEIGHT) for head in HEADS], device=logits.device)
    known = ~torch.isnan(batch.labels)
    targets = torch.where(known, batch.labels, torch.zeros_like(batch.labels)) * 0.96 + 0.02
    each = F.binary_cross_entropy_with_logits(logits, targets, reduction="none") * weights * batch.weights[:, None] * known
    loss = each.sum() / (known[:, 0].sum() * 4.0 + 4.0)
    if len(batch.pairs):
        gap = logits[batch.pairs[:, 1], 0] - logits[batch.pairs[:, 0], 0]
        loss = loss + _PAIR_WEIGHT * F.softplus(1.0 - gap).mean() * min(1.0, len(batch.pairs) / 8)
    marked = ~torch.isnan(batch.words)
    if marked.any():
        loss = loss + _WORD_WEIGHT * F.binary_cross_entropy_with_logits(words[marked], batch.words[marked])
    return loss


def tokenizer_of(base: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer
