"""What classification tells of its assessments for the proof: by incident, and never another council's."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest
from wardmote_classification.adapters.postgres import PostgresFirstAssessments, PostgresUnitOfWork
from wardmote_classification.adapters.proof import SHELVES
from wardmote_classification.adapters.reassessments import PostgresReassessments
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.application.commands import AssessIncident
from wardmote_classification.application.handlers import Handlers
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.database import Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.proof import Held, PostgresProofs, Question, Stage
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import WorkQueue, add_job
from wardmote_testkit.databases import make_service_database, open_database

OUTBOX = Outbox("classification", Wake())


class Words:
    """Intake: every item has the same words."""

    async def read(self, item_ids: Sequence[UUID]) -> list[str]:
        return ["The bins again." for _ in item_ids]


class Desk:
    def __init__(self, database: Database) -> None:
        self.database = database
        unit_of_work = PostgresUnitOfWork(database, OUTBOX)
        self.handlers = Handlers(
            PostgresFirstAssessments(database, OUTBOX),
            unit_of_work,
            PostgresReassessments(database),
            Words(),
            RuleAssessor(RulePass.load()),
            SystemClock(),
            RandomIds(SystemClock()),
        )
        self.proofs = PostgresProofs(database, SHELVES)

    async def assess(self, tenant: TenantId) -> UUID:
        incident = ReportedIncident(
            uuid4(), "7K3M-P2QX", (ReportedItem(uuid4(), Channel.EMAIL),), TargetRole.COUNCILLOR, feels_unsafe=False
        )
        with tenant_scope(tenant):
            async with self.database.tenant_transaction() as connection:
                await add_job(connection, job_id=uuid4(), kind="incident-events", key=f"{tenant}/{incident.incident_id}")
            (piece,) = await WorkQueue(self.database).claim(ordinary=1, urgent=0, per_tenant=10)
            await self.handlers.assess_incident(AssessIncident(piece.ref, incident))
        return incident.incident_id

    async def assessed(self, tenant: TenantId, *ids: UUID, limit: int = 100, after: tuple[str, ...] = ()) -> list[Held]:
        with tenant_scope(tenant):
            return list(await self.proofs.held(Question(Stage.ASSESSED, limit, after=after, ids=ids)))


@pytest.fixture(scope="module")
async def desk(postgres_server: str) -> AsyncIterator[Desk]:
    async with open_database(make_service_database(postgres_server, "classification")) as opened:
        yield Desk(opened)


async def test_assessments_are_told_by_incident_and_in_pages(desk: Desk) -> None:
    tenant = TenantId(uuid4())
    incidents = [await desk.assess(tenant) for _ in range(3)]
    assert [one.incident_id for one in await desk.assessed(tenant)] == incidents
    assert [one.incident_id for one in await desk.assessed(tenant, incidents[1], uuid4())] == [incidents[1]]
    first = (await desk.assessed(tenant, limit=1))[0]
    assert [one.incident_id for one in await desk.assessed(tenant, after=first.place)] == incidents[1:]


async def test_another_councils_assessments_are_never_told(desk: Desk) -> None:
    incident = await desk.assess(TenantId(uuid4()))
    elsewhere = TenantId(uuid4())
    assert await desk.assessed(elsewhere) == await desk.assessed(elsewhere, incident) == []
