"""Reading only around a pattern's pieces finds what reading everything finds."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardmote_rules.anchors import Anchors, anchors_of
from wardmote_rules.rule_file import read_rules
from wardmote_rules.rule_pass import PACKAGED, RulePass

RULES = read_rules(PACKAGED)
PATTERNS = [pytest.param(pattern, id=f"{rule.rule_id}-{place}") for rule in RULES for place, pattern in enumerate(rule.patterns)]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_has_pieces_and_every_match_holds_one(pattern: re.Pattern[str]) -> None:
    anchors = anchors_of(pattern)
    assert anchors.pieces

    @settings(max_examples=5, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(pattern))
    def holds(text: str) -> None:
        match = pattern.search(text)
        if match is not None:
            assert len(match.group()) <= anchors.width
            assert any(piece in match.group() for piece in anchors.pieces)

    holds()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_in_a_long_text_a_rule_finds_what_it_finds_alone(rule_pass: RulePass, rule: object) -> None:
    around = "The bins were missed again and nobody from the council answered the telephone all week, which is a disgrace. " * 12
    for text in getattr(rule, "positive", ()):
        alone = rule_pass.scan(text)
        within = rule_pass.scan(f"{around}\n\n{text}\n\n{around}")
        assert {found.rule_id for found in alone} <= {found.rule_id for found in within}


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        (r"\bkill you\b", {"kill you"}),
        (r"\b(?:kill|murder) (?:you|u)\b", {"kill", "murder"}),
        (r"(?:a|an)? bomb", {" bomb"}),
        (r"(?:really ){1,3}dead", {"really "}),
        (r"[kc]ill", {"ill"}),
        (r"\w{3,5}", set()),
        (r"(?:knife|\w{2})", set()),
        (r"(?:knife)?", set()),
    ],
)
def test_pieces_of(pattern: str, pieces: set[str]) -> None:
    assert set(anchors_of(re.compile(pattern)).pieces) == pieces


def test_a_pattern_without_pieces_is_read_over_the_whole_text() -> None:
    rule = replace(RULES[0], patterns=(re.compile(r"\b[kc][io]ll?\b"),), unless=())
    assert RulePass([rule], "test").scan("a " * 900 + "col" + " a" * 900)


def test_stretches_are_joined_where_they_overlap() -> None:
    anchors = Anchors(("x",), 10)
    assert anchors.stretches([500, 50, 60], 2000) == [(40, 270), (490, 710)]
    assert anchors.stretches([5], 20) == [(0, 20)]
