"""What the software suggests about an incident or a case, and the one way in which it may change it: upward."""

from collections.abc import Iterable
from dataclasses import dataclass

from wardmote_kernel.taxonomy import Outcome, Severity, ThreatLevel

_GRAVITY = (Outcome.NOT_ABUSE, Outcome.UNCLEAR, Outcome.WELFARE, Outcome.ABUSE)
"""Outcomes, least grave first. A welfare concern beside abuse stays to be seen in the types (W1, W2)."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested outcome with what goes with it. A person decides (domain.md §3.1)."""

    outcome: Outcome
    severity: Severity
    threat_level: ThreatLevel
    types: tuple[str, ...] = ()
    """Codes, the primary first."""
    motivations: tuple[str, ...] = ()
    needs_person: bool = False

    def is_graver_than(self, other: "Suggestion") -> bool:
        """Whether more than types and motivations came to ``other``, which this one was raised from."""
        mine = (self.outcome, self.severity, self.threat_level, self.needs_person)
        return mine != (other.outcome, other.severity, other.threat_level, other.needs_person)

    def raised_by(self, other: "Suggestion") -> "Suggestion":
        """This suggestion with another added to it.

        Nothing of it is ever lowered or taken away: the software may not downgrade (domain.md §3.5, D-07 b). The types of
        the more severe one come first, because the first is the primary.
        """
        graver, milder = (other, self) if other.severity.rank > self.severity.rank else (self, other)
        return Suggestion(
            max(self.outcome, other.outcome, key=_GRAVITY.index),
            graver.severity,
            max(self.threat_level, other.threat_level, key=lambda level: level.rank),
            _each_once(graver.types + milder.types),
            _each_once(graver.motivations + milder.motivations),
            self.needs_person or other.needs_person,
        )


def _each_once(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
