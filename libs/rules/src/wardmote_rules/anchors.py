"""Which pieces of text a pattern cannot match without, so that a long text is read only around them.

Read from the parse tree of Python's own ``re``. A construct that is not known here yields no piece, and a pattern without pieces
is read over the whole text: slower, never blind.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]  # the parser of re is not in the type stubs
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_LOOK = 200
"""Letters read beyond the end of a match for its lookaheads: more than the longest one spans."""

_COMMON = frozenset(
    {"you", "your", "get", "got", "have", "has", "had", "can", "could", "see", "will", "with", "that", "this", "into", "find", "going to"}
    | {"want", "would", "should", "were", "been", "know", "home", "door", "back", "over", "some", "show", "are going to"}
)
"""Pieces that stand in most letters."""

_FEW = 40
"""Of more pieces than this, looking for them costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """What every match of a pattern holds one of, and how long a match can be."""

    pieces: tuple[str, ...]
    """Empty: nothing is known, read everything."""
    width: int

    def stretches(self, places: Sequence[int], length: int) -> list[tuple[int, int]]:
        """The parts of a text of that length in which a match around one of the places can lie, joined where they overlap."""
        stretches: list[tuple[int, int]] = []
        for place in sorted(places):
            start, end = max(0, place - self.width), min(length, place + self.width + _LOOK)
            if stretches and start <= stretches[-1][1]:
                start = stretches.pop()[0]
            stretches.append((start, end))
        return stretches


def anchors_of(pattern: re.Pattern[str]) -> Anchors:
    """The anchors of a pattern whose repeats are all bounded."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    pieces = _required(tree)
    return Anchors(tuple(sorted(pieces)) if pieces else (), tree.getwidth()[1])


def _required(tree: Iterable[Any]) -> frozenset[str] | None:
    """The best set of pieces that every match holds one of, or None."""
    candidates: list[frozenset[str]] = []
    run = ""
    for kind, argument in tree:
        if kind is op.LITERAL:
            run += chr(argument)
            continue
        candidates += [frozenset({run})] if run else []
        run = ""
        inner = _required_in(kind, argument)
        candidates += [inner] if inner else []
    candidates += [frozenset({run})] if run else []
    return max(candidates, key=_worth, default=None)


def _required_in(kind: Any, argument: Any) -> frozenset[str] | None:
    if kind is op.SUBPATTERN:
        return _required(argument[-1])
    if kind is op.MAX_REPEAT and argument[0] > 0:
        return _required(argument[2])
    if kind is op.BRANCH:
        branches = [_required(branch) for branch in argument[1]]
        known = [pieces for pieces in branches if pieces]
        return frozenset().union(*known) if len(known) == len(branches) else None
    return None


def _worth(pieces: frozenset[str]) -> tuple[bool, int, int]:
    """The rarer in ordinary text the better: long pieces, and few of them."""
    shortest = min(0 if piece.strip() in _COMMON else len(piece.strip()) for piece in pieces)
    return len(pieces) <= _FEW, min(shortest, 6), -len(pieces)
