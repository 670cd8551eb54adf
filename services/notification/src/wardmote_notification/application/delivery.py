"""Delivery: a notification's contact and mail are outside every transaction; only how it ended is kept in one."""

from dataclasses import dataclass

from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Unavailable
from wardmote_kernel.identity import Ids
from wardmote_notification.application.commands import Deliver, DeliveryOutcome, RefreshContact
from wardmote_notification.application.ports import Contacts, Mailer, MailRefused, Templates, UnitOfWork
from wardmote_notification.domain.events import FailureReason
from wardmote_notification.domain.notification import Notification


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one attempt begins with."""

    notification: Notification
    kept_contact: str | None
    slug: str

    def __repr__(self) -> str:
        return f"_Attempt({self.notification.notification_id})"


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
        attempt = await self._begin(command)
        if attempt is None:
            return None
        contact: str | None = attempt.kept_contact
        failure: FailureReason | None = None
        try:
            contact = await self._contact(attempt)
            failure = await self._send(attempt, contact)
        except Unavailable:
            if attempt.notification.may_be_tried_again:
                raise
            failure = FailureReason.GAVE_UP
        return await self._end(command, attempt, contact, failure)

    async def refresh_contact(self, command: RefreshContact) -> None:
        """Keeps a sealed copy of someone's contact, so that a later page does not depend on tenancy.

        Raises:
            Unavailable: tenancy cannot be reached now.
        """
        contact = await self.contacts.current(command.person_id)
        async with self.unit_of_work() as unit:
            await unit.keep_contact(command.person_id, contact)
            await unit.settle(command.work)

    async def _begin(self, command: Deliver) -> _Attempt | None:
        async with self.unit_of_work() as unit:
            notification = await unit.notification(command.notification_id)
            if not notification.is_waiting:
                await unit.settle(command.work)
                return None
            notification.begin_attempt(command.work.attempts)
            await unit.save(notification)
            return _Attempt(notification, await unit.kept_contact(notification.person_id), await unit.slug())

    async def _contact(self, attempt: _Attempt) -> str | None:
        try:
            return await self.contacts.current(attempt.notification.person_id)
        except Unavailable:
            if attempt.kept_contact is None:
                raise
            return attempt.kept_contact

    async def _send(self, attempt: _Attempt, contact: str | None) -> FailureReason | None:
        if contact is None:
            return FailureReason.NO_CONTACT
        text = self.templates.fill(attempt.notification, attempt.slug)
        try:
            await self.mailer.send(attempt.notification.notification_id, contact, text)
        except MailRefused:
            return FailureReason.REFUSED
        return None

    async def _end(self, command: Deliver, attempt: _Attempt, contact: str | None, failure: FailureReason | None) -> DeliveryOutcome:
        now = self.clock.now()
        async with self.unit_of_work() as unit:
            await unit.settle(command.work)  # First: an attempt whose claim ran out must not judge what the next one did.
            notification = await unit.notification(command.notification_id)
            if failure is None:
                notification.deliver(self.ids.new_id(), now)
            else:
                notification.fail(self.ids.new_id(), now, failure)
            await unit.save(notification)
            if contact != attempt.kept_contact:
                await unit.keep_contact(notification.person_id, contact)
        return DeliveryOutcome(notification.notification_id, notification.kind, failure, now - notification.created_at)
