"""One text to learn from, with what is known of it. What a data set does not label stays unknown, and trains nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from wardmote_classification.adapters.line_assessor import MOTIVATIONS, TYPES

TARGETS = ("councillor", "officer", "family", "candidate", "council")

HEADS = (
    "abuse", "hate", "sexist", "uncivil", "T1", "T2", "T3", "severe", "reports", "welfare",
    *TYPES, *MOTIVATIONS, *(f"at-{target}" for target in TARGETS),
)  # fmt: skip
"""What the model answers, each 0 to 1. ``T1`` is "at least T1" and so on; ``severe`` is S3 or S4; ``reports`` is "tells of another's
abuse"; ``at-…`` is whom it is aimed at."""

Spans = tuple[tuple[int, int], ...]
"""Half-open ranges of code points."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its labels."""

    text: str
    source: str
    """The data set, or ``council-line``."""
    labels: Mapping[str, float]
    """Of the heads that are known; shares of raters are soft labels."""
    voice: str = ""
    """Who wrote it, for leaving voices out. Empty for other people's data sets."""
    pair: str = ""
    """Shared by the two halves of a contrast pair."""
    insults: Spans | None = None
    """Places of insulting words; None where nobody marked them."""
    deciding: Spans | None = None
    """Places of the words that put it on its side of the line; None where nobody marked them."""
    weight: float = 1.0
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else the author noted: id, channel, topic, threat, severity, target."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()
