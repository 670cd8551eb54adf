"""The views keep the place of every letter, whatever comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardmote_rules.rule_pass import RulePass
from wardmote_rules.text_view import LONGEST_TEXT, TextView, folded_view, plain_view

ODD = st.text(st.sampled_from("aA bé1.'’\u200b\n\t0kil@ﬁıİßŵ🔪-_*İ"), max_size=60)


def both(text: str) -> tuple[TextView, TextView]:
    plain = plain_view(text)
    return plain, folded_view(plain)


@given(st.text(max_size=200) | ODD)
def test_every_letter_of_a_view_has_its_place_in_the_original(text: str) -> None:
    for view in both(text):
        assert len(view.text) == len(view.starts) == len(view.ends)
        assert list(view.starts) == sorted(view.starts)
        assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))


@given(st.text(st.characters(min_codepoint=97, max_codepoint=122), max_size=30))
def test_plain_small_letters_stand_for_themselves(text: str) -> None:
    view = plain_view(text)
    assert view.text == text
    assert [text[start:end] for start, end in zip(view.starts, view.ends, strict=True)] == list(text)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("I’LL  KILL\tyou", "ill kill you"),
        ("ｋｉｌｌ", "kill"),
        ("ki\u200bll", "kill"),
        ("kíll", "kill"),
        ("\u043aill", "kill"),
        ("one\ntwo\n\nthree", "one two\nthree"),
        ("she said 'no'", 'she said "no"'),
    ],
)
def test_plain_view(text: str, seen: str) -> None:
    assert plain_view(text).text == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("k1ll", "kill"),
        ("d34d", "dead"),
        ("k i l l", "kill"),
        ("k.i.l.l", "kill"),
        ("deaaaad", "dead"),
        ("on the 14th at 4pm", "on the 14th at 4pm"),
        ("a b", "a b"),
    ],
)
def test_folded_view(text: str, seen: str) -> None:
    assert folded_view(plain_view(text)).text == seen


def test_span_of_a_disguised_threat_is_where_it_stands(rule_pass: RulePass) -> None:
    text = "Good morning. I’ll k\u200b1ll you, councillor."
    spans = {text[span.start : span.end] for finding in rule_pass.scan(text) for span in finding.spans}
    assert spans == {"I’ll k\u200b1ll you"}


PIECES = st.sampled_from(["I'll kill you", "k1ll", "your kids", "\u200b", "🔪", "for you", ". ", "\n\n", "é", "knife"])


@given(st.lists(PIECES, max_size=12))
def test_spans_lie_within_the_text(rule_pass: RulePass, parts: list[str]) -> None:
    text = " ".join(parts)
    for finding in rule_pass.scan(text):
        assert finding.spans
        assert all(0 <= span.start < span.end <= len(text) for span in finding.spans)


def test_what_comes_before_moves_the_span_and_nothing_else(rule_pass: RulePass) -> None:
    threat, lead = "I will kill you.", "Bins, again.\n\n"
    (alone,), (later,) = rule_pass.scan(threat), rule_pass.scan(lead + threat)
    assert [span.start + len(lead) for span in alone.spans] == [span.start for span in later.spans]


def test_more_than_the_longest_text_is_not_read(rule_pass: RulePass) -> None:
    assert rule_pass.scan("a " * (LONGEST_TEXT // 2) + "I will kill you") == ()
