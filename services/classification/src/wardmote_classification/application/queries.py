"""What classification shows of its assessments. Reads rows; loads no aggregate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wardmote_classification.domain.assessment import AssessedItem
from wardmote_classification.domain.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """An assessment with its reasons."""

    assessment_id: UUID
    incident_id: UUID
    suggestion: Suggestion
    items: Sequence[AssessedItem]
    versions: Mapping[str, str]
    assessed_at: datetime


class Queries(Protocol):
    """Questions about the current council's assessments."""

    async def newest_of_incident(self, incident_id: UUID) -> AssessmentView:
        """
        Raises:
            NotFound: this council has no assessment of such an incident.
        """
        ...
