"""What intake shows of its reports, without their words. Reads rows; loads no aggregate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wardmote_kernel.taxonomy import Channel, TargetRole


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item without its words."""

    item_id: UUID
    channel: Channel
    happened_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report without its words, names and contacts."""

    report_id: UUID
    incident_id: UUID
    reference: str
    received_at: datetime
    target_role: TargetRole
    is_anonymous: bool
    feels_unsafe: bool
    urgent_signal_id: UUID | None
    items: Sequence[ItemView]


class Queries(Protocol):
    """Questions about the current council's reports."""

    async def report(self, report_id: UUID) -> ReportView:
        """
        Raises:
            NotFound: this council has no such report.
        """
        ...

    async def report_of_incident(self, incident_id: UUID) -> ReportView:
        """
        Raises:
            NotFound: this council has no such incident.
        """
        ...
