"""What the next model would have suggested beside what stands, and in which way the two differ. Nothing follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from wardmote_classification.domain.suggestion import Suggestion


class Axis(StrEnum):
    """On which axis two suggestions differ. In the order in which a person should look."""

    THREAT_LEVEL = "threat_level"
    SEVERITY = "severity"
    OUTCOME = "outcome"
    NEEDS_PERSON = "needs_person"


_ORDERED = frozenset({Axis.THREAT_LEVEL, Axis.SEVERITY})
"""Axes whose codes grow with the danger, T0 to T3 and S0 to S4."""

_LESS_CARE = frozenset(
    {("abuse", "not_abuse"), ("unclear", "not_abuse"), ("welfare", "not_abuse"), ("abuse", "unclear"), ("true", "false")}
)
"""Outcomes and readings by which somebody would be looked after less."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From what stands to what the candidate would have suggested, by codes."""

    axis: Axis
    present: str
    candidate: str

    @property
    def lowers(self) -> bool:
        """Whether the candidate would look after somebody less."""
        if self.axis in _ORDERED:
            return self.candidate < self.present
        return (self.present, self.candidate) in _LESS_CARE


def to_look_at(transition: Transition) -> tuple[int, bool, str, str]:
    """Sorts transitions: a lowered threat before all else, then a raised one, then the next axis; the longest way down first."""
    return [*Axis].index(transition.axis), not transition.lowers, _turned(transition.present), transition.candidate


def _turned(code: str) -> str:
    """The code so that a graver one sorts before a lesser one."""
    return code[:-1] + str(9 - int(code[-1])) if code[-1:].isdigit() else code


@dataclass(frozen=True, slots=True)
class ShadowAssessment:
    """What a candidate would have suggested of an incident that was assessed."""

    assessment_id: UUID
    incident_id: UUID
    suggestion: Suggestion
    score: float
    """How likely it is abuse; of several items the highest."""
    present_score: float
    """The same, of what stands."""
    versions: Mapping[str, str]
    compared_at: datetime
