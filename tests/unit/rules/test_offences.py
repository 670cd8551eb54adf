"""The offence table as it is packaged: every type has an answer in every nation, dates are kept, and what is no abuse is no offence."""

from datetime import date, timedelta

import pytest

from wardmote_kernel.taxonomy import Nation
from wardmote_rules.offence_file import ABUSE_TYPES, read_offences
from wardmote_rules.offences import OffenceTable
from wardmote_rules.rule_file import MOTIVATIONS, TYPES

DAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def table() -> OffenceTable:
    return read_offences()


def codes(table: OffenceTable, types: list[str], nation: Nation, on: date = DAY, motivations: list[str] | None = None) -> list[str]:
    return [offence.code for offence in table.possible(types, motivations or [], nation, on)]


@pytest.mark.parametrize("nation", Nation)
@pytest.mark.parametrize("type_", sorted(ABUSE_TYPES))
def test_every_type_of_abuse_has_an_offence_in_each_nation_or_none_on_purpose(table: OffenceTable, type_: str, nation: Nation) -> None:
    assert bool(codes(table, [type_], nation)) != (type_ in table.without_offence[nation])


def test_what_is_no_abuse_has_no_offence_whatever_the_hostility(table: OffenceTable) -> None:
    rest = sorted(TYPES - ABUSE_TYPES)
    assert rest == ["N1", "N2", "N3", "N4", "N5", "N6", "U", "W1", "W2"]
    assert [codes(table, rest, nation, motivations=list(MOTIVATIONS)) for nation in Nation] == [[], [], [], []]


def test_codes_are_unique(table: OffenceTable) -> None:
    every = [offence.code for offence in table.offences]
    assert len(every) == len(set(every))


def test_each_nation_has_its_own_law(table: OffenceTable) -> None:
    """A threat of violence: the same Act in three nations, and none of theirs in Scotland."""
    threat = {nation: codes(table, ["TV"], nation) for nation in Nation}
    assert threat[Nation.ENGLAND] == threat[Nation.WALES] == ["OSA-181", "POA-4"]
    assert threat[Nation.SCOTLAND] == ["SCO-THREATS", "CJLSA-38"]
    assert threat[Nation.NORTHERN_IRELAND] == ["OSA-181", "PSANI-2"]


def test_an_offence_is_shown_from_the_day_it_holds(table: OffenceTable) -> None:
    in_force = date(2024, 1, 31)
    assert "OSA-181" in codes(table, ["TL"], Nation.WALES, in_force)
    assert "OSA-181" not in codes(table, ["TL"], Nation.WALES, in_force - timedelta(days=1))


def test_what_is_not_known_to_hold_is_kept_and_never_shown(table: OffenceTable) -> None:
    unknown = {offence.code for offence in table.offences if offence.in_force_from is None}
    assert {"CPA26-HOME", "CPA26-HOSTILITY"} <= unknown
    shown = {
        code for nation in Nation for on in (DAY, date(2100, 1, 1)) for code in codes(table, list(TYPES), nation, on, list(MOTIVATIONS))
    }
    assert shown == {offence.code for offence in table.offences} - unknown


def test_hostility_adds_what_it_makes_graver_and_only_then(table: OffenceTable) -> None:
    plain, racist = (codes(table, ["GO"], Nation.ENGLAND, motivations=flags) for flags in ([], ["H-RAC"]))
    assert set(racist) - set(plain) == {"SA20-66", "POA-PART-3"}
    assert codes(table, ["GO"], Nation.ENGLAND, motivations=["H-SEX"]) == plain
    assert "HCSA-1" in codes(table, ["GO"], Nation.SCOTLAND, motivations=["H-AGE"])
    assert codes(table, ["IN"], Nation.ENGLAND, motivations=["H-RAC"]) == ["CDA98-28"]


def test_the_months_of_what_is_tried_summarily_are_kept(table: OffenceTable) -> None:
    """D-08: the ones that domain.md names."""
    limits = {offence.code: offence.refer_within_months for offence in table.offences}
    assert [limits[code] for code in ("OSA-179", "PHA-2", "POA-5", "CA-127-1", "CA-127-2C")] == [6] * 5
    assert limits["RPA-106"] == 12
    assert limits["OSA-181"] is None
