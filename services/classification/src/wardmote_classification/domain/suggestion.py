"""From what was found to a suggestion: for one item, and for the incident that holds the items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wardmote_classification.domain.judgement import Doubt, Finding, ItemJudgement
from wardmote_classification.domain.severity import OF_TYPE, highest, ordered, severity_of
from wardmote_kernel.taxonomy import Outcome, Severity, TargetRole, ThreatLevel

WELFARE = frozenset({"W1", "W2"})
UNCLEAR = "U"
_DISPUTED = frozenset({Doubt.UNSURE, Doubt.STRANGE})
"""Doubts about what was found, with which it is not called abuse. Its threat and severity stand: urgency is only ever raised."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the software suggests. A person decides."""

    outcome: Outcome
    types: tuple[str, ...]
    """Codes of domain.md §3.3, the primary first."""
    motivations: tuple[str, ...]
    threat: ThreatLevel
    severity: Severity
    needs_person: bool
    """The suggestion is too unsure, or too grave, to stand without a person's reading."""


def suggest(judgement: ItemJudgement, target_role: TargetRole) -> Suggestion:
    """The suggestion for one item."""
    counted = _counted(judgement.findings)
    threat = _gravest(found.threat for found in counted)
    outcome = _outcome(judgement, counted, threat)
    is_sure = outcome is Outcome.ABUSE or (outcome is Outcome.NOT_ABUSE and judgement.can_clear)
    is_quoted = any(found.is_quoted for found in judgement.findings)
    return Suggestion(
        outcome=outcome,
        types=_types([code for found in counted for code in found.types], outcome),
        motivations=tuple(sorted({flag for found in counted for flag in found.motivations})),
        threat=threat,
        severity=severity_of(counted, target_role),
        needs_person=not is_sure or bool(judgement.doubts) or is_quoted or (threat is not ThreatLevel.T0 and not judgement.can_clear),
    )


def combine(suggestions: Sequence[Suggestion], *, must_be_read: bool = False) -> Suggestion:
    """The suggestion for an incident: the gravest of each axis over its items.

    Args:
        must_be_read: a person reads it whatever was found: the reporter does not feel safe (F7), or danger was seen at the door.
    """
    threat = _gravest(one.threat for one in suggestions)
    outcome = _incident_outcome({one.outcome for one in suggestions}, threat)
    return Suggestion(
        outcome=outcome,
        types=_types([code for one in suggestions for code in one.types], outcome),
        motivations=tuple(sorted({flag for one in suggestions for flag in one.motivations})),
        threat=threat,
        severity=highest(one.severity for one in suggestions),
        needs_person=must_be_read or any(one.needs_person for one in suggestions),
    )


def finds_abuse(findings: Sequence[Finding]) -> bool:
    """Whether any of the findings that count is of a type of abuse."""
    return any(code in OF_TYPE for found in _counted(findings) for code in found.types)


def _counted(findings: Sequence[Finding]) -> list[Finding]:
    return [found for found in findings if not _is_only_quoted(found)]


def _is_only_quoted(found: Finding) -> bool:
    """Quoted words count against their author, not against whoever quotes them (C3). A quoted threat counts: doubt about a threat
    goes towards action (domain.md §3.2)."""
    return found.is_quoted and found.threat is ThreatLevel.T0 and not found.is_danger


def _outcome(judgement: ItemJudgement, counted: Sequence[Finding], threat: ThreatLevel) -> Outcome:
    types = {code for found in counted for code in found.types}
    is_abuse = finds_abuse(counted) and not _DISPUTED.intersection(judgement.doubts)
    if not types.isdisjoint(WELFARE) and not (is_abuse and threat is not ThreatLevel.T0):
        return Outcome.WELFARE
    if is_abuse:
        return Outcome.ABUSE
    is_open = bool(judgement.doubts) or any(found.types or found.threat is not ThreatLevel.T0 for found in judgement.findings)
    return Outcome.UNCLEAR if is_open else Outcome.NOT_ABUSE


def _incident_outcome(outcomes: set[Outcome], threat: ThreatLevel) -> Outcome:
    """A sender in crisis comes first, unless there is a threat (acceptance story 11 b); then abuse, then what is unclear."""
    threatened = Outcome.ABUSE in outcomes and threat is not ThreatLevel.T0
    order = [Outcome.ABUSE, Outcome.WELFARE] if threatened else [Outcome.WELFARE, Outcome.ABUSE]
    return next((outcome for outcome in [*order, Outcome.UNCLEAR] if outcome in outcomes), Outcome.NOT_ABUSE)


def _types(codes: Sequence[str], outcome: Outcome) -> tuple[str, ...]:
    if outcome is Outcome.UNCLEAR:
        return (UNCLEAR,)
    known = ordered(code for code in codes if code != UNCLEAR)
    if outcome is Outcome.WELFARE:
        return tuple(sorted(known, key=lambda code: code not in WELFARE))
    return known


def _gravest(levels: Iterable[ThreatLevel]) -> ThreatLevel:
    return max(levels, key=lambda level: level.rank, default=ThreatLevel.T0)
