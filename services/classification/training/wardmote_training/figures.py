"""Measures of judgement, in arrays. No library: the evaluation runs where only the product is installed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]


def auc(truth: Truths, score: Numbers) -> float:
    """How often a true one scores above a false one; ties count half."""
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    values, places, counts = np.unique(score, return_inverse=True, return_counts=True)
    means = np.bincount(places, weights=ranks, minlength=len(values)) / counts
    true = int(truth.sum())
    false = len(truth) - true
    return float((means[places][truth].sum() - true * (true + 1) / 2) / (true * false))


def macro_f1(truth: Truths, said: Truths) -> float:
    """The mean of both classes' F1."""
    return (f1(truth, said) + f1(~truth, ~said)) / 2


def f1(truth: Truths, said: Truths) -> float:
    return 2 * float((truth & said).sum()) / max(1.0, float(truth.sum() + said.sum()))


def calibration_error(truth: Truths, probability: Numbers, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    places = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [abs(truth[places == one].mean() - probability[places == one].mean()) * (places == one).mean() for one in set(places.tolist())]
    return float(sum(gaps))


def character_f1(marked: Sequence[tuple[int, int]], true: set[int]) -> float:
    """F1 over the characters of one text, as SemEval-2021 task 5 counts it: both empty is 1, one empty 0."""
    said = {place for start, end in marked for place in range(start, end)}
    if not said or not true:
        return float(not said and not true)
    return 2 * len(said & true) / (len(said) + len(true))


def pairs_right(pairs: Sequence[tuple[float, float]], cut: float) -> tuple[float, float]:
    """Of (legitimate, abusive) halves: the share with both on their side of the cut, and the share ranked right."""
    both = sum(legit < cut <= abuse for legit, abuse in pairs)
    ranked = sum(legit < abuse for legit, abuse in pairs)
    return both / max(1, len(pairs)), ranked / max(1, len(pairs))
