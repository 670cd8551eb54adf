"""Hashed pieces of texts: runs of three to five bytes, words and pairs of words, each as a number below 2^18.

The same code makes the pieces for training and for judging. All of it is array work over all texts at once, because a loop over
letters would be slower than the whole transformer's tokeniser.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18
LENGTHS = (3, 4, 5)
"""Bytes in a run."""

LONGEST = 4_000
"""Characters read of a text; the rest of a longer one adds little to a sum over all of it."""

_SEPARATOR = 0
_BLANKS = re.compile(r"\s+")
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(64 - 18)

Numbers = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of several texts, one after another."""

    buckets: NDArray[np.int64]
    texts: NDArray[np.int64]
    """For each piece, which text it is of."""
    count: int
    """Texts."""


def pieces_of(texts: Sequence[str]) -> Pieces:
    """The pieces of each text. An empty text has none."""
    joined = b"".join(b"\0 " + _plain(text) + b" " for text in texts) + b"\0"
    letters = np.frombuffer(joined, dtype=np.uint8)
    owner = np.cumsum(letters == _SEPARATOR) - 1
    sums, inverse = _running(letters)
    found = [_runs(letters, sums, inverse, length) for length in LENGTHS]
    found += _words(letters, sums, inverse)
    starts = np.concatenate([start for start, _ in found])
    buckets = np.concatenate([bucket for _, bucket in found])
    texts_of = owner[starts]
    order = np.argsort(texts_of, kind="stable")
    return Pieces(buckets[order], texts_of[order], len(texts))


def _plain(text: str) -> bytes:
    return _BLANKS.sub(" ", text[:LONGEST].lower().replace("’", "'").replace("\0", " ")).strip().encode()


def _running(letters: NDArray[np.uint8]) -> tuple[Numbers, Numbers]:
    """Running sums of a polynomial over the bytes, and the inverse powers that shift a difference of two sums to the start."""
    count = len(letters) + 1
    with np.errstate(over="ignore"):
        powers = np.multiply.accumulate(np.full(count, _STEP | np.uint64(1), dtype=np.uint64))
        inverse = np.multiply.accumulate(np.full(count, _inverse(int(_STEP) | 1), dtype=np.uint64))
        sums = np.zeros(count, dtype=np.uint64)
        np.cumsum((letters.astype(np.uint64) + np.uint64(1)) * powers[:-1], out=sums[1:])
    return sums, inverse


def _inverse(odd: int) -> np.uint64:
    return np.uint64(pow(odd, -1, 1 << 64))


def _hash(sums: Numbers, inverse: Numbers, starts: NDArray[Any], ends: NDArray[Any], salt: int) -> NDArray[np.int64]:
    with np.errstate(over="ignore"):
        whole = (sums[ends] - sums[starts]) * inverse[starts] + np.uint64(salt)
        whole ^= whole >> np.uint64(29)
        buckets: NDArray[np.int64] = ((whole * _MIX) >> _SHIFT).astype(np.int64)
    return buckets


def _runs(letters: NDArray[np.uint8], sums: Numbers, inverse: Numbers, length: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Runs that do not reach over the end of their text."""
    ends = np.flatnonzero(letters == _SEPARATOR)
    is_start = np.ones(len(letters), dtype=bool)
    for back in range(length):
        is_start[np.maximum(ends - back, 0)] = False
    starts = np.flatnonzero(is_start)
    return starts, _hash(sums, inverse, starts, starts + length, length)


def _words(letters: NDArray[np.uint8], sums: Numbers, inverse: Numbers) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    blanks = np.flatnonzero(letters <= ord(" "))
    starts, ends = blanks[:-1] + 1, blanks[1:]
    filled = ends > starts
    starts, ends = starts[filled], ends[filled]
    found = [(starts, _hash(sums, inverse, starts, ends, 101))]
    if len(starts) > 1:
        beside = starts[1:] == ends[:-1] + 1  # one blank between: both words are of one text
        found.append((starts[:-1][beside], _hash(sums, inverse, starts[:-1][beside], ends[1:][beside], 202)))
    return found
