"""One message to one person: how often it is tried, how it ends, and when a further one would only be noise."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from wardmote_kernel.errors import IllegalTransition
from wardmote_kernel.taxonomy import Severity
from wardmote_notification.domain.events import FailureReason, NotificationDelivered, NotificationEvent, NotificationFailed

MOST_ATTEMPTS = 60
"""Attempts at an ordinary notification: by the dispatcher's waits about 40 minutes, longer than a mail server's restart."""

MOST_PAGE_ATTEMPTS = 120
"""Attempts at a page: with the dispatcher's waits, a little under two hours. A page that waited longer needs a person, not a program."""

QUIET = timedelta(minutes=10)
"""After a person was told that a case grew, further growth of it is not told for so long: a pile-on must not fill a mailbox."""


class Kind(StrEnum):
    """What a notification tells of."""

    CASE_OPENED = "case_opened"
    INCIDENT_ATTACHED = "incident_attached"
    PAGE = "page"


class Status(StrEnum):
    """How far it has come. The last two are final."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(slots=True)
class Notification:
    """One message to one person. It holds a reference, never content. ``events`` holds the facts that saving it makes known."""

    notification_id: UUID
    person_id: UUID
    kind: Kind
    about_id: UUID
    """The case, or the urgent signal of a page."""
    reference: str
    """Of the case, or of the report of a page."""
    created_at: datetime
    severity: Severity | None = None
    status: Status = Status.WAITING
    attempts: int = 0
    delivered_at: datetime | None = None
    failure: FailureReason | None = None
    events: list[NotificationEvent] = field(default_factory=list)

    @property
    def is_page(self) -> bool:
        """An urgent call: it goes before all other work."""
        return self.kind is Kind.PAGE

    @property
    def is_waiting(self) -> bool:
        """Not delivered yet, and not given up."""
        return self.status is Status.WAITING

    @property
    def may_be_tried_again(self) -> bool:
        """Whether a temporary failure of the present attempt leaves another one."""
        return self.attempts < (MOST_PAGE_ATTEMPTS if self.is_page else MOST_ATTEMPTS)

    def begin_attempt(self, number: int) -> None:
        """Remembers that attempt ``number`` has begun, so that a crash in it is counted too."""
        self._require_waiting()
        self.attempts = number

    def deliver(self, event_id: UUID, now: datetime) -> None:
        """The mail server took it over.

        Raises:
            IllegalTransition: it has ended before.
        """
        self._require_waiting()
        self.status, self.delivered_at = Status.DELIVERED, now
        self.events.append(NotificationDelivered(event_id, now, self.notification_id, self.person_id, self.about_id))

    def fail(self, event_id: UUID, now: datetime, reason: FailureReason) -> None:
        """It will not be tried again.

        Raises:
            IllegalTransition: it has ended before.
        """
        self._require_waiting()
        self.status, self.failure = Status.FAILED, reason
        self.events.append(NotificationFailed(event_id, now, self.notification_id, self.person_id, self.about_id, reason))

    def says_enough(self, now: datetime) -> bool:
        """Whether another notification of the same kind, about the same thing, to the same person, would only be noise now."""
        if self.is_waiting:
            return True
        return self.delivered_at is not None and now - self.delivered_at < QUIET

    def _require_waiting(self) -> None:
        if not self.is_waiting:
            raise IllegalTransition("This notification has ended; it is not sent again.")
