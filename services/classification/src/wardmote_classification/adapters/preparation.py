"""The text as the model reads it: emoji as words, disguises undone, and only what the sender wrote. Offsets lead back."""

import re
from collections.abc import Iterator

import emoji

from wardmote_rules.text_view import TextView, folded_view

_REST = re.compile(
    r"^(?:-{2,} ?(?:original|forwarded) message\b.*|on .{5,120} wrote:|from: .{3,120}\n(?:sent|date): .*)$", re.IGNORECASE | re.MULTILINE
)
"""Where a mail's own words end and the mail that it answers or forwards begins."""
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_FEWEST_LETTERS = 12
"""Of own words; with fewer, all is read, because a forward without a word of one's own is the message."""


def prepared(text: str) -> TextView:
    """What the model reads of a text."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in own_words(text):
        for piece, first, last in _pieces(text, start, end):
            for place, letter in enumerate(piece):
                letters.append(letter)
                starts.append(first if last - first != len(piece) else first + place)
                ends.append(last if last - first != len(piece) else first + place + 1)
    return folded_view(TextView("".join(letters), starts, ends))


def own_words(text: str) -> list[tuple[int, int]]:
    """The parts that the sender wrote: no quoted reply, no forwarded mail, no signature. All of it, when they wrote next to nothing."""
    parts = list(_own(text))
    written = sum(character.isalpha() for start, end in parts for character in text[start:end])
    return parts if written >= _FEWEST_LETTERS else [(0, len(text))]


def _own(text: str) -> Iterator[tuple[int, int]]:
    cuts = [found.start() for found in (_REST.search(text), _SIGNATURE.search(text)) if found and found.start() > 0]
    end, start = min(cuts, default=len(text)), 0
    for quoted in re.finditer(r"^>.*\n?", text[:end], re.MULTILINE):
        if quoted.start() > start:
            yield start, quoted.start()
        start = quoted.end()
    if end > start:
        yield start, end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Stretches as they are, and emoji as their names."""
    at = start
    for found in emoji.emoji_list(text[start:end]):
        first, last = start + found["match_start"], start + found["match_end"]
        if first > at:
            yield _lower(text[at:first]), at, first
        name = emoji.demojize(found["emoji"], delimiters=(" ", " ")).replace("_", " ")
        yield f" {name} ", first, last
        at = last
    if end > at:
        yield _lower(text[at:end]), at, end


def _lower(text: str) -> str:
    """Small letters where that keeps the length; the model does not tell them apart, the undoing of disguises needs them."""
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
