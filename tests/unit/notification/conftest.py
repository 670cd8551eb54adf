"""Notification's use cases on fakes: one council's rows in memory, its mail server, and tenancy."""

import copy
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from wardmote_notification.application.commands import ConfigurePerson, Deliver, DeliveryOutcome, RaiseSignal, Telling, TellOfCase
from wardmote_notification.application.delivery import Delivery
from wardmote_notification.application.handlers import Handlers
from wardmote_notification.application.ports import Letter, MailText
from wardmote_notification.domain.notification import Kind, Notification
from wardmote_notification.domain.roster import Recipient, Roster
from wardmote_notification.domain.urgent_signal import SignalStatus, UrgentSignal

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled, NotFound, Unavailable
from wardmote_kernel.taxonomy import Severity
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.ids import CountingIds


@dataclass
class Rows:
    """What is kept."""

    recipients: dict[UUID, Recipient] = field(default_factory=dict)
    contacts: dict[UUID, str] = field(default_factory=dict)
    signals: dict[UUID, UrgentSignal] = field(default_factory=dict)
    notifications: dict[UUID, Notification] = field(default_factory=dict)
    facts: list[object] = field(default_factory=list)
    settled: set[UUID] = field(default_factory=set)
    refreshes: list[UUID] = field(default_factory=list)


class FakeUnit:
    """Fits ``Unit``."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    async def roster(self) -> Roster:
        return Roster.of(self.rows.recipients.values())

    async def case_workers(self) -> tuple[UUID, ...]:
        return (await self.roster()).case_workers

    async def put_recipient(self, recipient: Recipient) -> None:
        self.rows.recipients[recipient.person_id] = recipient

    async def remove_recipient(self, person_id: UUID) -> None:
        self.rows.recipients.pop(person_id, None)
        self.rows.contacts.pop(person_id, None)

    async def kept_contact(self, person_id: UUID) -> str | None:
        return self.rows.contacts.get(person_id)

    async def keep_contact(self, person_id: UUID, contact: str | None) -> None:
        self.rows.contacts.pop(person_id, None)
        if contact is not None and person_id in self.rows.recipients:
            self.rows.contacts[person_id] = contact

    async def refresh_contact_soon(self, person_id: UUID, job_id: UUID) -> None:
        self.rows.refreshes.append(person_id)

    async def add_signal(self, signal: UrgentSignal) -> bool:
        if signal.signal_id in self.rows.signals:
            return False
        self.rows.signals[signal.signal_id] = signal
        return True

    async def unanswered_signals(self) -> Sequence[UrgentSignal]:
        return [copy.copy(signal) for signal in self.rows.signals.values() if signal.status is SignalStatus.NOBODY]

    async def save_signal(self, signal: UrgentSignal) -> None:
        self.rows.signals[signal.signal_id] = signal

    async def add(self, notifications: Sequence[Notification]) -> int:
        return sum(self._add(one) for one in notifications)

    def _add(self, notification: Notification) -> bool:
        if any(_clashes(kept, notification) for kept in self.rows.notifications.values()):
            return False
        self.rows.notifications[notification.notification_id] = notification
        return True

    async def latest_about(self, about_id: UUID, kind: Kind) -> Mapping[UUID, Notification]:
        about = [one for one in self.rows.notifications.values() if (one.about_id, one.kind) == (about_id, kind)]
        return {one.person_id: one for one in sorted(about, key=lambda one: one.notification_id)}

    async def letter(self, notification_id: UUID) -> Letter:
        if notification_id not in self.rows.notifications:
            raise NotFound("There is no such notification.")
        return Letter(copy.deepcopy(self.rows.notifications[notification_id]), "northshire")

    async def note_attempt(self, notification: Notification) -> None:
        self.rows.notifications[notification.notification_id].attempts = notification.attempts

    async def end(self, notification: Notification) -> None:
        if not self.rows.notifications[notification.notification_id].is_waiting:
            raise AlreadyHandled("ended before")
        self.rows.facts.extend(notification.events)
        notification.events.clear()
        self.rows.notifications[notification.notification_id] = notification

    async def settle(self, work: WorkRef) -> None:
        if work.claim in self.rows.settled:
            raise AlreadyHandled("settled before")
        self.rows.settled.add(work.claim)


def _clashes(kept: Notification, new: Notification) -> bool:
    """The partial unique index of the table."""
    same = (kept.about_id, kept.kind, kept.person_id) == (new.about_id, new.kind, new.person_id)
    return same and (kept.kind is not Kind.INCIDENT_ATTACHED or kept.is_waiting)


class FakeTenancy:
    """Fits ``Contacts``."""

    def __init__(self) -> None:
        self.known: dict[UUID, str] = {}
        self.remembered: dict[UUID, str] = {}
        self.asked: list[UUID] = []
        self.is_away = False

    async def current(self, person_id: UUID) -> str | None:
        self.asked.append(person_id)
        if self.is_away:
            raise Unavailable("away")
        return self.known.get(person_id)

    def recent(self, person_id: UUID) -> str | None:
        return self.remembered.get(person_id)

    def forget(self, person_id: UUID) -> None:
        self.remembered.pop(person_id, None)


class FakeTemplates:
    """Fits ``Templates``."""

    def fill(self, notification: Notification, slug: str) -> MailText:
        return MailText(f"{notification.kind} {notification.reference}", slug)


class FakeMailer:
    """Fits ``Mailer``; ``fault`` is what the server answers with."""

    def __init__(self) -> None:
        self.sent: list[tuple[UUID, str, MailText]] = []
        self.fault: Exception | None = None

    async def send(self, notification_id: UUID, contact: str, text: MailText) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append((notification_id, contact, text))


def work(attempts: int = 1) -> WorkRef:
    return WorkRef(uuid4(), "test", uuid4(), attempts)


class House:
    """The use cases on the fakes."""

    def __init__(self) -> None:
        self.rows, self.tenancy, self.mailer, self.clock = Rows(), FakeTenancy(), FakeMailer(), StoppedClock()
        ids = CountingIds()
        self.handlers = Handlers(self.unit_of_work, self.unit_of_work, self.tenancy, self.clock, ids)
        self.delivery = Delivery(self.unit_of_work, self.tenancy, FakeTemplates(), self.mailer, self.clock, ids)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[FakeUnit]:
        before = copy.deepcopy(self.rows)
        try:
            yield FakeUnit(self.rows)
        except BaseException:
            self.rows = before
            raise

    async def person(self, *roles: str) -> UUID:
        """Someone new with these roles and a contact that tenancy knows."""
        person_id = uuid4()
        self.tenancy.known[person_id] = f"{person_id}@council.example"
        await self.handlers.configure_person(ConfigurePerson(person_id, frozenset(roles), work()))
        return person_id

    def notifications(self, kind: Kind) -> list[Notification]:
        return [one for one in self.rows.notifications.values() if one.kind is kind]

    async def tell(self, kind: Kind, case_id: UUID) -> Telling:
        return await self.handlers.tell_of_case(TellOfCase(kind, case_id, "CASE-2345", Severity.S2, work()))

    async def deliver(self, notification: Notification, attempts: int = 1) -> DeliveryOutcome | None:
        return await self.delivery.deliver(Deliver(notification.notification_id, work(attempts)))

    async def page(self) -> Notification:
        """A page to a new on-call person, waiting."""
        person_id = await self.person("on_call")
        await self.handlers.raise_signal(signal())
        return next(page for page in self.notifications(Kind.PAGE) if page.person_id == person_id)


def signal(signal_id: UUID | None = None, work: WorkRef | None = None) -> RaiseSignal:
    return RaiseSignal(signal_id or uuid4(), uuid4(), "7K3M-P2QX", ("reporter-in-danger",), work)


@pytest.fixture
def house() -> House:
    return House()
