"""What was found in one item's words, by rules and by the model. No words, only codes and places."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from wardmote_kernel.taxonomy import ThreatLevel


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points of the item's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, and where."""

    code: str
    """Rule id or model head."""
    types: tuple[str, ...]
    motivations: tuple[str, ...]
    threat: ThreatLevel
    is_danger: bool
    """Somebody may be in danger: the kind that pages the on-call officer (floor F8 of domain.md §3.5)."""
    line_test: str
    sentence: str
    spans: tuple[Span, ...] = ()
    is_quoted: bool = False
    """All of it stands inside quotation marks: perhaps not the sender's own words (ceiling C3)."""


class Doubt(StrEnum):
    """Why what was found, or not found, cannot stand without a person (domain.md §3.5, D-07 d)."""

    EMPTY = "empty"
    """There are no words to judge."""
    NOT_ENGLISH = "not-english"
    """The words do not look like English; nothing here reads another language."""
    WELSH = "welsh"
    """The words look like Welsh. They are for a person who reads it."""
    UNSURE = "unsure"
    """It stands between the cut points, or rules and model disagree."""
    STRANGE = "strange"
    """Too many words that the model has never seen."""


@dataclass(frozen=True, slots=True)
class ItemJudgement:
    """What an assessor says of one text."""

    findings: tuple[Finding, ...]
    doubts: tuple[Doubt, ...] = ()
    score: float = 0.0
    """How likely it is abuse, 0 to 1. Rules alone know 0 and 1 only."""
    can_clear: bool = False
    """Whether finding nothing means something. Rules alone never clear a report."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, for a person: our sentence, never the report's words."""

    code: str
    line_test: str
    sentence: str
    spans: tuple[Span, ...] = ()


OF_DOUBT = MappingProxyType({
    Doubt.EMPTY: "There are no words to judge. A person must look at it.",
    Doubt.NOT_ENGLISH: "This does not look like English, so nothing was judged but signs of danger. A person must read it.",
    Doubt.WELSH: "This looks like Welsh, so nothing was judged but signs of danger. A person who reads Welsh must read it.",
    Doubt.STRANGE: "Too many of the words are unknown to trust a judgement. A person must read it.",
})  # fmt: skip
"""What a doubt means for a person. One that lies between the cut points is told of by the finding that says which words weigh most."""


def reasons_of(judgement: ItemJudgement) -> tuple[Reason, ...]:
    """One reason for each finding, and for each doubt that no finding tells of."""
    found = tuple(Reason(one.code, one.line_test, one.sentence, one.spans) for one in judgement.findings)
    return found + tuple(Reason(f"D-{doubt}", "context", OF_DOUBT[doubt]) for doubt in judgement.doubts if doubt in OF_DOUBT)
