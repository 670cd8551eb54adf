"""Facts that intake makes known. Ids and codes only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wardmote_kernel.taxonomy import Channel, TargetRole


@dataclass(frozen=True, slots=True)
class ReportedItem:
    """One item, by its id."""

    item_id: UUID
    channel: Channel


@dataclass(frozen=True, slots=True)
class IncidentReported:
    """Somebody told the council what happened."""

    event_id: UUID
    occurred_at: datetime
    incident_id: UUID
    report_id: UUID
    reference: str
    items: tuple[ReportedItem, ...]
    target_role: TargetRole
    feels_unsafe: bool
    urgent_signal_id: UUID | None
    earlier_incident_id: UUID | None


@dataclass(frozen=True, slots=True)
class UrgentSignalRaised:
    """Somebody may be in danger."""

    event_id: UUID
    occurred_at: datetime
    incident_id: UUID
    signal_id: UUID
    reference: str
    reason_codes: tuple[str, ...]


IntakeEvent = IncidentReported | UrgentSignalRaised
