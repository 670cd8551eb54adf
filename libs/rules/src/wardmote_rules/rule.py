"""A rule of the line, and what it finds."""

import re
from dataclasses import dataclass
from enum import StrEnum

from wardmote_kernel.taxonomy import ThreatLevel
from wardmote_rules.text_view import Span


class LineTest(StrEnum):
    """The question of the line test that a rule bears on (domain.md §3.2)."""

    SAFETY = "safety"
    TARGET = "target"
    CONTENT = "content"
    MANNER = "manner"
    PURPOSE = "purpose"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to run. Its patterns are read over a :class:`~wardmote_rules.text_view.TextView`."""

    rule_id: str
    types: tuple[str, ...]
    motivations: tuple[str, ...]
    threat: ThreatLevel
    is_danger: bool
    line_test: LineTest
    sentence: str
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    """Read over the sentence of the match; when one is found there, the match does not count."""
    positive: tuple[str, ...]
    negative: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired, and where."""

    rule_id: str
    types: tuple[str, ...]
    motivations: tuple[str, ...]
    threat: ThreatLevel
    is_danger: bool
    line_test: LineTest
    sentence: str
    spans: tuple[Span, ...]
