"""Fits stack, scales and cut points on answers about voices that the judging model had not read. The dev set takes no part."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from wardmote_classification.adapters.line_assessor import MOTIVATIONS, TYPES

from wardmote_training.example import HEADS

FEATURES = ("model", "hate", "fast", "rule", "rule-threat")
MISSED, ALARMED, THREAT_MISSED = 0.03, 0.03, 0.005
"""Shares aimed at on the voices left out: abuse below the lower cut, debate over the upper one, T2 or graver below the threat lane.
Under the aims of 4 %, 4 % and 1 %, because other authors are harder."""

Numbers = NDArray[np.float64]


def fit(features: Numbers, logits: Numbers, labels: Numbers, version: str) -> dict[str, object]:
    """The calibration as it is kept.

    Args:
        features: a row for each message, a column for each of :data:`FEATURES`.
        logits: of the model, a column for each of HEADS.
        labels: a column for each of HEADS; NaN where unknown.
    """
    abuse = labels[:, 0]
    stack = LogisticRegression(C=1.0, max_iter=1_000).fit(features, abuse)
    probability = stack.predict_proba(features)[:, 1]
    heads = {head: _platt(logits[:, place], labels[:, place]) for place, head in enumerate(HEADS) if head != "abuse"}
    calibrated = {head: _share(scale * logits[:, HEADS.index(head)] + shift) for head, (scale, shift) in heads.items()}
    clear, over = cuts(probability, abuse)
    grave = labels[:, HEADS.index("T2")] == 1
    is_abuse, codes = abuse == 1, (*TYPES, *MOTIVATIONS, "T1", "T2", "T3")
    cut = {code: _best(calibrated[code][is_abuse], labels[is_abuse, HEADS.index(code)]) for code in codes}
    lane = _lane(calibrated["T2"], grave, probability <= clear)
    weights = dict(zip((*FEATURES, "bias"), (*map(float, stack.coef_[0]), float(stack.intercept_[0])), strict=True))
    line = {"clear": clear, "abuse": over, "threat_lane": lane, "heads": cut}
    return {"version": version, "abuse": weights, "heads": heads, "line": line}


def cuts(probability: Numbers, abuse: Numbers) -> tuple[float, float]:
    """The lower and the upper cut point: as close together as the aims allow, the lower never above the upper."""
    clear = float(np.quantile(probability[abuse == 1], MISSED))
    over = float(np.quantile(probability[abuse == 0], 1 - ALARMED))
    return (clear, over) if clear < over else (min(clear, 0.5), max(over, 0.5))


def _lane(threat: Numbers, grave: NDArray[np.bool_], is_clear: NDArray[np.bool_]) -> float:
    """The cut point of the threat lane that leaves at most the aimed share of grave threats among what would be cleared."""
    slipped = np.sort(threat[grave & is_clear])[::-1]
    allowed = int(THREAT_MISSED * grave.sum())
    return float(min(0.5, slipped[-1 - allowed])) if len(slipped) > allowed else 0.5


def _platt(logit: Numbers, label: Numbers) -> tuple[float, float]:
    known = ~np.isnan(label)
    if len(set(label[known] >= 0.5)) < 2:
        return 1.0, 0.0
    model = LogisticRegression(C=10.0).fit(logit[known, None], label[known] >= 0.5)
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


def keep(calibration: dict[str, object], path: Path) -> None:
    path.write_text(json.dumps(calibration, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def labels_of(rows: Sequence[dict[str, float]]) -> Numbers:
    return np.array([[row.get(head, np.nan) for head in HEADS] for row in rows], dtype=np.float64)
