"""Rules and model together, over a model that answers what the test says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray
from wardmote_classification.adapters.calibration import Calibration
from wardmote_classification.adapters.line_assessor import MOTIVATIONS, TYPES, Instruments, LineAssessor
from wardmote_classification.adapters.line_model import Reading, Word
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.domain.judgement import Doubt, ItemJudgement, Span, reasons_of
from wardmote_classification.domain.line import Line
from wardmote_classification.domain.suggestion import Suggestion, suggest

from wardmote_kernel.taxonomy import Outcome, Severity, TargetRole, ThreatLevel
from wardmote_rules.rule_pass import RulePass

LEVELS = ("T1", "T2", "T3")
RULES = RuleAssessor(RulePass.load())
CALM = "Your vote on the library was wrong and I will say so at the next meeting."
LINE = Line(clear=0.25, abuse=0.75, threat_lane=0.3, heads=dict.fromkeys((*TYPES, *MOTIVATIONS, *LEVELS), 0.5))


@dataclass
class ToldModel:
    """Answers the logits that it was told; every other head is far below."""

    told: dict[str, float] = field(default_factory=dict)
    unknown: float = 0.0
    marked: str = ""

    def read(self, texts: Sequence[str]) -> list[Reading]:
        return [self._reading(text) for text in texts]

    def _reading(self, text: str) -> Reading:
        words, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            weight = 3.0 if self.marked and word.startswith(self.marked) else -3.0
            words.append(Word(at, at + len(word), weight, weight))
            at += len(word)
        heads = dict.fromkeys(("abuse", "hate", *TYPES, *MOTIVATIONS, *LEVELS), -6.0)
        return Reading({**heads, **self.told}, tuple(words), self.unknown)


class SilentFast:
    heads = ("abuse",)

    def one(self, text: str) -> dict[str, float]:
        return {"abuse": 0.0}

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 1), dtype=np.float32)


def judged(text: str, model: ToldModel) -> tuple[ItemJudgement, Suggestion]:
    weights = {"model": 1.0, "fast": 0.0, "rule": 0.0, "rule-threat": 0.0, "bias": 0.0}
    calibration = Calibration(weights, dict.fromkeys((*TYPES, *MOTIVATIONS, *LEVELS), (1.0, 0.0)), LINE, "c1")
    assessor = LineAssessor(RULES, Instruments(model, SilentFast(), calibration, "m1"))
    assert dict(assessor.versions) == {**RULES.versions, "model": "m1", "calibration": "c1"}
    judgement = assessor.assess(text, TargetRole.COUNCILLOR)
    return judgement, suggest(judgement, TargetRole.COUNCILLOR)


def test_below_the_line_it_is_not_abuse_and_says_why() -> None:
    judgement, suggestion = judged(CALM, ToldModel({"abuse": -4.0}))
    assert (suggestion.outcome, suggestion.severity, suggestion.needs_person) == (Outcome.NOT_ABUSE, Severity.S0, False)
    assert [found.code for found in judgement.findings] == ["M-clear"]
    assert judgement.score < LINE.clear


def test_over_the_line_it_is_abuse_with_types_threat_motivation_and_the_words_that_decide() -> None:
    model = ToldModel({"abuse": 4.0, "VT": 2.0, "T2": 1.0, "T1": 2.0, "H-SEX": 1.0}, marked="library")
    judgement, suggestion = judged(CALM, model)
    assert (suggestion.outcome, suggestion.types, suggestion.motivations) == (Outcome.ABUSE, ("VT",), ("H-SEX",))
    assert (suggestion.threat, suggestion.severity, suggestion.needs_person) == (ThreatLevel.T2, Severity.S3, False)
    start = CALM.index("library")
    assert all(found.spans == (Span(start, start + len("library")),) for found in judgement.findings)


def test_abuse_without_a_type_over_its_cut_gets_the_likeliest_one() -> None:
    _, suggestion = judged(CALM, ToldModel({"abuse": 4.0, "IN": -1.0}))
    assert suggestion.types == ("IN",)


def test_between_the_cuts_a_person_must_say() -> None:
    judgement, suggestion = judged(CALM, ToldModel({"abuse": 0.0}))
    assert (suggestion.outcome, suggestion.types, suggestion.needs_person) == (Outcome.UNCLEAR, ("U",), True)
    assert judgement.doubts == (Doubt.UNSURE,)


@pytest.mark.parametrize("score", [-6.0, 0.0, 6.0])
def test_a_threat_that_a_rule_found_is_never_cleared_nor_made_smaller(score: float) -> None:
    _, suggestion = judged("I will kill you, councillor.", ToldModel({"abuse": score}))
    assert suggestion.outcome is not Outcome.NOT_ABUSE
    assert suggestion.severity is Severity.S4
    assert suggestion.needs_person is (score < 0.0)


def test_a_likely_threat_goes_to_a_person_though_the_whole_reads_as_debate() -> None:
    _, suggestion = judged(CALM, ToldModel({"abuse": -4.0, "T2": -0.5}))
    assert (suggestion.outcome, suggestion.needs_person) == (Outcome.UNCLEAR, True)


def test_words_that_the_model_has_never_seen_go_to_a_person() -> None:
    judgement, suggestion = judged(CALM, ToldModel({"abuse": 4.0}, unknown=0.4))
    assert judgement.doubts == (Doubt.STRANGE,)
    assert (suggestion.outcome, suggestion.needs_person) == (Outcome.UNCLEAR, True)


def test_another_language_gets_no_class() -> None:
    welsh = "Mae angen trwsio'r ffordd ger yr ysgol gynradd cyn y gaeaf os gwelwch yn dda"
    polish = "Prosimy o naprawienie drogi przy szkole podstawowej przed zimą bo jest bardzo niebezpiecznie"
    for text, doubt in ((welsh, Doubt.WELSH), (polish, Doubt.NOT_ENGLISH)):
        judgement, suggestion = judged(text, ToldModel({"abuse": 6.0}))
        assert judgement.doubts == (doubt,)
        assert [reason.code for reason in reasons_of(judgement)] == [f"D-{doubt}"]
    assert (suggestion.outcome, suggestion.needs_person) == (Outcome.UNCLEAR, True)


def test_abuse_that_is_only_quoted_is_not_the_senders() -> None:
    text = "At the meeting a man shouted “you useless scumbag” at our clerk and nobody stopped him."
    _, suggestion = judged(text, ToldModel({"abuse": 4.0, "IN": 2.0}, marked="scumbag"))
    assert (suggestion.outcome, suggestion.needs_person) == (Outcome.UNCLEAR, True)


def test_a_rule_and_even_odds_together_are_enough_and_even_odds_alone_are_not() -> None:
    assert judged("You stupid cow, get back in the kitchen.", ToldModel({"abuse": 0.1}))[1].outcome is Outcome.ABUSE
    assert judged("You stupid cow, get back in the kitchen.", ToldModel({"abuse": -0.1}))[1].outcome is Outcome.UNCLEAR
    assert judged(CALM, ToldModel({"abuse": 0.1}))[1].outcome is Outcome.UNCLEAR
