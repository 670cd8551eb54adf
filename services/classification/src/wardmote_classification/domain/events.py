"""Facts that classification makes known. Ids and codes only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wardmote_classification.domain.incident import ReportedIncident
from wardmote_classification.domain.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class IncidentAssessed:
    """The suggestion for an incident stands."""

    event_id: UUID
    occurred_at: datetime
    version: int
    """How many assessments the incident has, this one included."""
    assessment_id: UUID
    incident: ReportedIncident
    suggestion: Suggestion
    reason_codes: tuple[str, ...]
    versions: Mapping[str, str]
