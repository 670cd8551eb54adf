"""Case-management on a real PostgreSQL, driven as its processes drive it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from wardmote_case_management.adapters.postgres import PostgresNewCases, PostgresQueries, PostgresUnitOfWork
from wardmote_case_management.application.commands import AssignCase
from wardmote_case_management.application.handlers import Handlers
from wardmote_case_management.application.queries import CaseView
from wardmote_case_management.entrypoints.stream import SUBSCRIPTIONS, work_handlers

from wardmote.case_management.v1.case_events_pb2 import CaseEvent
from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent, IncidentAssessed
from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.envelope import Fact, event_headers, event_key
from wardmote_runtime.inbox import Inbox, Incoming
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.tenant_copy import TenantCopy
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import Work, WorkQueue
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.databases import make_service_database, open_database

TOPIC = "assessment-events"


class Desk:
    """Case-management without Kafka and servers: events go into the inbox, work is done, orders are given."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, StoppedClock()
        outbox = Outbox("case-management", Wake())
        new_cases, unit_of_work = PostgresNewCases(database, outbox), PostgresUnitOfWork(database, outbox)
        self.handlers = Handlers(new_cases, unit_of_work, self.clock, RandomIds(self.clock))
        self.queries = PostgresQueries(database)
        self.queue = WorkQueue(database)
        self._inbox = Inbox(database, SUBSCRIPTIONS, Metrics(), Wake())
        self._handle = work_handlers(self.handlers, TenantCopy(database))

    def event(self, tenant: TenantId, incident_id: UUID, **changes: Any) -> AssessmentEvent:
        """An assessment of the incident; keywords say what is otherwise."""
        fields: dict[str, Any] = {
            "assessment_id": str(uuid4()), "reference": "7K3M-P2QX", "outcome": "OUTCOME_ABUSE", "severity": "SEVERITY_S2",
            "threat_level": "THREAT_LEVEL_T0", "types": ["GO"], "target_role": "TARGET_ROLE_COUNCILLOR", "channel": "CHANNEL_EMAIL",
            "versions": {"rules": "1"}, "reason_codes": ["rule-7"],
        }  # fmt: skip
        metadata = EventMetadata(event_id=str(uuid4()), tenant_id=str(tenant), aggregate_version=1)
        metadata.occurred_at.FromDatetime(self.clock.now())
        return AssessmentEvent(metadata=metadata, incident_id=str(incident_id), incident_assessed=IncidentAssessed(**fields | changes))

    async def receive(self, tenant: TenantId, *events: AssessmentEvent) -> None:
        """Takes a batch in, as the consumer does."""
        await self._inbox.take_in([_incoming(event, tenant, place) for place, event in enumerate(events)])

    async def claim(self) -> list[tuple[TenantId, Work]]:
        """What is to be done, claimed."""
        return [(piece.tenant_id, await self.queue.read(piece)) for piece in await self.queue.claim(ordinary=100, urgent=0, per_tenant=100)]

    async def do(self, tenant: TenantId, work: Work) -> None:
        """One piece of work, in its council's scope."""
        with tenant_scope(tenant):
            await self._handle[work.ref.kind](work)

    async def work(self) -> int:
        """Does all work there is; says how much it was."""
        done = 0
        while claimed := await self.claim():
            for tenant, work in claimed:
                await self.do(tenant, work)
            done += len(claimed)
        return done

    async def assess(self, tenant: TenantId, incident_id: UUID | None = None, **changes: Any) -> CaseView:
        """An assessment that arrives and is worked on; the incident's case then."""
        incident = incident_id or uuid4()
        await self.receive(tenant, self.event(tenant, incident, **changes))
        await self.work()
        self.clock.advance(timedelta(minutes=1))
        with tenant_scope(tenant):
            return await self.queries.case_of_incident(incident)

    async def assign(self, tenant: TenantId, case_id: UUID, version: int, *, request_id: str = "", to: str = "worker-1") -> CaseView:
        command = AssignCase(request_id or str(uuid4()), f"{case_id}{version}{to}".encode(), case_id, to, "lead-1", version)
        with tenant_scope(tenant):
            return await self.handlers.assign(command)

    async def rows(self, tenant: TenantId, statement: str) -> list[dict[str, Any]]:
        """What a council's own transaction sees."""
        with tenant_scope(tenant):
            async with self.database.tenant_transaction() as connection:
                return await (await connection.execute(statement)).fetchall()

    async def facts(self, tenant: TenantId) -> list[CaseEvent]:
        """What waits in the outbox, in order."""
        return [CaseEvent.FromString(row["value"]) for row in await self.rows(tenant, "SELECT value FROM outbox ORDER BY seq")]


def _incoming(event: AssessmentEvent, tenant: TenantId, offset: int) -> Incoming:
    kind = "IncidentAssessed"
    fact = Fact(UUID(event.metadata.event_id), TOPIC, kind, UUID(event.incident_id), StoppedClock().now(), event.SerializeToString())
    headers = [(name, text.encode()) for name, text in event_headers(fact, tenant, "classification").items()]
    return Incoming(TOPIC, 0, offset, event_key(tenant, fact.aggregate_id).encode(), fact.value, headers)


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    return make_service_database(postgres_server, "case-management")


@pytest.fixture(scope="module")
async def database(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses, size=4) as opened:
        yield opened


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(uuid4())


@pytest.fixture
def other_tenant() -> TenantId:
    return TenantId(uuid4())
