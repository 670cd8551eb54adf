"""The fast path: a weighted sum over hashed pieces of the text, a few heads, thousands of texts a second."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wardmote_classification.adapters.ngrams import pieces_of


class FastPath:
    """Scores texts by their pieces. Safe to share between threads."""

    def __init__(self, heads: Sequence[str], weights: NDArray[np.float16], bias: NDArray[np.float32]) -> None:
        """
        Args:
            weights: a row for each bucket, a column for each head.
        """
        self.heads = tuple(heads)
        self._weights = weights
        self._bias = bias

    @classmethod
    def load(cls, path: Path) -> "FastPath":
        """The fast path of a file that training wrote."""
        with np.load(path, allow_pickle=False) as kept:
            return cls([str(head) for head in kept["heads"]], kept["weights"], kept["bias"])

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each text, a column for each head."""
        pieces = pieces_of(texts)
        out = np.zeros((pieces.count, len(self.heads)), dtype=np.float32)
        if len(pieces.texts):
            firsts = np.flatnonzero(np.r_[True, pieces.texts[1:] != pieces.texts[:-1]])
            counts = np.diff(np.r_[firsts, len(pieces.texts)])
            sums = np.add.reduceat(self._weights[pieces.buckets], firsts, axis=0, dtype=np.float32)
            out[pieces.texts[firsts]] = sums / np.sqrt(counts)[:, None]
        return out + self._bias

    def one(self, text: str) -> Mapping[str, float]:
        """The logits of one text by head."""
        return dict(zip(self.heads, (float(value) for value in self.logits([text])[0]), strict=True))
