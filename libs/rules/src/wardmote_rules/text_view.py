"""A text as the rules read it: plain small letters, with the place of every letter in the original.

Two views are made. The plain one folds case, width, accents and quotation marks. The folded one also undoes common disguises:
digits for letters, spaced letters and letters held down.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

LONGEST_TEXT = 20_000
"""Code points read of one text; the services refuse longer ones at the door (product.md §2)."""

_LOOKALIKES = str.maketrans("аеорсхуіѕԁһӏк", "aeopcxyisdhlk")
_QUOTES = str.maketrans({"‘": "'", "’": "'", "‛": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_LEET = str.maketrans("013457@$", "oieastas")
_LEET_RUN = re.compile(r"(?<=[a-z])[013457@$]{1,2}(?=[a-z])")
_SPACED = re.compile(r"(?<![a-z0-9])[a-z](?:([ .\-_*])[a-z])(?:\1[a-z]){1,30}(?![a-z0-9])")
_HELD = re.compile(r"([a-z])\1{2,40}")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points of the original text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextView:
    """Text with its map back: letter i stands for the original's code points ``starts[i]`` up to ``ends[i]``."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    undone: Sequence[int] = ()
    """Places in this view where a disguise was undone, in order."""

    def span(self, start: int, end: int) -> Span:
        """The original's range for a range of this view that is not empty."""
        return Span(self.starts[start], self.ends[end - 1])

    def keep(self, places: Sequence[int], letters: str) -> "TextView":
        """A view of these places of this one, spelt with these letters."""
        return TextView(letters, [self.starts[place] for place in places], [self.ends[place] for place in places])


def plain_view(original: str) -> TextView:
    """The original in small letters: no accents, invisible characters or apostrophes; one blank between words.

    An empty line stays as one line break, so that a rule can tell paragraphs apart. Reads :data:`LONGEST_TEXT` code points.
    """
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(original[:LONGEST_TEXT]):
        for letter in _fold(character):
            letters.append(letter)
            places.append(place)
    view = TextView("".join(letters), places, [place + 1 for place in places])
    return _one_blank(_without_apostrophes(view))


def folded_view(plain: TextView) -> TextView:
    """A plain view with disguises undone, or the same object when there are none."""
    letters, changed = list(plain.text), set[int]()
    for run in _LEET_RUN.finditer(plain.text):
        letters[run.start() : run.end()] = run.group().translate(_LEET)
        changed.update(range(run.start(), run.end()))
    text = "".join(letters)
    dropped = _spacing(text) | _held(text)
    if not dropped and not changed:
        return plain
    places = [place for place in range(len(text)) if place not in dropped]
    folded = plain.keep(places, "".join(text[place] for place in places))
    return replace(folded, undone=[bisect_left(places, place) for place in sorted(changed | dropped)])


def _fold(character: str) -> str:
    if character < "\x80":
        return character.lower()
    if unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""
    mapped = unicodedata.normalize("NFKD", character.translate(_QUOTES)).lower().translate(_LOOKALIKES)
    return "".join(letter for letter in mapped if not unicodedata.combining(letter))


def _without_apostrophes(view: TextView) -> TextView:
    """Drops ``'`` between letters ("I'll" is "ill", as many write it) and makes every other one a quotation mark."""
    text = view.text
    inside = {place.start() for place in re.finditer(r"(?<=\w)'(?=\w)", text)}
    places = [place for place in range(len(text)) if place not in inside]
    return view.keep(places, "".join(text[place] for place in places).replace("'", '"'))


def _one_blank(view: TextView) -> TextView:
    places: list[int] = []
    letters: list[str] = []
    for run in re.finditer(r"\s+|\S", view.text):
        places.append(run.start())
        letters.append(_blank(run.group()) if run.group().isspace() else run.group())
    return view.keep(places, "".join(letters))


def _blank(run: str) -> str:
    return "\n" if run.count("\n") > 1 else " "


def _spacing(text: str) -> set[int]:
    """Places of the separators in words written letter by letter."""
    return {place for run in _SPACED.finditer(text) for place in range(run.start() + 1, run.end(), 2)}


def _held(text: str) -> set[int]:
    """Places of letters held down: of three or more, one vowel or two consonants stay."""
    dropped: set[int] = set()
    for run in _HELD.finditer(text):
        stay = 1 if run.group(1) in "aeiou" else 2
        dropped.update(range(run.start() + stay, run.end()))
    return dropped
