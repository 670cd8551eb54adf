"""Which difference a person should look at first."""

import pytest
from wardmote_classification.domain.comparison import Axis, Transition, to_look_at


def test_a_lowered_threat_comes_before_everything_and_the_longest_way_down_first() -> None:
    wanted = [
        Transition(Axis.THREAT_LEVEL, "T3", "T0"),
        Transition(Axis.THREAT_LEVEL, "T3", "T2"),
        Transition(Axis.THREAT_LEVEL, "T1", "T0"),
        Transition(Axis.THREAT_LEVEL, "T0", "T2"),
        Transition(Axis.SEVERITY, "S4", "S1"),
        Transition(Axis.SEVERITY, "S0", "S4"),
        Transition(Axis.OUTCOME, "abuse", "not_abuse"),
        Transition(Axis.OUTCOME, "not_abuse", "abuse"),
        Transition(Axis.NEEDS_PERSON, "true", "false"),
    ]
    shuffled = wanted[::-1]
    assert sorted(shuffled, key=to_look_at) == wanted


@pytest.mark.parametrize(
    ("axis", "present", "candidate", "lowers"),
    [
        (Axis.THREAT_LEVEL, "T2", "T1", True), (Axis.THREAT_LEVEL, "T1", "T2", False), (Axis.SEVERITY, "S1", "S0", True),
        (Axis.OUTCOME, "abuse", "unclear", True), (Axis.OUTCOME, "unclear", "abuse", False), (Axis.OUTCOME, "abuse", "welfare", False),
        (Axis.NEEDS_PERSON, "true", "false", True), (Axis.NEEDS_PERSON, "false", "true", False),
    ],
)  # fmt: skip
def test_what_looks_after_somebody_less(axis: Axis, present: str, candidate: str, lowers: bool) -> None:
    assert Transition(axis, present, candidate).lowers is lowers
