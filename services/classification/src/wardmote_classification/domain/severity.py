"""Severity by a table, floors and ceilings (domain.md §3.5). Pure, and monotone: one more finding never lowers it.

Floor F6 (a history of the same sender) needs the cases and is case-management's.
"""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from wardmote_classification.domain.judgement import Finding
from wardmote_kernel.taxonomy import Severity, TargetRole, ThreatLevel

OF_TYPE = MappingProxyType({
    "TL": Severity.S4, "SU": Severity.S4,
    "TV": Severity.S3, "ST": Severity.S3, "HV": Severity.S3, "DX": Severity.S3, "SI": Severity.S3, "AS": Severity.S3, "CD": Severity.S3,
    "CO": Severity.S3, "EP": Severity.S3, "SH": Severity.S3,
    "VT": Severity.S2, "TP": Severity.S2, "SX": Severity.S2, "GO": Severity.S2, "HA": Severity.S2, "DF": Severity.S2, "EL": Severity.S2,
    "IM": Severity.S2, "AC": Severity.S2, "IC": Severity.S2,
    "IN": Severity.S1, "PC": Severity.S1, "PO": Severity.S1,
})  # fmt: skip
"""Typical severity of each type of abuse, the gravest first; within one severity in the order in which a type leads. F1, F4."""

OF_THREAT = MappingProxyType(
    {ThreatLevel.T0: Severity.S0, ThreatLevel.T1: Severity.S2, ThreatLevel.T2: Severity.S3, ThreatLevel.T3: Severity.S4}
)
"""Floors F3, F2 and F1."""

_OPINION = frozenset({"GO", "IN"})
"""Types that, said of a council and nobody in it, may be opinion about a group (C5)."""


def severity_of(findings: Sequence[Finding], target_role: TargetRole) -> Severity:
    """The severity of what was found in one item. Nothing found: S0 (ceiling C1)."""
    levels = [Severity.S0, *(OF_TYPE.get(code, Severity.S0) for found in findings for code in found.types)]
    levels += [OF_THREAT[found.threat] for found in findings]
    if any(found.is_danger for found in findings):
        levels.append(Severity.S4)
    level = highest(levels)
    if target_role is TargetRole.COUNCIL and _is_opinion(findings):
        return min(level, Severity.S1, key=rank)
    return _raised(level) if target_role is TargetRole.FAMILY and level is not Severity.S0 else level


def highest(levels: Iterable[Severity]) -> Severity:
    """The gravest of them; S0 of none."""
    return max(levels, key=rank, default=Severity.S0)


def rank(level: Severity) -> int:
    return level.rank


def ordered(types: Iterable[str]) -> tuple[str, ...]:
    """Each code once, the one that leads first."""
    order = [*OF_TYPE]
    return tuple(sorted(set(types), key=lambda code: (order.index(code) if code in OF_TYPE else len(order), code)))


def _is_opinion(findings: Sequence[Finding]) -> bool:
    return all(_OPINION.issuperset(found.types) and found.threat is ThreatLevel.T0 and not found.is_danger for found in findings)


def _raised(level: Severity) -> Severity:
    """One level up, S4 at most (floor F5)."""
    return Severity(f"S{min(level.rank + 1, Severity.S4.rank)}")
