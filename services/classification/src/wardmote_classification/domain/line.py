"""Where the line stands: what a calibrated probability means for the suggestion. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from wardmote_classification.domain.severity import ordered
from wardmote_kernel.taxonomy import Outcome, ThreatLevel

_EVEN_ODDS = 0.5
"""On voices that the model had not read, 3.5 % of debate is called abuse with it, 3.0 % without (docs/model-card.md)."""


@dataclass(frozen=True, slots=True)
class Line:
    """The cut points, chosen on messages of voices that the judging model had not read (docs/model-card.md)."""

    clear: float
    """Below it, and with no sign of danger, the suggestion is that it is not abuse."""
    abuse: float
    """From it on the suggestion is abuse. Between the two a person must say."""
    threat_lane: float
    """From this probability of a threat on, a person reads it whatever else was found."""
    heads: Mapping[str, float]
    """From which probability on each type, motivation and threat level is suggested."""

    def side(self, score: float, threat: float, *, has_rule: bool, has_threat_rule: bool) -> Outcome:
        """On which side it stands: abuse, not abuse, or unclear, so that a person must say.

        Args:
            score: how likely it is abuse.
            threat: how likely it is an open threat. In the threat lane a low score does not clear it.
            has_rule: a rule found abuse: with even odds that is enough to call it so, and a low score does not clear it.
            has_threat_rule: a rule found a threat: a low score does not clear it.
        """
        if score >= (min(self.abuse, _EVEN_ODDS) if has_rule else self.abuse):
            return Outcome.ABUSE
        is_kept_back = has_rule or has_threat_rule or threat >= self.threat_lane
        return Outcome.UNCLEAR if is_kept_back or score > self.clear else Outcome.NOT_ABUSE

    def types(self, heads: Mapping[str, float], codes: tuple[str, ...]) -> tuple[str, ...]:
        """The types to suggest for abuse: all over their cut point, or the likeliest one."""
        over = [code for code in codes if heads[code] >= self.heads[code]]
        return ordered(over or [max(codes, key=lambda code: heads[code] / self.heads[code])])

    def motivations(self, heads: Mapping[str, float], codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(code for code in codes if heads[code] >= self.heads[code])

    def threat(self, heads: Mapping[str, float]) -> ThreatLevel:
        """The gravest level over its cut point."""
        return next((ThreatLevel(level) for level in ("T3", "T2", "T1") if heads[level] >= self.heads[level]), ThreatLevel.T0)
