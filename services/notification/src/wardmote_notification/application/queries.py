"""What notification shows. Reads rows; loads no aggregate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wardmote_notification.domain.notification import Kind, Status


@dataclass(frozen=True, slots=True)
class NotificationView:
    """One message to one person."""

    notification_id: UUID
    person_id: UUID
    kind: Kind
    status: Status
    reference: str
    created_at: datetime
    delivered_at: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the list."""

    notifications: Sequence[NotificationView]
    next_cursor: str
    """Empty: there is no more."""


class Queries(Protocol):
    """Questions about the current council's notifications."""

    async def notifications(self, limit: int, cursor: str) -> Listing:
        """Newest first, after ``cursor``.

        Raises:
            Invalid: the limit is over 100, or the cursor is not one of this list.
        """
        ...
