"""Judges by the line rules alone. They find plain cases and never clear a report."""

from collections.abc import Mapping, Sequence

from wardmote_classification.adapters.reading import is_quoted, looks_english, looks_welsh, quotations
from wardmote_classification.domain.judgement import Doubt, Finding, ItemJudgement, Span
from wardmote_classification.domain.suggestion import finds_abuse
from wardmote_kernel.taxonomy import TargetRole
from wardmote_rules.rule import Finding as RuleFinding
from wardmote_rules.rule_pass import RulePass


class RuleAssessor:
    """Runs the packaged rules. They ask nothing of the target's role yet."""

    def __init__(self, rule_pass: RulePass) -> None:
        self._rule_pass = rule_pass

    @property
    def versions(self) -> Mapping[str, str]:
        return {"rules": self._rule_pass.version}

    def assess(self, text: str, target_role: TargetRole) -> ItemJudgement:
        quoted = quotations(text)
        findings = tuple(_finding(found, quoted) for found in self._rule_pass.scan(text))
        return ItemJudgement(findings, _doubts(text), score=float(finds_abuse(findings)), can_clear=False)


def _finding(found: RuleFinding, quoted: Sequence[tuple[int, int]]) -> Finding:
    spans = tuple(Span(span.start, span.end) for span in found.spans)
    return Finding(
        found.rule_id, found.types, found.motivations, found.threat, found.is_danger, found.line_test, found.sentence, spans,
        is_quoted=all(is_quoted(span.start, span.end, quoted) for span in spans),
    )  # fmt: skip


def _doubts(text: str) -> tuple[Doubt, ...]:
    if not any(character.isalpha() for character in text):
        return (Doubt.EMPTY,)
    if looks_english(text):
        return ()
    return (Doubt.WELSH,) if looks_welsh(text) else (Doubt.NOT_ENGLISH,)
