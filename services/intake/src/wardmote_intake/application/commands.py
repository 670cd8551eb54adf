"""What people and programs order intake to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wardmote_intake.domain.reading import Purpose
from wardmote_intake.domain.report import Reporter
from wardmote_kernel.taxonomy import Channel, TargetRole


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One item as it was given."""

    channel: Channel
    text: str
    happened_at: datetime | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """Keep this report."""

    request_id: str
    fingerprint: bytes
    """Of the whole request: the same id with another one is refused."""
    target_role: TargetRole
    items: Sequence[ItemDraft]
    reporter: Reporter | None = None
    target_name: str = ""
    feels_unsafe: bool = False
    in_danger_now: bool = False
    earlier_reference: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter is told."""

    report_id: UUID
    incident_id: UUID
    reference: str
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class ReadWords:
    """Open the words of these items, and remember who did."""

    item_ids: Sequence[UUID]
    read_by: str
    purpose: Purpose
