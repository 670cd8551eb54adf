"""Case-management's use cases."""

from dataclasses import dataclass

from wardmote_case_management.application.commands import AssignCase, OpenOrAttachCase
from wardmote_case_management.application.ports import NewCases, Unit, UnitOfWork
from wardmote_case_management.application.queries import CaseView
from wardmote_case_management.domain.case import Case, NewCase
from wardmote_case_management.domain.incident import AssessedIncident
from wardmote_kernel.clock import Clock
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.identity import Ids


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with what they need."""

    new_cases: NewCases
    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    async def open_or_attach(self, command: OpenOrAttachCase) -> None:
        """Puts an assessed incident into its case: the one that holds it, or the one it follows, or a new one."""
        incident = command.incident
        if incident.earlier_incident_id is None and await self.new_cases.add(self._opened(incident), command.work):
            return
        async with self.unit_of_work() as unit:
            case = await _case_for(unit, incident)
            if case is None:
                await unit.add(self._opened(incident), command.work)
            else:
                await unit.settle(command.work)
                case.attach(incident, self.ids.new_id(), self.clock.now())
                await unit.save(case, command.work)

    def _opened(self, incident: AssessedIncident) -> Case:
        new = NewCase(self.ids.new_id(), self.ids.new_id(), self.ids.new_reference())
        return Case.open(new, incident, self.clock.now())

    async def pass_over(self, work: WorkRef) -> None:
        """Settles a fact of a kind that is not known here."""
        async with self.unit_of_work() as unit:
            await unit.settle(work)

    async def assign(self, command: AssignCase) -> CaseView:
        """Gives a case to a case worker. The same request again gets the same answer."""
        async with self.unit_of_work() as unit:
            earlier = await unit.earlier_answer(command.request_id, command.fingerprint)
            if earlier is not None:
                return earlier
            case = await unit.case(command.case_id)
            case.assign(command.assigned_to, by=command.assigned_by, expected_version=command.expected_version, at=self.clock.now())
            await unit.save(case)
            return await unit.answer(command.case_id, command.request_id, command.fingerprint)


async def _case_for(unit: Unit, incident: AssessedIncident) -> Case | None:
    case = await unit.case_of_incident(incident.incident_id)
    if case is not None or incident.earlier_incident_id is None:
        return case
    earlier = await unit.case_of_incident(incident.earlier_incident_id)
    return earlier if earlier is not None and earlier.accepts(incident) else None
