"""What classification shows of a candidate beside what stands. Reads rows; loads no aggregate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wardmote_classification.domain.comparison import Transition
from wardmote_classification.domain.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """How the candidate that judged last differs from what stands, in the current council."""

    present_versions: Mapping[str, str]
    candidate_versions: Mapping[str, str]
    compared: int
    assessed: int
    """By the present versions since the first that was compared."""
    transitions: Sequence[tuple[Transition, int]]
    """Each with how often; what both suggest alike is not among them."""
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One incident that the candidate would have judged otherwise."""

    incident_id: UUID
    assessment_id: UUID
    present: Suggestion
    present_score: float
    candidate: Suggestion
    candidate_score: float
    compared_at: datetime


class Comparisons(Protocol):
    """Questions about the current council's newest comparison: the candidate that judged last, beside what it was compared with."""

    async def newest(self) -> ComparisonView | None:
        """None: no candidate has judged anything here."""
        ...

    async def differences(self, transition: Transition, limit: int, before: UUID | None = None) -> Sequence[DifferenceView]:
        """Incidents of one transition, the newest first.

        Args:
            before: only assessments with a smaller id.
        """
        ...
