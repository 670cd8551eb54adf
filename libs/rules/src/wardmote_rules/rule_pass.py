"""The pass that runs the rules over a text. No I/O after loading; safe to share between threads."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from wardmote_rules.anchors import Anchors, anchors_of
from wardmote_rules.rule import Finding, Rule
from wardmote_rules.rule_file import RuleFileError, read_rules
from wardmote_rules.text_view import Span, TextView, folded_view, plain_view

PACKAGED = Path(__file__).parent / "rules"

_SENTENCE_REACH = 300
"""Letters either side of a match in which its sentence is looked for."""

_SENTENCE_END = re.compile(r"[.!?\n]")


class RulePass:
    """Runs every rule over a text."""

    def __init__(self, rules: Sequence[Rule], version: str) -> None:
        self.rules = tuple(rules)
        self.version = version
        self._patterns = [(index, pattern, anchors_of(pattern)) for index, rule in enumerate(self.rules) for pattern in rule.patterns]
        self._by_piece = _by_piece([anchors for _, _, anchors in self._patterns])

    @classmethod
    def load(cls, folder: Path = PACKAGED) -> "RulePass":
        """The rules of a folder, checked. Its ``version.yaml`` holds the date of the last change.

        Raises:
            RuleFileError: with every mistake found.
        """
        rules = read_rules(folder)
        return cls(rules, _version(folder))

    def scan(self, text: str) -> tuple[Finding, ...]:
        """What the rules find, one finding a rule, in the order of rule ids. Spans are places in the text as it was given."""
        plain = plain_view(text)
        folded = folded_view(plain)
        spans: dict[int, set[Span]] = {}
        self._read(plain, spans)
        if folded is not plain:
            self._read(folded, spans)
        return tuple(_finding(self.rules[index], spans[index]) for index in sorted(spans))

    def _read(self, view: TextView, spans: dict[int, set[Span]]) -> None:
        places = self._places(view.text)
        for number, (index, pattern, anchors) in enumerate(self._patterns):
            stretches = _stretches(anchors, places.get(number, ()), view)
            found = {view.span(*place) for place in _matches(self.rules[index], pattern, view.text, stretches)}
            if found:
                spans.setdefault(index, set()).update(found)

    def _places(self, text: str) -> dict[int, list[int]]:
        """For each pattern that can match at all, where its pieces stand."""
        places: dict[int, list[int]] = {}
        for piece, numbers in self._by_piece.items():
            stands = list(_occurrences(piece, text)) if piece in text else []
            for number in numbers if stands else ():
                places.setdefault(number, []).extend(stands)
        return places


def _by_piece(anchors: Sequence[Anchors]) -> Mapping[str, list[int]]:
    by_piece: dict[str, list[int]] = {}
    for number, one in enumerate(anchors):
        for piece in one.pieces:
            by_piece.setdefault(piece, []).append(number)
    return by_piece


def _occurrences(piece: str, text: str) -> Iterator[int]:
    place = text.find(piece)
    while place >= 0:
        yield place
        place = text.find(piece, place + 1)


def _stretches(anchors: Anchors, places: Sequence[int], view: TextView) -> list[tuple[int, int]]:
    """Where to read a pattern. In a folded view only around an undone disguise: the rest was read in the plain one."""
    if not anchors.pieces:
        return [(0, len(view.text))]
    if view.undone:
        places = [place for place in places if _is_near(place, view.undone, anchors.width)]
    return anchors.stretches(places, len(view.text)) if places else []


def _is_near(place: int, undone: Sequence[int], reach: int) -> bool:
    after = bisect_left(undone, place - reach)
    return after < len(undone) and undone[after] <= place + reach


def _matches(rule: Rule, pattern: re.Pattern[str], text: str, stretches: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in stretches:
        for match in pattern.finditer(text, start, end):
            if match.end() > match.start() and not _is_excused(rule, text, match.start(), match.end()):
                yield match.span()


def _is_excused(rule: Rule, text: str, start: int, end: int) -> bool:
    if not rule.unless:
        return False
    earliest, latest = max(0, start - _SENTENCE_REACH), min(len(text), end + _SENTENCE_REACH)
    begin = max((stop.end() for stop in _SENTENCE_END.finditer(text, earliest, start)), default=earliest)
    stop = _SENTENCE_END.search(text, end, latest)
    sentence = text[begin : stop.end() if stop else latest]
    return any(pattern.search(sentence) for pattern in rule.unless)


def _finding(rule: Rule, spans: set[Span]) -> Finding:
    ordered = tuple(sorted(spans, key=lambda span: (span.start, span.end)))
    return Finding(
        rule.rule_id, rule.types, rule.motivations, rule.threat, rule.is_danger, rule.line_test, rule.sentence, ordered
    )  # fmt: skip


def _version(folder: Path) -> str:
    """The date of the last change and the first letters of a hash over all rule files."""
    files = sorted(folder.glob("*.yaml"))
    digest = hashlib.sha256(b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in files)).hexdigest()
    try:
        dated = yaml.safe_load((folder / "version.yaml").read_text(encoding="utf-8"))["date"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise RuleFileError(["version.yaml: must hold the date of the last change"]) from error
    return f"{dated}.{digest[:8]}"
