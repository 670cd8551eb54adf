"""From tenancy's fact to the list a case worker reads: each council by the law of its own nation, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from wardmote_classification.adapters.postgres import PostgresQueries, PostgresUnitOfWork
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.application.reader import AssessmentReader
from wardmote_classification.domain.assessment import Assessment, NewAssessment
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem

from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.tenancy.v1.tenant_events_pb2 import TenantConfigured, TenantEvent
from wardmote.tenancy.v1.tenant_pb2 import NATION_SCOTLAND, NATION_WALES, TENANT_STATUS_ACTIVE, Nation
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_rules.offence_file import read_offences
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.database import Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.tenant_copy import TenantCopy, apply_tenant_event
from wardmote_runtime.wake import Wake
from wardmote_testkit.databases import make_service_database, open_database


@pytest.fixture
async def database(postgres_server: str) -> AsyncIterator[Database]:
    async with open_database(make_service_database(postgres_server, "classification")) as opened:
        yield opened


@pytest.fixture
def reader(database: Database) -> AssessmentReader:
    return AssessmentReader(PostgresQueries(database), read_offences(), TenantCopy(database))


async def aboard(database: Database, tenant: TenantId, nation: Nation.ValueType) -> None:
    """The council as tenancy made it known."""
    told = TenantConfigured(slug="northshire", nation=nation, status=TENANT_STATUS_ACTIVE)
    event = TenantEvent(metadata=EventMetadata(tenant_id=str(tenant), aggregate_version=1), tenant_configured=told)
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            await apply_tenant_event(connection, event)


async def threatened(database: Database, tenant: TenantId) -> UUID:
    """An assessed threat to life; gives its incident."""
    assessor, incident_id = RuleAssessor(RulePass.load()), uuid4()
    incident = ReportedIncident(incident_id, "7K3M-P2QX", (ReportedItem(uuid4(), Channel.EMAIL),), TargetRole.COUNCILLOR)
    judged = [assessor.assess("I'll kill you.", TargetRole.COUNCILLOR)]
    assessment = Assessment.of(NewAssessment(uuid4(), uuid4(), 1), incident, judged, assessor.versions, SystemClock().now())
    with tenant_scope(tenant):
        async with PostgresUnitOfWork(database, Outbox("classification", Wake()))() as unit:
            await unit.add(assessment, WorkRef(uuid4(), "incident-events", uuid4()))
    return incident_id


async def codes(reader: AssessmentReader, tenant: TenantId, incident_id: UUID) -> list[str]:
    with tenant_scope(tenant):
        read = await reader.newest_of_incident(incident_id)
    return [offence.code for offence in read.possible_offences.offences]


async def test_each_council_reads_by_the_law_of_its_own_nation(database: Database, reader: AssessmentReader) -> None:
    north, west, new = (TenantId(uuid4()) for _ in range(3))
    await aboard(database, north, NATION_SCOTLAND)
    await aboard(database, west, NATION_WALES)
    assert await codes(reader, north, await threatened(database, north)) == ["SCO-THREATS", "CJLSA-38"]
    assert await codes(reader, west, await threatened(database, west)) == ["OAPA-16", "OSA-181"]
    incident_id = await threatened(database, new)
    assert await codes(reader, new, incident_id) == [], "its nation is not known here, and none is guessed"
    await aboard(database, new, NATION_WALES)
    assert await codes(reader, new, incident_id) == ["OAPA-16", "OSA-181"]
