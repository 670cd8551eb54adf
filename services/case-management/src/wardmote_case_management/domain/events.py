"""Facts that case-management makes known. Ids and codes only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wardmote_kernel.taxonomy import Severity


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """A case was opened for an assessed incident; a person must triage it."""

    event_id: UUID
    occurred_at: datetime
    case_id: UUID
    version: int
    """Of the case, after this fact."""
    reference: str
    incident_id: UUID
    severity: Severity
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class IncidentAttached:
    """A further incident, or a newer assessment of one, was added to a case. Severity and urgency are the case's, after it."""

    event_id: UUID
    occurred_at: datetime
    case_id: UUID
    version: int
    """Of the case, after this fact."""
    reference: str
    incident_id: UUID
    severity: Severity
    is_urgent: bool


CaseEvent = CaseOpened | IncidentAttached
