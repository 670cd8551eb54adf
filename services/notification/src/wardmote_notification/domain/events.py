"""Facts that notification makes known. Ids and codes only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class FailureReason(StrEnum):
    """Why a notification will not be tried again."""

    REFUSED = "refused-by-server"
    NO_CONTACT = "no-contact"
    GAVE_UP = "gave-up"


@dataclass(frozen=True, slots=True)
class NotificationDelivered:
    """The mail server took it over."""

    event_id: UUID
    occurred_at: datetime
    notification_id: UUID
    person_id: UUID
    about_id: UUID


@dataclass(frozen=True, slots=True)
class NotificationFailed:
    """It was not delivered and will not be tried again; somebody must be told in another way."""

    event_id: UUID
    occurred_at: datetime
    notification_id: UUID
    person_id: UUID
    about_id: UUID
    reason: FailureReason


NotificationEvent = NotificationDelivered | NotificationFailed
