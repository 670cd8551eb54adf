"""Every rule does what its own examples say, and nothing is lost by reading only around a rule's words."""

import pytest

from wardmote_rules.rule import Rule
from wardmote_rules.rule_file import MOTIVATIONS, TYPES, read_rules
from wardmote_rules.rule_pass import PACKAGED, RulePass

RULES = read_rules(PACKAGED)
POSITIVE = [pytest.param(rule, text, id=f"{rule.rule_id}-{place}") for rule in RULES for place, text in enumerate(rule.positive)]
NEGATIVE = [pytest.param(rule, text, id=f"{rule.rule_id}-{place}") for rule in RULES for place, text in enumerate(rule.negative)]


def fired(rule_pass: RulePass, text: str) -> set[str]:
    return {finding.rule_id for finding in rule_pass.scan(text)}


@pytest.mark.parametrize(("rule", "text"), POSITIVE)
def test_positive_example_fires(rule_pass: RulePass, rule: Rule, text: str) -> None:
    assert rule.rule_id in fired(rule_pass, text)


@pytest.mark.parametrize(("rule", "text"), NEGATIVE)
def test_negative_example_does_not_fire(rule_pass: RulePass, rule: Rule, text: str) -> None:
    assert rule.rule_id not in fired(rule_pass, text)


def test_no_negative_example_pages_anybody(rule_pass: RulePass) -> None:
    paged = [text for rule in RULES for text in rule.negative if any(finding.is_danger for finding in rule_pass.scan(text))]
    assert paged == []


def test_every_threat_to_life_and_every_weapon_pages() -> None:
    silent = [rule.rule_id for rule in RULES if rule.threat == "T3" and not rule.is_danger]
    assert silent == []


def test_codes_are_those_of_the_taxonomy() -> None:
    assert len(TYPES) == 34
    assert len(MOTIVATIONS) == 9


DANGER = [
    "I will kill you.",
    "I'm going to k1ll you",
    "I will k i l l you",
    "He says he has a knife and is setting off now",
    "im outside your house",
    "I\u200b'll sh\u200boot you",
    "There is a bomb in the town hall",
]


@pytest.mark.parametrize("text", DANGER)
def test_plain_danger_pages(rule_pass: RulePass, text: str) -> None:
    assert any(finding.is_danger for finding in rule_pass.scan(text))


DEBATE = [
    "Your decision is a disgrace and you should resign, you clueless idiot.",
    "You are finished. We will throw you out at the ballot box in May.",
    "This junction will kill a child and it will be on your conscience.",
    "I'll see you in court, and the Ombudsman will have the lot.",
    "Stop wasting our money, you useless shower of clowns.",
    "You could not run a bath, never mind a drainage budget. Absolute shite, all of it.",
    "The day you shut that library was the day this town died.",
]


@pytest.mark.parametrize("text", DEBATE)
def test_furious_debate_fires_nothing(rule_pass: RulePass, text: str) -> None:
    assert rule_pass.scan(text) == ()
