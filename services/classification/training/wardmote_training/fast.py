"""Fits the fast path: one logistic regression a head over hashed pieces."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from wardmote_classification.adapters.fast_path import FastPath
from wardmote_classification.adapters.ngrams import BUCKETS, pieces_of

from wardmote_training.example import Example

HEADS = ("abuse", "hate", "sexist", "uncivil", "T1", "T2", "SX", "DX", "HA", "IN")
_STRENGTH = 12.0


def fit(examples: Sequence[Example], heads: Sequence[str] = HEADS, strength: float = _STRENGTH) -> FastPath:
    """A fast path over everything that labels a head."""
    weights, bias = np.zeros((BUCKETS, len(heads)), dtype=np.float32), np.zeros(len(heads), dtype=np.float32)
    matrix = matrix_of([example.text for example in examples])
    for place, head in enumerate(heads):
        known = np.array([head in example.labels for example in examples])
        share = np.array([example.labels.get(head, 0.0) for example in examples])[known]
        amount = np.array([example.weight for example in examples])[known]
        model = LogisticRegression(C=strength, solver="liblinear", max_iter=50, tol=1e-3)
        model.fit(matrix[known], share >= 0.5, sample_weight=amount)
        weights[:, place], bias[place] = model.coef_[0], model.intercept_[0]
    return FastPath(heads, weights.astype(np.float16), bias)


def save(fast: FastPath, path: Path) -> None:
    np.savez_compressed(path, heads=np.array(fast.heads), weights=fast._weights, bias=fast._bias)


def matrix_of(texts: Sequence[str]) -> csr_matrix:
    """Counts of pieces, over the root of their number: as the fast path sums them."""
    pieces = pieces_of(texts)
    counts = np.bincount(pieces.texts, minlength=len(texts)).astype(np.float32)
    values = 1.0 / np.sqrt(np.maximum(counts, 1))[pieces.texts]
    return csr_matrix((values, (pieces.texts, pieces.buckets)), shape=(len(texts), BUCKETS))
