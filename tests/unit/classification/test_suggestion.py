"""The line as a table: floors, ceilings, outcome, and that more evidence never makes a suggestion less urgent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_classification.domain.judgement import Doubt, Finding, ItemJudgement
from wardmote_classification.domain.severity import OF_THREAT, OF_TYPE, ordered, severity_of
from wardmote_classification.domain.suggestion import combine, suggest

from wardmote_kernel.taxonomy import Outcome, Severity, TargetRole, ThreatLevel
from wardmote_rules.rule_file import TYPES

T0, T1, T2, T3 = ThreatLevel
COUNCILLOR = TargetRole.COUNCILLOR


def finding(*types: str, threat: ThreatLevel = T0, danger: bool = False, quoted: bool = False, flags: tuple[str, ...] = ()) -> Finding:
    return Finding("XX-001", types, flags, threat, danger, "content", "A sentence.", is_quoted=quoted)


def judged(*findings: Finding, doubts: tuple[Doubt, ...] = (), can_clear: bool = False) -> ItemJudgement:
    return ItemJudgement(findings, doubts, can_clear=can_clear)


FINDINGS = st.builds(
    lambda types, threat, danger, quoted: finding(*types, threat=threat, danger=danger, quoted=quoted),
    st.lists(st.sampled_from([*OF_TYPE, "W1", "W2", "U"]), min_size=1, max_size=3),
    st.sampled_from(ThreatLevel),
    st.booleans(),
    st.booleans(),
)
JUDGEMENTS = st.builds(
    lambda findings, doubts, can_clear: judged(*findings, doubts=tuple(doubts), can_clear=can_clear),
    st.lists(FINDINGS, max_size=5),
    st.lists(st.sampled_from(Doubt), max_size=2, unique=True),
    st.booleans(),
)
ROLES = st.sampled_from(TargetRole)


@given(JUDGEMENTS, FINDINGS, ROLES)
def test_one_more_finding_never_lowers_urgency(judgement: ItemJudgement, more: Finding, role: TargetRole) -> None:
    before = suggest(judgement, role)
    after = suggest(ItemJudgement((*judgement.findings, more), judgement.doubts, can_clear=judgement.can_clear), role)
    assert after.severity.rank >= before.severity.rank
    assert after.threat.rank >= before.threat.rank
    assert set(before.types) - {"U"} <= set(after.types)


@given(st.lists(JUDGEMENTS, min_size=1, max_size=4), JUDGEMENTS, ROLES)
def test_one_more_item_never_lowers_urgency(items: list[ItemJudgement], more: ItemJudgement, role: TargetRole) -> None:
    suggestions = [suggest(item, role) for item in items]
    before, after = combine(suggestions), combine([*suggestions, suggest(more, role)])
    assert after.severity.rank >= before.severity.rank
    assert after.threat.rank >= before.threat.rank
    assert after.needs_person >= before.needs_person


@given(JUDGEMENTS, ROLES)
def test_severity_is_never_below_the_floor_of_the_threat(judgement: ItemJudgement, role: TargetRole) -> None:
    suggestion = suggest(judgement, role)
    assert suggestion.severity.rank >= OF_THREAT[suggestion.threat].rank


@given(JUDGEMENTS, ROLES)
def test_a_danger_sign_is_critical_and_never_debate(judgement: ItemJudgement, role: TargetRole) -> None:
    suggestion = suggest(judgement, role)
    if any(found.is_danger for found in judgement.findings):
        assert suggestion.severity is Severity.S4
        assert suggestion.outcome is not Outcome.NOT_ABUSE


@given(JUDGEMENTS, ROLES)
def test_what_is_not_abuse_has_no_type_no_threat_and_no_severity(judgement: ItemJudgement, role: TargetRole) -> None:
    suggestion = suggest(judgement, role)
    if suggestion.outcome is Outcome.NOT_ABUSE:
        assert (suggestion.types, suggestion.threat, suggestion.severity) == ((), T0, Severity.S0)
        assert suggestion.needs_person or judgement.can_clear


@given(JUDGEMENTS, ROLES)
def test_a_doubt_is_always_read_by_a_person_and_so_is_a_threat_that_rules_alone_found(judgement: ItemJudgement, role: TargetRole) -> None:
    suggestion = suggest(judgement, role)
    if (
        judgement.doubts
        or (suggestion.threat is not T0 and not judgement.can_clear)
        or suggestion.outcome in (Outcome.UNCLEAR, Outcome.WELFARE)
    ):
        assert suggestion.needs_person


FLOORS = [
    ("F1 explicit and specific", finding("VT", threat=T3), Severity.S4),
    ("F1 threat to life", finding("TL", threat=T1), Severity.S4),
    ("F2 explicit", finding("IN", threat=T2), Severity.S3),
    ("F3 implied", finding("VT", threat=T1), Severity.S2),
    ("F3 veiled", finding("VT"), Severity.S2),
    ("F4 stalking", finding("ST"), Severity.S3),
    ("F4 doxxing", finding("DX"), Severity.S3),
    ("F4 intimate image", finding("SI"), Severity.S3),
    ("F4 at home", finding("HV"), Severity.S3),
    ("F4 assault", finding("AS"), Severity.S3),
    ("F4 suspicious item", finding("SU"), Severity.S4),
    ("F8 on the way", finding("HV", threat=T2, danger=True), Severity.S4),
    ("abusive", finding("GO"), Severity.S2),
    ("uncivil", finding("IN"), Severity.S1),
]


@pytest.mark.parametrize(("found", "floor"), [case[1:] for case in FLOORS], ids=[case[0] for case in FLOORS])
def test_floors(found: Finding, floor: Severity) -> None:
    assert severity_of([found], COUNCILLOR) is floor


def test_a_family_that_is_targeted_raises_one_level_and_s4_is_the_highest() -> None:
    assert severity_of([finding("GO")], TargetRole.FAMILY) is Severity.S3
    assert severity_of([finding("TL")], TargetRole.FAMILY) is Severity.S4
    assert severity_of([], TargetRole.FAMILY) is Severity.S0


def test_opinion_about_a_council_and_nobody_in_it_is_s1_at_most() -> None:
    assert severity_of([finding("GO")], TargetRole.COUNCIL) is Severity.S1
    assert severity_of([finding("GO", threat=T1)], TargetRole.COUNCIL) is Severity.S2
    assert severity_of([finding("GO"), finding("TP")], TargetRole.COUNCIL) is Severity.S2


def test_criticism_without_any_finding_is_s0_and_rules_alone_do_not_clear_it() -> None:
    by_rules, by_model = suggest(judged(), COUNCILLOR), suggest(judged(can_clear=True), COUNCILLOR)
    assert (by_rules.outcome, by_rules.severity, by_rules.needs_person) == (Outcome.NOT_ABUSE, Severity.S0, True)
    assert (by_model.outcome, by_model.severity, by_model.needs_person) == (Outcome.NOT_ABUSE, Severity.S0, False)


def test_plain_abuse_stands_without_a_person_and_a_threat_does_not() -> None:
    assert not suggest(judged(finding("GO")), COUNCILLOR).needs_person
    assert suggest(judged(finding("VT", threat=T1)), COUNCILLOR).needs_person


def test_quoted_abuse_is_unclear_and_a_quoted_threat_is_a_threat() -> None:
    insult = suggest(judged(finding("GO", quoted=True)), COUNCILLOR)
    threat = suggest(judged(finding("TL", threat=T2, quoted=True)), COUNCILLOR)
    assert (insult.outcome, insult.types, insult.severity, insult.needs_person) == (Outcome.UNCLEAR, ("U",), Severity.S0, True)
    assert (threat.outcome, threat.severity, threat.needs_person) == (Outcome.ABUSE, Severity.S4, True)


def test_own_words_beside_a_quotation_are_judged() -> None:
    suggestion = suggest(judged(finding("GO", quoted=True), finding("IN")), COUNCILLOR)
    assert (suggestion.outcome, suggestion.types, suggestion.needs_person) == (Outcome.ABUSE, ("IN",), True)


@pytest.mark.parametrize("doubt", list(Doubt))
def test_a_doubt_without_a_finding_is_unclear(doubt: Doubt) -> None:
    suggestion = suggest(judged(doubts=(doubt,), can_clear=True), COUNCILLOR)
    assert (suggestion.outcome, suggestion.needs_person) == (Outcome.UNCLEAR, True)


def test_a_sender_in_crisis_comes_before_their_insult_and_after_their_threat() -> None:
    with_insult = suggest(judged(finding("W1"), finding("IN")), COUNCILLOR)
    with_threat = suggest(judged(finding("W1"), finding("TV", threat=T2)), COUNCILLOR)
    assert (with_insult.outcome, with_insult.types, with_insult.severity) == (Outcome.WELFARE, ("W1", "IN"), Severity.S1)
    assert (with_threat.outcome, with_threat.types) == (Outcome.ABUSE, ("TV", "W1"))


def test_the_gravest_type_leads_and_flags_are_gathered() -> None:
    suggestion = suggest(judged(finding("IN", flags=("H-SEX",)), finding("DX"), finding("TL", flags=("H-RAC", "H-SEX"))), COUNCILLOR)
    assert suggestion.types == ("TL", "DX", "IN")
    assert suggestion.motivations == ("H-RAC", "H-SEX")


def test_one_threat_in_a_torrent_of_debate_makes_the_incident() -> None:
    items = [suggest(judged(can_clear=True), COUNCILLOR)] * 20 + [suggest(judged(finding("TL", threat=T2)), COUNCILLOR)]
    incident = combine(items)
    assert (incident.outcome, incident.types, incident.severity) == (Outcome.ABUSE, ("TL",), Severity.S4)


def test_a_welfare_item_leads_an_incident_unless_it_holds_a_threat() -> None:
    crisis, insult = suggest(judged(finding("W1")), COUNCILLOR), suggest(judged(finding("IN")), COUNCILLOR)
    threat = suggest(judged(finding("VT", threat=T1)), COUNCILLOR)
    assert combine([insult, crisis]).outcome is Outcome.WELFARE
    assert combine([insult, crisis]).types == ("W1", "IN")
    assert combine([insult, crisis, threat]).outcome is Outcome.ABUSE


def test_an_unclear_item_keeps_an_incident_unclear() -> None:
    unclear, clear = suggest(judged(doubts=(Doubt.EMPTY,)), COUNCILLOR), suggest(judged(can_clear=True), COUNCILLOR)
    assert (combine([clear, unclear]).outcome, combine([clear, unclear]).types) == (Outcome.UNCLEAR, ("U",))
    assert combine([clear, clear]).outcome is Outcome.NOT_ABUSE
    assert not combine([clear, clear]).needs_person
    assert combine([clear, clear], must_be_read=True).needs_person


def test_the_table_knows_every_type_of_abuse_and_lists_the_gravest_first() -> None:
    assert set(OF_TYPE) == {code for code in TYPES if code not in {"U", "W1", "W2"} and not code.startswith("N")}
    levels = [level.rank for level in OF_TYPE.values()]
    assert levels == sorted(levels, reverse=True)
    assert ordered(["U", "IN", "TL", "IN"]) == ("TL", "IN", "U")
