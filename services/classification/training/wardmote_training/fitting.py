"""Fits stack, scales and cut points on answers about voices that the judging model had not read. The dev set takes no part."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from wardmote_classification.adapters.line_assessor import MOTIVATIONS, TYPES

from wardmote_training.example import HEADS

FEATURES = ("model", "fast", "rule", "rule-threat")
MISSED, ALARMED, THREAT_MISSED = 0.03, 0.03, 0.02
"""Shares aimed at on the voices left out: abuse cleared, debate called abuse, T2 or graver cleared. The first two are under the aims of
4 %, because other authors may be harder. With the aim of 1 % for the third, one message in eighty of these voices would be cleared, and
the service could no longer say that anything is debate; they are the hardest that we could write, half of them pairs."""

Numbers = NDArray[np.float64]


def fit(features: Numbers, logits: Numbers, labels: Numbers, version: str) -> dict[str, Any]:
    """The calibration as it is kept.

    Args:
        features: a row for each message, a column for each of :data:`FEATURES`.
        logits: of the model, a column for each of HEADS.
        labels: a column for each of HEADS; NaN where unknown.
    """
    abuse = labels[:, 0]
    stack = LogisticRegression(C=1.0, max_iter=1_000).fit(features, abuse)
    probability = stack.predict_proba(features)[:, 1]
    heads = {head: platt(logits[:, place], labels[:, place]) for place, head in enumerate(HEADS) if head != "abuse"}
    calibrated = {head: _share(scale * logits[:, HEADS.index(head)] + shift) for head, (scale, shift) in heads.items()}
    grave = labels[:, HEADS.index("T2")] == 1
    is_abuse, codes = abuse == 1, (*TYPES, *MOTIVATIONS, "T1", "T2", "T3")
    cut = {code: _best(calibrated[code][is_abuse], labels[is_abuse, HEADS.index(code)]) for code in codes}
    clear, over, lane = line_of(probability, abuse, calibrated["T2"], grave)
    weights = dict(zip((*FEATURES, "bias"), (*map(float, stack.coef_[0]), float(stack.intercept_[0])), strict=True))
    line = {"clear": clear, "abuse": over, "threat_lane": lane, "heads": cut}
    return {"version": version, "abuse": weights, "heads": heads, "line": line}


def line_of(probability: Numbers, abuse: Numbers, threat: Numbers, grave: NDArray[np.bool_]) -> tuple[float, float, float]:
    """The lower and the upper cut point and the threat lane: of all that keep the aims, those that send the fewest to a person."""
    over = float(np.quantile(probability[abuse == 0], 1 - ALARMED))
    best, fewest = (0.0, over, 0.0), 2.0
    for clear in np.quantile(probability[abuse == 1], np.arange(0.0, 0.2, 0.005)):
        for lane in np.quantile(threat[abuse == 0], np.arange(0.5, 1.0, 0.01)):
            is_cleared = (probability <= clear) & (threat < lane)
            is_open = float((~is_cleared & (probability < over)).mean())
            if is_open < fewest and is_cleared[abuse == 1].mean() <= MISSED and is_cleared[grave].mean() <= THREAT_MISSED:
                best, fewest = (float(clear), over, float(lane)), is_open
    clear, over, lane = best
    return (clear, over, lane) if clear < over else (min(clear, 0.5), max(over, 0.5), lane)


def platt(logit: Numbers, label: Numbers) -> tuple[float, float]:
    """Scale and shift that make a probability of a logit. Soft labels count as the nearer side."""
    known = ~np.isnan(label)
    if len(set(label[known] >= 0.5)) < 2:
        return 1.0, 0.0
    model = LogisticRegression(C=10.0).fit(logit[known, None], label[known] >= 0.5)
    if model.coef_[0, 0] <= 0:  # a head that learnt nothing says how common the thing is
        share = float((label[known] >= 0.5).mean())
        return 0.0, float(np.log(share / (1 - share)))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _best(probability: Numbers, label: Numbers) -> float:
    """The cut point with the best F1."""
    known = ~np.isnan(label)
    tried = np.linspace(0.05, 0.9, 35)
    scores = [_f1(probability[known] >= cut, label[known] >= 0.5) for cut in tried]
    return float(tried[int(np.argmax(scores))])


def _f1(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    hit = float((said & true).sum())
    return 2 * hit / max(1.0, float(said.sum() + true.sum()))


def _share(logits: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-logits))


def keep(calibration: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(calibration, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def labels_of(rows: Sequence[Mapping[str, float]]) -> Numbers:
    return np.array([[row.get(head, np.nan) for head in HEADS] for row in rows], dtype=np.float64)
