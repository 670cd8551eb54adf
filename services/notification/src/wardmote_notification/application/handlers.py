"""Notification's use cases: who is told of what."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wardmote_kernel.clock import Clock
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.identity import Ids
from wardmote_notification.application.commands import ConfigurePerson, RaiseSignal, SignalOutcome, Telling, TellOfCase
from wardmote_notification.application.ports import Contacts, Unit, UnitOfWork
from wardmote_notification.domain.notification import Kind, Notification
from wardmote_notification.domain.roster import Recipient
from wardmote_notification.domain.urgent_signal import UrgentSignal


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with what they need."""

    unit_of_work: UnitOfWork
    roster_work: UnitOfWork
    """For units that hold the roster, or wait for it."""
    contacts: Contacts
    clock: Clock
    ids: Ids

    async def raise_signal(self, command: RaiseSignal) -> SignalOutcome:
        """Keeps the signal with its pages, in one transaction. The path that comes second changes nothing."""
        async with self.roster_work() as unit:
            signal = UrgentSignal(command.signal_id, command.incident_id, command.reference, command.reason_codes, self.clock.now())
            people = signal.page(await unit.roster())
            is_first = await unit.add_signal(signal)
            if is_first:
                await self._page(unit, signal, people)
            if command.work is not None:
                await unit.settle(command.work)
        return SignalOutcome(signal.signal_id, is_first, signal.status)

    async def tell_of_case(self, command: TellOfCase) -> Telling:
        """Makes a notification for every case worker, except for those to whom it would be noise."""
        now = self.clock.now()
        async with self.unit_of_work() as unit:
            people = await unit.case_workers()
            may_repeat = command.kind is Kind.INCIDENT_ATTACHED
            latest = await unit.latest_about(command.case_id, command.kind) if may_repeat else {}
            quiet = {person_id for person_id, last in latest.items() if last.says_enough(now)}
            made = await unit.add([self._of_case(command, person_id, now) for person_id in people if person_id not in quiet])
            await unit.settle(command.work)
        return Telling(command.case_id, len(people), made)

    async def configure_person(self, command: ConfigurePerson) -> list[SignalOutcome]:
        """Keeps who may be told.

        Returns:
            Signals for which nobody could be paged until this person was registered.
        """
        async with self.roster_work() as unit:
            if command.roles:
                await unit.put_recipient(Recipient(command.person_id, command.roles))
                await unit.refresh_contact_soon(command.person_id, command.work.event_id)
            else:
                await unit.remove_recipient(command.person_id)
            answered = await self._answer_signals(unit)
            await unit.settle(command.work)
        self.contacts.forget(command.person_id)
        return answered

    async def pass_over(self, work: WorkRef) -> None:
        """Settles a fact of a kind that this version does not know."""
        async with self.unit_of_work() as unit:
            await unit.settle(work)

    def _of_case(self, command: TellOfCase, person_id: UUID, now: datetime) -> Notification:
        return Notification(self.ids.new_id(), person_id, command.kind, command.case_id, command.reference, now, command.severity)

    async def _answer_signals(self, unit: Unit) -> list[SignalOutcome]:
        answered: list[SignalOutcome] = []
        for signal in await unit.unanswered_signals():
            people = signal.page(await unit.roster())
            if people:
                await unit.save_signal(signal)
                await self._page(unit, signal, people)
                answered.append(SignalOutcome(signal.signal_id, True, signal.status))
        return answered

    async def _page(self, unit: Unit, signal: UrgentSignal, people: tuple[UUID, ...]) -> None:
        now = self.clock.now()
        new_id = self.ids.new_id
        await unit.add([Notification(new_id(), person_id, Kind.PAGE, signal.signal_id, signal.reference, now) for person_id in people])
