"""Classification's tables: units of work and questions, in SQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from wardmote_classification.adapters.rows import assessment_row, item_rows, view_of
from wardmote_classification.adapters.wire import fact_of
from wardmote_classification.application.queries import AssessmentView
from wardmote_classification.domain.assessment import Assessment
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import NotFound
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.tenancy import current_tenant
from wardmote_runtime.work import settle

_COUNT = """
INSERT INTO assessed_incident (tenant_id, incident_id, assessments) VALUES (%s, %s, 1)
ON CONFLICT (tenant_id, incident_id) DO UPDATE SET assessments = assessed_incident.assessments + 1 RETURNING assessments"""
_ADD = """
INSERT INTO assessment (tenant_id, assessment_id, incident_id, version, reference, target_role, channel, outcome, types, motivations,
    threat_level, severity, needs_person, versions, assessed_at)
VALUES (%(tenant_id)s, %(assessment_id)s, %(incident_id)s, %(version)s, %(reference)s, %(target_role)s, %(channel)s, %(outcome)s,
    %(types)s, %(motivations)s, %(threat_level)s, %(severity)s, %(needs_person)s, %(versions)s, %(assessed_at)s)"""
_ADD_ITEM = """
INSERT INTO item_assessment (tenant_id, assessment_id, place, item_id, outcome, types, motivations, threat_level, severity, needs_person,
    reasons)
VALUES (%(tenant_id)s, %(assessment_id)s, %(place)s, %(item_id)s, %(outcome)s, %(types)s, %(motivations)s, %(threat_level)s,
    %(severity)s, %(needs_person)s, %(reasons)s)"""
_NEWEST = "SELECT * FROM assessment WHERE tenant_id = %s AND incident_id = %s ORDER BY version DESC LIMIT 1"
_ITEMS = "SELECT * FROM item_assessment WHERE tenant_id = %s AND assessment_id = %s ORDER BY place"


class PostgresUnit:
    """One transaction."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self._connection = connection
        self._outbox = outbox

    async def settle(self, work: WorkRef) -> None:
        await settle(self._connection, work)

    async def next_version(self, incident_id: UUID) -> int:
        row = await (await self._connection.execute(_COUNT, [current_tenant(), incident_id])).fetchone()
        return int(row["assessments"]) if row else 1

    async def add(self, assessment: Assessment, caused_by: WorkRef) -> None:
        tenant = current_tenant()
        await self._connection.execute(_ADD, {"tenant_id": tenant} | assessment_row(assessment))
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_ADD_ITEM, [{"tenant_id": tenant} | row for row in item_rows(assessment)])
        await self._outbox.append(self._connection, [fact_of(event, tenant, caused_by) for event in assessment.events])


class PostgresUnitOfWork:
    """Opens units on the service's database."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresUnit]:
        async with self._database.shared_transaction() as connection:
            yield PostgresUnit(connection, self._outbox)


class PostgresQueries:
    """Questions on the service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest_of_incident(self, incident_id: UUID) -> AssessmentView:
        tenant = current_tenant()
        async with self._database.tenant_transaction() as connection:
            row = await (await connection.execute(_NEWEST, [tenant, incident_id])).fetchone()
            if row is None:
                raise NotFound("There is no assessment of such an incident.")
            items = await (await connection.execute(_ITEMS, [tenant, row["assessment_id"]])).fetchall()
        return view_of(row, items)
