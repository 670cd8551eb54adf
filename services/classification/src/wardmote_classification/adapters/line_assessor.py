"""Judges by rules, the fast path and the transformer together. The more urgent of rules and model wins (domain.md §3.5, D-07 c)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from wardmote_classification.adapters.calibration import Calibration
from wardmote_classification.adapters.line_model import Reading, Word
from wardmote_classification.adapters.preparation import prepared
from wardmote_classification.adapters.reading import is_quoted, quotations
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.domain.explanation import OF_HEAD
from wardmote_classification.domain.judgement import Doubt, Finding, ItemJudgement, Span
from wardmote_classification.domain.suggestion import finds_abuse
from wardmote_kernel.taxonomy import Outcome, TargetRole, ThreatLevel
from wardmote_rules.text_view import TextView

TYPES = ("TL", "TV", "TP", "VT", "ST", "HA", "HV", "SX", "GO", "IN", "DX", "IM", "DF", "CO", "SH")
MOTIVATIONS = ("H-SEX", "H-RAC", "H-REL", "H-SO", "H-TG", "H-DIS", "H-AGE")
_ABOUT_WHO = frozenset({"GO", "IN", "SX", *MOTIVATIONS})
"""Heads whose words are insults; the others' words are those that decide."""

_STRANGE = 0.15
"""Share of tokens that the vocabulary does not know, from which on the reading is not trusted (classification.md §6.2)."""

_MOST_SPANS = 3
_GAP = 2
"""Characters between two marked words that still make one span."""


class Reader(Protocol):
    """The transformer."""

    def read(self, texts: Sequence[str]) -> list[Reading]: ...


class Voter(Protocol):
    """The fast path."""

    def one(self, text: str) -> Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class Instruments:
    """What judges beside the rules."""

    model: Reader
    fast: Voter
    calibration: Calibration
    version: str


class LineAssessor:
    """Rules and model on every text. Safe to call from several threads."""

    def __init__(self, rules: RuleAssessor, instruments: Instruments) -> None:
        self._rules = rules
        self._with = instruments

    @property
    def versions(self) -> Mapping[str, str]:
        return {**self._rules.versions, "model": self._with.version, "calibration": self._with.calibration.version}

    def assess(self, text: str, target_role: TargetRole) -> ItemJudgement:
        by_rule = self._rules.assess(text, target_role)
        if by_rule.doubts:
            return by_rule  # no words, or not English: the model learnt neither, and gives no class
        view = prepared(text)
        reading = self._with.model.read([view.text])[0]
        words = [_place(view, word) for word in reading.words]
        return self._judged(by_rule, reading, words, self._with.fast.one(view.text), quotations(text))

    def _judged(
        self, by_rule: ItemJudgement, reading: Reading, words: Sequence[Word], fast: Mapping[str, float], quoted: Sequence[tuple[int, int]]
    ) -> ItemJudgement:
        line, calibration = self._with.calibration.line, self._with.calibration
        has_threat_rule = any(found.threat is not ThreatLevel.T0 for found in by_rule.findings)
        has_rule = finds_abuse(by_rule.findings)
        score = calibration.of_abuse(reading.logits, fast, has_rule=has_rule, has_threat_rule=has_threat_rule)
        heads = calibration.of_heads(reading.logits)
        side = line.side(score, heads["T2"], has_rule=has_rule, has_threat_rule=has_threat_rule)
        doubts = _doubts(reading, side)
        codes = ["clear"] if side is Outcome.NOT_ABUSE and not doubts else self._codes(heads, side)
        by_model = tuple(_found(words, quoted, codes))
        return ItemJudgement((*by_rule.findings, *by_model), doubts, score, can_clear=True)

    def _codes(self, heads: Mapping[str, float], side: Outcome) -> list[str]:
        line = self._with.calibration.line
        threat = line.threat(heads)
        levels = [threat.value] if threat is not ThreatLevel.T0 else []
        if side is not Outcome.ABUSE:
            return [*levels, "unsure"]
        return [*line.types(heads, TYPES), *levels, *line.motivations(heads, MOTIVATIONS)]


def _doubts(reading: Reading, side: Outcome) -> tuple[Doubt, ...]:
    if reading.unknown > _STRANGE:
        return (Doubt.STRANGE,)
    return (Doubt.UNSURE,) if side is Outcome.UNCLEAR else ()


def _place(view: TextView, word: Word) -> Word:
    """The word at its place in the original."""
    span = view.span(word.start, word.end)
    return replace(word, start=span.start, end=span.end)


def _found(words: Sequence[Word], quoted: Sequence[tuple[int, int]], codes: Sequence[str]) -> Iterator[Finding]:
    for code in codes:
        explanation = OF_HEAD[code]
        spans = () if code == "clear" else _spans(words, is_insult=code in _ABOUT_WHO)
        yield Finding(
            f"M-{code}", (code,) if code in TYPES else (), (code,) if code in MOTIVATIONS else (),
            ThreatLevel(code) if code in list(ThreatLevel) else ThreatLevel.T0, is_danger=False,
            line_test=explanation.line_test, sentence=explanation.sentence, spans=spans,
            is_quoted=bool(spans) and all(is_quoted(span.start, span.end, quoted) for span in spans),
        )  # fmt: skip


def _spans(words: Sequence[Word], *, is_insult: bool) -> tuple[Span, ...]:
    """The words that speak for it, the strongest stretches, at least the strongest word."""
    weights = [max(word.insulting, word.deciding) if is_insult else word.deciding for word in words]
    if not weights:
        return ()
    cut = min(0.0, max(weights))
    stretches: list[tuple[float, int, int]] = []
    for word, weight in zip(words, weights, strict=True):
        if weight < cut:
            continue
        if stretches and word.start - stretches[-1][2] <= _GAP:
            stretches[-1] = (max(weight, stretches[-1][0]), stretches[-1][1], word.end)
        else:
            stretches.append((weight, word.start, word.end))
    strongest = sorted(stretches, reverse=True)[:_MOST_SPANS]
    return tuple(sorted((Span(start, end) for _, start, end in strongest), key=lambda span: span.start))
