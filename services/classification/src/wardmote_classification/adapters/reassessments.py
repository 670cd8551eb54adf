"""Assessments that are to be made again, in SQL. The queue holds one job of a council at a time; this table holds the rest."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.types.json import Jsonb

from wardmote_classification.adapters.rows import incident_of
from wardmote_classification.application.again import Ending, Ordered, Reassessable
from wardmote_classification.application.jobs import ASSESS_AGAIN, PAUSE
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.tenancy import current_tenant
from wardmote_runtime.work import add_job

_FIND = """
SELECT a.* FROM assessment a JOIN assessed_incident i USING (tenant_id, incident_id)
WHERE a.tenant_id = %(tenant)s AND a.assessment_id = %(assessment)s AND a.version = i.assessments"""
_ITEMS = "SELECT item_id, channel FROM item_assessment WHERE tenant_id = %(tenant)s AND assessment_id = %(assessment)s ORDER BY place"
_OTHERS = """
FROM assessment a JOIN assessed_incident i ON i.tenant_id = a.tenant_id AND i.incident_id = a.incident_id AND i.assessments = a.version
WHERE a.tenant_id = %(tenant)s AND a.versions <> %(versions)s AND (%(since)s::timestamptz IS NULL OR a.assessed_at >= %(since)s)"""
# What was overtaken by versions that are not the present ones any more is ordered anew; what has ended otherwise has ended.
_ORDER = f"""
INSERT INTO reassessment (tenant_id, assessment_id, incident_id)
SELECT a.tenant_id, a.assessment_id, a.incident_id {_OTHERS} AND a.feels_unsafe IS NOT NULL
ON CONFLICT (tenant_id, assessment_id) DO UPDATE SET ordered_at = now(), ended_at = NULL, ending = NULL
    WHERE reassessment.ending = 'overtaken'"""
_STANDING = f"""
SELECT (SELECT count(*) FROM reassessment WHERE tenant_id = %(tenant)s AND ended_at IS NULL) AS waiting,
    (SELECT count(*) FROM reassessment WHERE tenant_id = %(tenant)s AND ending = 'erased') AS erased,
    (SELECT count(*) {_OTHERS} AND a.feels_unsafe IS NULL) AS unknown"""
_END = "UPDATE reassessment SET ended_at = now(), ending = %s WHERE tenant_id = %s AND assessment_id = %s AND ended_at IS NULL"
# The newest first: that is what people work on. A dead letter is passed over, so that one that cannot be done does not stop the rest.
_NEXT = """
SELECT assessment_id FROM reassessment r WHERE tenant_id = %(tenant)s AND ended_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM dead_letter d WHERE d.tenant_id = r.tenant_id AND d.kind = %(kind)s AND d.event_id = r.assessment_id)
ORDER BY assessment_id DESC LIMIT 1"""


class PostgresReassessments:
    """What is ordered, of the current council."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, assessment_id: UUID) -> Reassessable | None:
        arguments = {"tenant": current_tenant(), "assessment": assessment_id}
        async with self._database.tenant_transaction() as connection:
            row = await (await connection.execute(_FIND, arguments)).fetchone()
            if row is None:
                return None
            items = await (await connection.execute(_ITEMS, arguments)).fetchall()
        return Reassessable(incident_of(row, items), row["version"], row["versions"])

    async def order(self, versions: Mapping[str, str], since: datetime | None) -> Ordered:
        arguments = {"tenant": current_tenant(), "versions": Jsonb(dict(versions)), "since": since}
        async with self._database.tenant_transaction() as connection:
            ordered = (await connection.execute(_ORDER, arguments)).rowcount
            await _queue_next(connection, timedelta(0))
            standing = await (await connection.execute(_STANDING, arguments)).fetchone() or {}
        return Ordered(ordered, standing["waiting"], standing["erased"], standing["unknown"])


async def end_again(connection: Connection, assessment_id: UUID, ending: Ending) -> None:
    """Notes the end of one, and queues the next."""
    await connection.execute(_END, [ending, current_tenant(), assessment_id])
    await _queue_next(connection, PAUSE)


async def _queue_next(connection: Connection, wait: timedelta) -> None:
    """Each begins a trace of its own: ten thousand of them in one could not be read."""
    row = await (await connection.execute(_NEXT, {"tenant": current_tenant(), "kind": ASSESS_AGAIN})).fetchone()
    if row is not None:
        job_id = row["assessment_id"]
        await add_job(connection, job_id=job_id, kind=ASSESS_AGAIN, key=str(job_id), wait=wait, joins_trace=False)
