"""An incident as classification meets it: by ids and codes."""

from dataclasses import dataclass
from uuid import UUID

from wardmote_kernel.taxonomy import Channel, TargetRole


@dataclass(frozen=True, slots=True)
class ReportedItem:
    """One item, by its id."""

    item_id: UUID
    channel: Channel


@dataclass(frozen=True, slots=True)
class ReportedIncident:
    """What intake made known of an incident."""

    incident_id: UUID
    reference: str
    items: tuple[ReportedItem, ...]
    """At least one, in the order in which they were given."""
    target_role: TargetRole
    feels_unsafe: bool = False
    urgent_signal_id: UUID | None = None
    """Danger was seen at the door."""
    earlier_incident_id: UUID | None = None
