"""Cuts an item's words where a reason points at them, so that the page can mark those places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of characters (Unicode code points)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text, marked or not."""

    text: str
    is_marked: bool


def pieces(text: str, spans: Iterable[Span]) -> list[Piece]:
    """The whole text in order, in pieces. Spans may overlap, touch, or point beyond the text.

    >>> pieces("We know where you live", [Span(3, 7), Span(5, 13)])
    [Piece(text='We ', is_marked=False), Piece(text='know where', is_marked=True), Piece(text=' you live', is_marked=False)]
    """
    result: list[Piece] = []
    place = 0
    for span in _joined(spans, len(text)):
        if span.start > place:
            result.append(Piece(text[place : span.start], False))
        result.append(Piece(text[span.start : span.end], True))
        place = span.end
    if place < len(text):
        result.append(Piece(text[place:], False))
    return result


def _joined(spans: Iterable[Span], length: int) -> Sequence[Span]:
    inside = sorted((max(span.start, 0), min(span.end, length)) for span in spans)
    joined: list[Span] = []
    for start, end in inside:
        if start >= end:
            continue
        if joined and start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, end))
        else:
            joined.append(Span(start, end))
    return joined
