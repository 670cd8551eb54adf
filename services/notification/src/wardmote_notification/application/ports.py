"""What notification needs from outside, as contracts."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import WardmoteError
from wardmote_notification.application.commands import DeliveryOutcome, SignalOutcome, SignalPath, Telling
from wardmote_notification.domain.notification import Kind, Notification
from wardmote_notification.domain.roster import Recipient, Roster
from wardmote_notification.domain.urgent_signal import UrgentSignal


@dataclass(frozen=True, slots=True)
class Letter:
    """What one attempt begins with."""

    notification: Notification
    slug: str
    """The council's part of the console's addresses; empty while it is not known here."""


class Unit(Protocol):
    """One transaction of the current council. Everything done in it is kept together or not at all."""

    async def roster(self) -> Roster:
        """Who may be told. Nobody is registered or leaves before this unit ends."""
        ...

    async def case_workers(self) -> tuple[UUID, ...]:
        """Who works cases, in a fixed order. Who comes or leaves at this very moment may be among them or not."""
        ...

    async def put_recipient(self, recipient: Recipient) -> None:
        """Registers someone or changes their roles. Waits for units that hold the roster."""
        ...

    async def remove_recipient(self, person_id: UUID) -> None:
        """Forgets someone and the copy of their contact."""
        ...

    async def kept_contact(self, person_id: UUID) -> str | None:
        """The copy of someone's contact, opened."""
        ...

    async def keep_contact(self, person_id: UUID, contact: str | None) -> None:
        """Keeps a sealed copy, or erases it. Someone who has left meanwhile is not brought back."""
        ...

    async def refresh_contact_soon(self, person_id: UUID, job_id: UUID) -> None:
        """Gives the service the job of fetching someone's contact."""
        ...

    async def add_signal(self, signal: UrgentSignal) -> bool:
        """Keeps a signal. False: it had arrived before, and nothing was kept."""
        ...

    async def unanswered_signals(self) -> Sequence[UrgentSignal]:
        """Signals for which nobody could be paged, locked."""
        ...

    async def save_signal(self, signal: UrgentSignal) -> None:
        """Keeps whom a signal paged in the end."""
        ...

    async def add(self, notifications: Sequence[Notification]) -> int:
        """Keeps new notifications, each with the job of delivering it.

        Returns:
            How many were kept. The others' people are told of that already.
        """
        ...

    async def latest_about(self, about_id: UUID, kind: Kind) -> Mapping[UUID, Notification]:
        """Of each person, the newest notification of this kind about this."""
        ...

    async def letter(self, notification_id: UUID) -> Letter:
        """A notification with what its mail needs.

        Raises:
            NotFound: this council has no such notification.
        """
        ...

    async def note_attempt(self, notification: Notification) -> None:
        """Keeps that an attempt failed and that there will be another. One that has ended meanwhile stays as it is."""
        ...

    async def end(self, notification: Notification) -> None:
        """Keeps how a notification ended, and its fact in the outbox.

        Raises:
            AlreadyHandled: it had ended before.
        """
        ...

    async def settle(self, work: WorkRef) -> None:
        """Takes the work off the queue.

        Raises:
            AlreadyHandled: another attempt has settled it.
        """
        ...


class UnitOfWork(Protocol):
    """Opens units."""

    def __call__(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that commits at the end of the block and rolls back on an error. Then its new jobs are begun."""
        ...


class Contacts(Protocol):
    """Where contacts are known."""

    async def current(self, person_id: UUID) -> str | None:
        """Someone's e-mail address, asked for now. None: they have left, or have none.

        Raises:
            Unavailable: nobody can say now.
        """
        ...

    def recent(self, person_id: UUID) -> str | None:
        """What was answered less than a minute ago. None: ask."""
        ...

    def forget(self, person_id: UUID) -> None:
        """Asks anew next time."""
        ...


@dataclass(frozen=True, slots=True)
class MailText:
    """What a mail says."""

    subject: str
    body: str


class Templates(Protocol):
    """The mails' words."""

    def fill(self, notification: Notification, slug: str) -> MailText:
        """What the mail for this notification says: its reference, the severity's word and a link, nothing else."""
        ...


class MailRefused(WardmoteError):
    """The mail server, or the form of the address, says that this mail will never be taken."""

    reason = "MAIL_REFUSED"


class Mailer(Protocol):
    """Sends mails."""

    async def send(self, notification_id: UUID, contact: str, text: MailText) -> None:
        """Returns when the mail server has taken the mail over. A repeat for the same notification can be recognised as one.

        Raises:
            MailRefused: trying again will not help.
            Unavailable: trying again may help.
        """
        ...


class Measures(Protocol):
    """Counts what happens, and says in the log whom nothing reached: by ids and codes alone."""

    def signal(self, path: SignalPath, outcome: SignalOutcome) -> None:
        """A signal arrived, or found its first person."""
        ...

    def telling(self, telling: Telling) -> None:
        """A fact of a case was told, or there was nobody to tell."""
        ...

    def delivery(self, outcome: DeliveryOutcome) -> None:
        """A notification ended."""
        ...

    def unknown_fact(self, topic: str) -> None:
        """A fact came that only a newer version knows."""
        ...
