"""The pass that runs the rules over a text. No I/O after loading; safe to share between threads."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from wardmote_rules.rule import Finding, Rule
from wardmote_rules.rule_file import RuleFileError, read_rules
from wardmote_rules.text_view import Span, TextView, folded_view, plain_view

PACKAGED = Path(__file__).parent / "rules"

_REACH = 240
"""Letters either side of a word of a rule that are read for its patterns: more than the longest pattern spans."""

_WORD = re.compile(r"\w+|[^\w\s]")
_SENTENCE_END = re.compile(r"[.!?\n]")


class RulePass:
    """Runs every rule over a text."""

    def __init__(self, rules: Sequence[Rule], version: str) -> None:
        self.rules = tuple(rules)
        self.version = version
        self._whole, self._begun = _words_of(self.rules)
        self._lengths = sorted({len(beginning) for beginning in self._begun})

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
        for view in (plain,) if folded is plain else (plain, folded):
            self._read(view, spans)
        return tuple(_finding(self.rules[index], spans[index]) for index in sorted(spans))

    def _read(self, view: TextView, spans: dict[int, set[Span]]) -> None:
        for index, places in self._places(view.text).items():
            found = {view.span(*place) for place in _matches(self.rules[index], view.text, places)}
            if found:
                spans.setdefault(index, set()).update(found)

    def _places(self, text: str) -> dict[int, list[int]]:
        """For each rule that can match at all, where its words stand."""
        places: dict[int, list[int]] = {}
        for word in _WORD.finditer(text):
            for index in self._rules_of(word.group()):
                places.setdefault(index, []).append(word.start())
        return places

    def _rules_of(self, word: str) -> Iterator[int]:
        yield from self._whole.get(word, ())
        for length in self._lengths:
            if length > len(word):
                return
            yield from self._begun.get(word[:length], ())


def _words_of(rules: Sequence[Rule]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    whole: dict[str, list[int]] = {}
    begun: dict[str, list[int]] = {}
    for index, rule in enumerate(rules):
        for word in rule.words:
            words, key = (begun, word[:-1]) if word.endswith("*") else (whole, word)
            words.setdefault(key, []).append(index)
    return whole, begun


def _matches(rule: Rule, text: str, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    for start, end in _stretches(places, len(text)):
        for pattern in rule.patterns:
            for match in pattern.finditer(text, start, end):
                if match.end() > match.start() and not _excused(rule, text, match.start(), match.end()):
                    yield match.span()


def _stretches(places: Sequence[int], length: int) -> list[tuple[int, int]]:
    """The parts of the text to read: around each place, joined where they touch."""
    stretches: list[tuple[int, int]] = []
    for place in places:
        start, end = max(0, place - _REACH), min(length, place + _REACH)
        if stretches and start <= stretches[-1][1]:
            start = stretches.pop()[0]
        stretches.append((start, end))
    return stretches


def _excused(rule: Rule, text: str, start: int, end: int) -> bool:
    if not rule.unless:
        return False
    begin = max((stop.end() for stop in _SENTENCE_END.finditer(text, max(0, start - _REACH), start)), default=max(0, start - _REACH))
    stop = _SENTENCE_END.search(text, end, min(len(text), end + _REACH))
    sentence = text[begin : stop.end() if stop else min(len(text), end + _REACH)]
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
