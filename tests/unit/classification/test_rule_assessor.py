"""The rules behind the assessor's port, and the hints that call for a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_classification.adapters.reading import looks_english, quotations
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.domain.judgement import Doubt
from wardmote_classification.domain.suggestion import suggest

from wardmote_kernel.taxonomy import Outcome, Severity, TargetRole
from wardmote_rules.rule_pass import RulePass

COUNCILLOR = TargetRole.COUNCILLOR


@pytest.fixture(scope="module")
def assessor() -> RuleAssessor:
    return RuleAssessor(RulePass.load())


def test_it_says_which_rules_judged(assessor: RuleAssessor) -> None:
    assert assessor.versions == {"rules": RulePass.load().version}


def test_a_threat_is_found_with_its_place(assessor: RuleAssessor) -> None:
    text = "Bins again. I'll kill you, councillor."
    judgement = assessor.assess(text, COUNCILLOR)
    (found,) = judgement.findings
    assert [text[span.start : span.end] for span in found.spans] == ["I'll kill you"]
    assert (found.code, found.line_test, judgement.score, judgement.can_clear) == ("TL-001", "safety", 1.0, False)


def test_debate_gives_nothing_and_is_not_cleared(assessor: RuleAssessor) -> None:
    judgement = assessor.assess("Your decision is a disgrace and you should all resign.", COUNCILLOR)
    assert (judgement.findings, judgement.doubts, judgement.score, judgement.can_clear) == ((), (), 0.0, False)


def test_quoted_abuse_is_marked_and_scores_nothing(assessor: RuleAssessor) -> None:
    judgement = assessor.assess('The man wrote "go back to where you came from" under the post about the library.', COUNCILLOR)
    assert [found.is_quoted for found in judgement.findings] == [True]
    assert judgement.score == 0.0
    assert suggest(judgement, COUNCILLOR).outcome is Outcome.UNCLEAR


def test_a_quoted_threat_pages_all_the_same(assessor: RuleAssessor) -> None:
    suggestion = suggest(assessor.assess("He wrote to me: 'I'll kill you', and gave my street.", COUNCILLOR), COUNCILLOR)
    assert (suggestion.outcome, suggestion.severity, suggestion.needs_person) == (Outcome.ABUSE, Severity.S4, True)


def test_marks_around_the_whole_text_quote_nothing() -> None:
    assert quotations('"Go back to where you came from."') == []
    assert quotations("It’s the council’s fault, isn't it") == []
    assert quotations("he said 'that's enough' twice") == [(8, 23)]


def test_a_sender_in_crisis_is_a_welfare_concern(assessor: RuleAssessor) -> None:
    assert suggest(assessor.assess("I am going to end my life tonight.", COUNCILLOR), COUNCILLOR).outcome is Outcome.WELFARE


@pytest.mark.parametrize("text", ["", "  \n", "!!! 123", "🔥🔥"])
def test_a_text_without_letters_is_empty(assessor: RuleAssessor, text: str) -> None:
    assert assessor.assess(text, COUNCILLOR).doubts == (Doubt.EMPTY,)


FOREIGN = [
    "Annwyl Gynghorydd, rwy'n ysgrifennu atoch ynghylch y twll yn y ffordd ger yr ysgol.",
    "Tha mi a' sgrìobhadh thugaibh mun rathad a tha briste faisg air an sgoil.",
    "Monsieur le conseiller, la route devant notre maison est en très mauvais état.",
    "Panie radny, droga przed naszym domem jest w bardzo złym stanie i nikt nie odpowiada.",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language_goes_to_a_person(assessor: RuleAssessor, text: str) -> None:
    suggestion = suggest(assessor.assess(text, COUNCILLOR), COUNCILLOR)
    assert (suggestion.outcome, suggestion.needs_person) == (Outcome.UNCLEAR, True)


@pytest.mark.parametrize(
    "text", ["u lot r a joke n ur all on the take, get the bins done", "Bins missed.", "Aye, ye ken fine the road's a disgrace"]
)
def test_english_of_many_kinds_is_english(text: str) -> None:
    assert looks_english(text)


@given(st.text(max_size=300))
def test_it_never_raises_and_stays_within_the_text(assessor: RuleAssessor, text: str) -> None:
    judgement = assessor.assess(text, COUNCILLOR)
    assert all(0 <= span.start < span.end <= len(text) for found in judgement.findings for span in found.spans)
