"""Classification's tables: units of work and questions, in SQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from wardmote_classification.adapters.reassessments import end_again
from wardmote_classification.adapters.rows import assessment_row, item_rows, view_of
from wardmote_classification.adapters.wire import fact_of
from wardmote_classification.application.again import Ending
from wardmote_classification.application.queries import AssessmentView
from wardmote_classification.domain.assessment import Assessment
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import NotFound
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.outbox import APPEND, Outbox
from wardmote_runtime.tenancy import current_tenant
from wardmote_runtime.work import MINE, SETTLED, already_settled, settle, settled_with, settling

_TAKE_UP = f"""
WITH {SETTLED}
INSERT INTO assessed_incident (tenant_id, incident_id, assessments) SELECT tenant_id, %(incident_id)s, 1 FROM settled
ON CONFLICT (tenant_id, incident_id) DO UPDATE SET assessments = assessed_incident.assessments + 1 RETURNING assessments"""
_KEPT = """
    INSERT INTO assessment (tenant_id, assessment_id, incident_id, version, reference, target_role, channel, outcome, types, motivations,
        threat_level, severity, needs_person, versions, assessed_at, feels_unsafe, urgent_signal_id, earlier_incident_id)
    SELECT tenant_id, %(assessment_id)s, %(incident_id)s, %(version)s, %(reference)s, %(target_role)s, %(channel)s, %(outcome)s, %(types)s,
        %(motivations)s, %(threat_level)s, %(severity)s, %(needs_person)s, %(versions)s, %(assessed_at)s, %(feels_unsafe)s,
        %(urgent_signal_id)s::uuid, %(earlier_incident_id)s::uuid FROM counted"""
_KEPT_ITEMS = """
    INSERT INTO item_assessment (tenant_id, assessment_id, place, item_id, outcome, types, motivations, threat_level, severity,
        needs_person, reasons, channel)
    SELECT counted.tenant_id, %(assessment_id)s, place, item_id, item.outcome, item.types, item.motivations, item.threat_level,
        item.severity, item.needs_person, reasons, channel
    FROM counted, jsonb_to_recordset(%(items)s) AS item (place smallint, item_id uuid, outcome text, types text[], motivations text[],
        threat_level text, severity text, needs_person boolean, reasons jsonb, channel text)"""
_REST = f"kept AS ({_KEPT}), kept_items AS ({_KEPT_ITEMS}), told AS ({APPEND}, counted ORDER BY place) SELECT 1 FROM counted"
# The incident was taken up before, and is held.
_ADD = f"WITH counted AS (SELECT %(tenant)s::uuid AS tenant_id), {_REST}"
# All hangs on the incident's count: where there is one, nothing is kept and the work stays as it is.
_ADD_FIRST = f"""
WITH {MINE},
counted AS (
    INSERT INTO assessed_incident (tenant_id, incident_id, assessments) SELECT tenant_id, %(incident_id)s, 1 FROM mine
    ON CONFLICT DO NOTHING RETURNING tenant_id),
{settled_with("counted")}, {_REST}"""
_NEWEST = "SELECT * FROM assessment WHERE tenant_id = %s AND incident_id = %s ORDER BY version DESC LIMIT 1"
_ITEMS = "SELECT * FROM item_assessment WHERE tenant_id = %s AND assessment_id = %s ORDER BY place"


class PostgresUnit:
    """One transaction."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self._connection = connection
        self._outbox = outbox

    async def settle(self, work: WorkRef) -> None:
        await settle(self._connection, work)

    async def take_up(self, work: WorkRef, incident_id: UUID) -> int:
        arguments = settling(work) | {"tenant": current_tenant(), "incident_id": incident_id}
        row = await (await self._connection.execute(_TAKE_UP, arguments)).fetchone()
        if row is None:
            raise already_settled()
        return int(row["assessments"])

    async def add(self, assessment: Assessment, caused_by: WorkRef) -> None:
        await self._connection.execute(_ADD, _arguments(assessment, caused_by, self._outbox))
        self._outbox.wake_after(self._connection)

    async def end_again(self, assessment_id: UUID, ending: Ending) -> None:
        await end_again(self._connection, assessment_id, ending)


class PostgresFirstAssessments:
    """Keeps first assessments, each by one statement that is committed together with those of others."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def add(self, assessment: Assessment, caused_by: WorkRef) -> bool:
        arguments = _arguments(assessment, caused_by, self._outbox) | settling(caused_by)
        is_kept = bool(await self._database.shared_statement(_ADD_FIRST, arguments))
        if is_kept:
            self._outbox.wake()
        return is_kept


def _arguments(assessment: Assessment, caused_by: WorkRef, outbox: Outbox) -> dict[str, Any]:
    tenant = current_tenant()
    facts = outbox.columns([fact_of(event, tenant, caused_by) for event in assessment.events])
    return {"tenant": tenant, "items": Jsonb(item_rows(assessment))} | assessment_row(assessment) | facts


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
