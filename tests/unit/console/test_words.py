"""Every code that can appear has a name in plain English, and every colour can be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_console.application.branding import DEFAULT, READABLE, brand_stylesheet, contrast_with_white, readable
from wardmote_console.application.cases import CaseStatus
from wardmote_console.application.notices import DeliveryStatus, NoticeKind
from wardmote_console.application.words import LINE_TEST, say, say_code

from wardmote_kernel.taxonomy import Channel, Nation, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_rules.rule import LineTest
from wardmote_testkit.source import ROOT

RULES = ROOT / "libs" / "rules" / "src" / "wardmote_rules" / "rules"


@pytest.mark.parametrize("words", [Channel, Nation, Outcome, Severity, TargetRole, ThreatLevel, CaseStatus, DeliveryStatus, NoticeKind])
def test_every_word_is_said(words: type[Channel]) -> None:
    assert all(say(word) != word.value for word in words)


def test_every_question_of_the_line_test_is_said_in_its_order() -> None:
    assert list(LINE_TEST) == list(LineTest)


def test_every_type_and_motivation_of_the_rules_is_said() -> None:
    text = "\n".join(path.read_text() for path in RULES.glob("*.yaml"))
    listed = ",".join(re.findall(r"^\s*(?:types|motivations): \[([^\]]*)\]", text, re.M))
    codes = {code.strip() for code in listed.split(",") if code.strip()}
    assert codes
    assert [code for code in codes if say_code(code) == code] == []


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert say_code("ZZ") == "ZZ"


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_white_words_can_be_read_on_any_council_s_colour(colour: str) -> None:
    shown = readable(colour)
    assert contrast_with_white(tuple(int(shown[place : place + 2], 16) for place in (1, 3, 5))) >= READABLE


def test_a_dark_colour_is_left_as_it_is() -> None:
    assert readable("#1d5f4a") == "#1d5f4a"


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#1d5f4a}body{display:none", "#1d5f4a\n"])
def test_what_is_no_colour_never_reaches_the_stylesheet(colour: str) -> None:
    assert brand_stylesheet(colour) == f":root{{--govuk-brand-colour:{DEFAULT}}}"
