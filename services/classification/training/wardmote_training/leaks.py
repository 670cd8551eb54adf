"""No text that scores a model may teach it: not the same words, not the same skeleton, not nearly the same words.

Two texts are near when they share six in ten of their runs of three words. Below that most finds are phrases that many people use.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from wardmote_training import benchmarks

LEAST_SHARE = 0.6
_RUN = 3
_FEWEST_WORDS = 4
"""In a skeleton. Shorter ones are no more than grammar: "you are 0"."""

_FEWEST_FIXED, _LONGEST_FILLING = 3, 3
"""Words of a template beside its slot, and words that fill a slot ("trans people", "a black person")."""

_WORD = re.compile(r"(?P<handle>@\w+|\[user\])|(?P<link>(?:https?://|www\.)\S+|\[url\])|(?P<number>\d+)|[^\W\d_]+(?:['’][^\W\d_]+)*", re.I)
_NAME = re.compile(r"(?<=[^\s.!?:\"“'’-] )[A-Z][a-z]+(?:[ -][A-Z][a-z]+)*")
_SLOT = re.compile(r"\[(?:IDENTITY|SLUR)\w*\]")

Words = tuple[str, ...]


class Closeness(StrEnum):
    """How a text of one's own is like one that scores."""

    EQUAL = "equal"
    """But for case, blanks, marks, emoji, and which handle, link or number it is."""
    SKELETON = "skeleton"
    """Equal with the names folded too, or a template of the benchmark with its slot filled."""
    NEAR = "near"


class Guard:
    """Knows every text that scores."""

    def __init__(self, scoring: Mapping[str, Iterable[str]], templates: Mapping[str, Iterable[str]]) -> None:
        """
        Args:
            scoring: the texts of each benchmark, by its name.
            templates: the templates that a benchmark was made of, each slot as ``[IDENTITY…]`` or ``[SLUR…]``.
        """
        self._whole: dict[Words, str] = {}
        self._skeletons: dict[Words, str] = {}
        self._runs: list[tuple[str, frozenset[Words]]] = []
        self._holders: dict[Words, list[int]] = defaultdict(list)
        self._templates: dict[Words, dict[Words, str]] = defaultdict(dict)
        for name, texts in scoring.items():
            for text in texts:
                self._learn(name, text)
        for name, patterns in templates.items():
            for pattern in patterns:
                self._learn_template(name, pattern)

    @classmethod
    def of(cls, data: Path) -> "Guard":
        """Of the sets that score, in a folder of data sets."""
        sets = {
            "council-line-dev": benchmarks.council_dev, "HateCheck": benchmarks.hatecheck, "incivility": benchmarks.incivility,
            "EDOS test": benchmarks.edos, "toxic_spans test": benchmarks.toxic_spans,
        }  # fmt: skip
        scoring = {name: [one.text for one in read(data)] for name, read in sets.items()}
        with (data / "eval/hatecheck/test_suite_cases.csv").open(encoding="utf-8", newline="") as file:
            return cls(scoring, {"HateCheck": [row["case_templ"] for row in csv.DictReader(file)]})

    def meets(self, text: str) -> dict[str, Closeness]:
        """The benchmarks that hold a text like this one, each with the closest likeness."""
        words = _words(text)
        found = dict.fromkeys(self._near(words), Closeness.NEAR)
        found |= dict.fromkeys(self._filled(words), Closeness.SKELETON)
        skeleton = _skeleton(text)
        if skeleton in self._skeletons:
            found[self._skeletons[skeleton]] = Closeness.SKELETON
        if words in self._whole:
            found[self._whole[words]] = Closeness.EQUAL
        return found

    def _learn(self, name: str, text: str) -> None:
        words, skeleton = _words(text), _skeleton(text)
        if not words:
            return
        self._whole[words] = name
        if len(skeleton) >= _FEWEST_WORDS:
            self._skeletons[skeleton] = name
        for run in _runs(words):
            self._holders[run].append(len(self._runs))
        self._runs.append((name, _runs(words)))

    def _learn_template(self, name: str, pattern: str) -> None:
        parts = [_words(part) for part in _SLOT.split(pattern)]
        if len(parts) == 2 and len(parts[0]) + len(parts[1]) >= _FEWEST_FIXED:
            self._templates[parts[0]][parts[1]] = name

    def _near(self, words: Words) -> Iterator[str]:
        mine = _runs(words)
        known = [run for run in mine if run in self._holders]
        if len(known) < LEAST_SHARE * len(mine):
            return  # cannot share enough with any one text
        for place, shared in Counter(place for run in known for place in self._holders[run]).items():
            name, runs = self._runs[place]
            if shared >= LEAST_SHARE * (len(mine) + len(runs) - shared):
                yield name

    def _filled(self, words: Words) -> Iterator[str]:
        for start in range(len(words)):
            endings = self._templates.get(words[:start], {})
            for end in range(start + 1, min(start + _LONGEST_FILLING, len(words)) + 1 if endings else 0):
                if words[end:] in endings:
                    yield endings[words[end:]]


def _words(text: str) -> Words:
    return tuple(_folded(found) for found in _WORD.finditer(text.replace("’", "'")))


def _folded(found: re.Match[str]) -> str:
    if found["handle"]:
        return "@"
    if found["link"]:
        return "link"
    return "0" if found["number"] else found.group().lower()


def _skeleton(text: str) -> Words:
    return _words(_NAME.sub("@name", text))


def _runs(words: Words) -> frozenset[Words]:
    return frozenset(words[start : start + _RUN] for start in range(max(1, len(words) - _RUN + 1)))
