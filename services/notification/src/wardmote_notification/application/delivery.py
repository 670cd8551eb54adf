"""Delivery: a notification's contact and mail are outside every transaction; only how it ended is kept in one."""

from dataclasses import dataclass, field

from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Unavailable
from wardmote_kernel.identity import Ids
from wardmote_notification.application.commands import Deliver, DeliveryOutcome, RefreshContact
from wardmote_notification.application.ports import Contacts, Letter, Mailer, MailRefused, Templates, UnitOfWork
from wardmote_notification.domain.events import FailureReason
from wardmote_notification.domain.notification import Notification


@dataclass(slots=True)
class _Contact:
    """Where an attempt sends to."""

    address: str | None = field(default=None, repr=False)
    is_news: bool = False
    """It was asked for now, so the sealed copy may be older."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The use cases with what they need."""

    unit_of_work: UnitOfWork
    contacts: Contacts
    templates: Templates
    mailer: Mailer
    clock: Clock
    ids: Ids

    async def deliver(self, command: Deliver) -> DeliveryOutcome | None:
        """Sends one notification.

        Returns:
            How it ended. None: it had ended before.

        Raises:
            Unavailable: this attempt failed and there will be another.
        """
        letter = await self._begin(command)
        if letter is None:
            return None
        notification, contact = letter.notification, _Contact()
        notification.begin_attempt(command.work.attempts)
        failure: FailureReason | None = None
        try:
            await self._find(contact, notification)
            failure = await self._send(letter, contact)
        except Unavailable:
            if notification.may_be_tried_again:
                await self._note_attempt(notification)
                raise
            failure = FailureReason.GAVE_UP
        return await self._end(command, notification, contact, failure)

    async def refresh_contact(self, command: RefreshContact) -> None:
        """Keeps a sealed copy of someone's contact, so that a later page does not depend on tenancy.

        Raises:
            Unavailable: tenancy cannot be reached now.
        """
        contact = await self.contacts.current(command.person_id)
        async with self.unit_of_work() as unit:
            await unit.keep_contact(command.person_id, contact)
            await unit.settle(command.work)

    async def _begin(self, command: Deliver) -> Letter | None:
        async with self.unit_of_work() as unit:
            letter = await unit.letter(command.notification_id)
            if letter.notification.is_waiting:
                return letter
            await unit.settle(command.work)
            return None

    async def _find(self, contact: _Contact, notification: Notification) -> None:
        """The newest address there is: told by tenancy, this minute or now, else the sealed copy."""
        person_id = notification.person_id
        contact.address = self.contacts.recent(person_id)
        if contact.address is not None:
            return
        try:
            contact.address = await self.contacts.current(person_id)
            contact.is_news = True
        except Unavailable:
            async with self.unit_of_work() as unit:
                contact.address = await unit.kept_contact(person_id)
            if contact.address is None:
                raise

    async def _send(self, letter: Letter, contact: _Contact) -> FailureReason | None:
        if contact.address is None:
            return FailureReason.NO_CONTACT
        text = self.templates.fill(letter.notification, letter.slug)
        try:
            await self.mailer.send(letter.notification.notification_id, contact.address, text)
        except MailRefused:
            return FailureReason.REFUSED
        return None

    async def _note_attempt(self, notification: Notification) -> None:
        async with self.unit_of_work() as unit:
            await unit.note_attempt(notification)

    async def _end(self, command: Deliver, notification: Notification, contact: _Contact, failure: FailureReason | None) -> DeliveryOutcome:
        now = self.clock.now()
        if failure is None:
            notification.deliver(self.ids.new_id(), now)
        else:
            notification.fail(self.ids.new_id(), now, failure)
        async with self.unit_of_work() as unit:
            await unit.settle(command.work)  # First: an attempt whose claim ran out must not judge what the next one did.
            await unit.end(notification)
            if contact.is_news and contact.address != await unit.kept_contact(notification.person_id):
                await unit.keep_contact(notification.person_id, contact.address)
        return DeliveryOutcome(notification.notification_id, notification.kind, failure, now - notification.created_at)
