"""Case-management's use cases, on tables kept in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from wardmote_case_management.application.commands import AssignCase, OpenOrAttachCase
from wardmote_case_management.application.handlers import Handlers
from wardmote_case_management.application.queries import CaseView
from wardmote_case_management.domain.case import Case, CaseStatus
from wardmote_case_management.domain.events import CaseEvent, CaseOpened, IncidentAttached
from wardmote_case_management.domain.incident import AssessedIncident

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled, Conflict, IllegalTransition, NotFound, StaleVersion
from wardmote_kernel.identity import RandomIds
from wardmote_kernel.taxonomy import Severity
from wardmote_testkit.clock import StoppedClock

Make = Callable[..., AssessedIncident]


@dataclass
class Tables:
    """What one council has."""

    cases: dict[UUID, Case] = field(default_factory=dict)
    facts: list[tuple[CaseEvent, UUID | None]] = field(default_factory=list)
    queue: set[UUID] = field(default_factory=set)
    answers: dict[str, tuple[bytes, CaseView]] = field(default_factory=dict)


class FakeUnit:
    """Fits ``ports.Unit``."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def settle(self, work: WorkRef) -> None:
        if work.event_id not in self._tables.queue:
            raise AlreadyHandled("This work was settled by another attempt.")
        self._tables.queue.remove(work.event_id)

    async def case(self, case_id: UUID) -> Case:
        if case_id not in self._tables.cases:
            raise NotFound("There is no such case.")
        return deepcopy(self._tables.cases[case_id])

    async def case_of_incident(self, incident_id: UUID) -> Case | None:
        return next((deepcopy(case) for case in self._tables.cases.values() if incident_id in case.incidents), None)

    async def add(self, case: Case, caused_by: WorkRef) -> None:
        await self.settle(caused_by)
        await self.save(case, caused_by)

    async def save(self, case: Case, caused_by: WorkRef | None = None) -> None:
        self._tables.facts += [(event, caused_by.event_id if caused_by else None) for event in case.events]
        case.events.clear()
        self._tables.cases[case.case_id] = case

    async def earlier_answer(self, request_id: str, fingerprint: bytes) -> CaseView | None:
        kept = self._tables.answers.get(request_id)
        if kept is not None and kept[0] != fingerprint:
            raise Conflict("This request id was used for a different request.")
        return kept[1] if kept else None

    async def answer(self, case_id: UUID, request_id: str, fingerprint: bytes) -> CaseView:
        case = self._tables.cases[case_id]
        view = CaseView(
            case.case_id, case.reference, case.status, case.suggestion, case.is_urgent, case.target_role, case.channel, case.opened_at,
            case.changed_at, case.contact_due_at, case.assigned_to, case.version, timeline=tuple(case.timeline),
        )  # fmt: skip
        self._tables.answers[request_id] = (fingerprint, view)
        return view


class Desk:
    """The handlers with what stands behind them, and orders in short."""

    def __init__(self) -> None:
        self.tables = Tables()
        clock = StoppedClock()
        self.handlers = Handlers(self, self._unit, clock, RandomIds(clock))

    async def add(self, case: Case, caused_by: WorkRef) -> bool:
        """Fits ``ports.NewCases``."""
        is_held = any(incident in kept.incidents for kept in self.cases for incident in case.incidents)
        if is_held or caused_by.event_id not in self.tables.queue:
            return False
        async with self._unit() as unit:
            await unit.add(case, caused_by)
        return True

    @asynccontextmanager
    async def _unit(self) -> AsyncIterator[FakeUnit]:
        draft = deepcopy(self.tables)
        yield FakeUnit(draft)
        self.tables = draft

    def queued(self) -> WorkRef:
        work = WorkRef(uuid4(), "assessment-events", uuid4())
        self.tables.queue.add(work.event_id)
        return work

    async def take(self, incident: AssessedIncident) -> WorkRef:
        work = self.queued()
        await self.handlers.open_or_attach(OpenOrAttachCase(work, incident))
        return work

    async def assign(self, case: Case, version: int, *, request_id: str = "r1", fingerprint: bytes = b"f") -> CaseView:
        return await self.handlers.assign(AssignCase(request_id, fingerprint, case.case_id, "worker-1", "lead-1", version))

    @property
    def cases(self) -> list[Case]:
        return list(self.tables.cases.values())


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_an_incident_of_no_case_opens_one(desk: Desk, assessed: Make) -> None:
    incident = assessed()
    work = await desk.take(incident)
    (case,) = desk.cases
    assert (case.status, list(case.incidents)) == (CaseStatus.TRIAGE, [incident.incident_id])
    ((fact, cause),) = desk.tables.facts
    assert isinstance(fact, CaseOpened)
    assert cause == work.event_id
    assert desk.tables.queue == set()


async def test_an_incident_that_follows_another_joins_its_case(desk: Desk, assessed: Make) -> None:
    first = assessed()
    await desk.take(first)
    await desk.take(assessed(earlier_incident_id=first.incident_id, severity=Severity.S3))
    (case,) = desk.cases
    assert (len(case.incidents), case.suggestion.severity) == (2, Severity.S3)
    assert [type(fact) for fact, _ in desk.tables.facts] == [CaseOpened, IncidentAttached]


async def test_an_incident_assessed_again_stays_in_its_own_case(desk: Desk, assessed: Make) -> None:
    first, second = assessed(), assessed()
    await desk.take(first)
    await desk.take(second)
    await desk.take(assessed(incident_id=second.incident_id, earlier_incident_id=first.incident_id))
    assert [list(case.incidents) for case in desk.cases] == [[first.incident_id], [second.incident_id]]


async def test_what_follows_an_incident_that_is_unknown_or_closed_opens_a_case_of_its_own(desk: Desk, assessed: Make) -> None:
    first = assessed()
    await desk.take(first)
    desk.cases[0].status = CaseStatus.CLOSED
    await desk.take(assessed(earlier_incident_id=first.incident_id))
    await desk.take(assessed(earlier_incident_id=uuid4()))
    assert [len(case.incidents) for case in desk.cases] == [1, 1, 1]


async def test_work_that_was_settled_changes_nothing(desk: Desk, assessed: Make) -> None:
    incident = assessed()
    work = await desk.take(incident)
    with pytest.raises(AlreadyHandled):
        await desk.handlers.open_or_attach(OpenOrAttachCase(work, assessed()))
    assert (len(desk.cases), len(desk.tables.facts)) == (1, 1)


async def test_a_fact_of_an_unknown_kind_is_settled(desk: Desk) -> None:
    await desk.handlers.pass_over(desk.queued())
    assert (desk.tables.queue, desk.cases) == (set(), [])


async def test_a_case_is_assigned_once_however_often_it_is_asked(desk: Desk, assessed: Make) -> None:
    await desk.take(assessed())
    first = await desk.assign(desk.cases[0], 1)
    assert (first.status, first.assigned_to, first.version, first.timeline[-1].by) == (CaseStatus.OPEN, "worker-1", 2, "lead-1")
    assert await desk.assign(desk.cases[0], 1) == first
    assert desk.cases[0].version == 2
    with pytest.raises(Conflict):
        await desk.assign(desk.cases[0], 2, fingerprint=b"another")


async def test_a_stale_closed_or_unknown_case_is_not_assigned(desk: Desk, assessed: Make) -> None:
    await desk.take(assessed())
    (case,) = desk.cases
    with pytest.raises(StaleVersion):
        await desk.assign(case, 7)
    case.status = CaseStatus.CLOSED
    with pytest.raises(IllegalTransition):
        await desk.assign(case, 1)
    desk.tables.cases.clear()
    with pytest.raises(NotFound):
        await desk.assign(case, 1)
    assert desk.tables.answers == {}
