"""Messages that Wardmote sent, as the page shows them: a reference and how far they got, never content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a message tells of."""

    CASE_OPENED = "case_opened"
    INCIDENT_ATTACHED = "incident_attached"
    PAGE = "page"


class DeliveryStatus(StrEnum):
    """How far a message got."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person."""

    kind: NoticeKind | None
    status: DeliveryStatus | None
    reference: str
    created_at: datetime | None
    delivered_at: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One page of the list, newest first."""

    notices: Sequence[Notice]
    next_cursor: str = ""
