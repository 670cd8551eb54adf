"""Intake's use cases."""

from contextlib import nullcontext
from dataclasses import dataclass

from wardmote_intake.application.commands import ReadWords, Receipt, SubmitReport
from wardmote_intake.application.ports import DangerPass, Reports, Turns, UnitOfWork, UrgentLine
from wardmote_intake.domain.reading import ItemWords, Reading
from wardmote_intake.domain.report import Ids, Item, Report, may_wait
from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import Ids as IdSource

MOST_READ_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with what they need."""

    reports: Reports
    unit_of_work: UnitOfWork
    danger_pass: DangerPass
    urgent_line: UrgentLine
    turns: Turns
    clock: Clock
    ids: IdSource

    async def submit_report(self, command: SubmitReport) -> Receipt:
        """Keeps a report; raises danger by the straight path as soon as it is kept. A request that comes again makes no second one.

        Danger is looked for before anything waits. A report without any waits its turn when its council is over its limit.
        """
        items = [Item(self.ids.new_id(), draft.channel, draft.text, draft.happened_at, draft.sender) for draft in command.items]
        danger_codes = self._danger_codes(items)
        is_in_line = may_wait(danger_codes, in_danger_now=command.in_danger_now, feels_unsafe=command.feels_unsafe)
        async with self.turns.turn() if is_in_line else nullcontext():
            report, receipt = await self._keep(command, items, danger_codes)
        if report.urgent_signal is not None and receipt.report_id == report.report_id:
            await self.urgent_line.raise_signal(report.urgent_signal)
        return receipt

    async def _keep(self, command: SubmitReport, items: list[Item], danger_codes: list[str]) -> tuple[Report, Receipt]:
        """Ids and time are of the moment of keeping: the proof that nothing was lost reads in their order, and a wait would pass it by."""
        earlier_incident = await self.reports.incident_of(command.earlier_reference) if command.earlier_reference else None
        report = Report.submit(
            self._new_ids(), self.clock.now(), target_role=command.target_role, items=items, danger_codes=danger_codes,
            reporter=command.reporter, target_name=command.target_name, feels_unsafe=command.feels_unsafe,
            in_danger_now=command.in_danger_now, earlier_incident_id=earlier_incident,
        )  # fmt: skip
        return report, await self.reports.add(report, command.request_id, command.fingerprint)

    async def read_words(self, command: ReadWords) -> list[ItemWords]:
        """Opens words and remembers who read them, in one transaction: no reading goes unrecorded."""
        if len(command.item_ids) > MOST_READ_AT_ONCE:
            raise Invalid(Violation("item_ids", f"Ask for at most {MOST_READ_AT_ONCE} at once."))
        async with self.unit_of_work() as unit:
            words = await unit.open_words(command.item_ids)
            now = self.clock.now()
            readings = [Reading(self.ids.new_id(), item.item_id, command.read_by, command.purpose, now) for item in words]
            await unit.add_readings(readings)
        return words

    def _danger_codes(self, items: list[Item]) -> list[str]:
        return [code for item in items for code in self.danger_pass.danger_codes(item.text)]

    def _new_ids(self) -> Ids:
        new = self.ids.new_id
        return Ids(new(), new(), new(), new(), new(), self.ids.new_reference())
