"""Case-management's tables: units of work and questions, in SQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from wardmote.case_management.v1.case_management_service_pb2 import AssignCaseResponse
from wardmote_case_management.adapters.place import Place
from wardmote_case_management.adapters.rows import case_of, case_row, incident_row, opening_row, timeline_row, view_of
from wardmote_case_management.adapters.wire import case_to_wire, fact_of, view_of_wire
from wardmote_case_management.application.queries import CaseFilter, CasePage, CaseView
from wardmote_case_management.domain.case import Case
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import NotFound, Unavailable
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.outbox import APPEND, Outbox
from wardmote_runtime.pages import page_size
from wardmote_runtime.requests import earlier_response, keep_response
from wardmote_runtime.tenancy import current_tenant
from wardmote_runtime.work import MINE, settle, settled_with, settling

_COLUMNS = (
    "case_id, reference, status, target_role, channel, outcome, severity, threat_level, types, motivations, needs_person, is_urgent, "
    "opened_at, changed_at, contact_due_at, assigned_to, version"
)
_SAVE_CASE = """
UPDATE case_file SET status = %(status)s, outcome = %(outcome)s, severity = %(severity)s, threat_level = %(threat_level)s,
    types = %(types)s, motivations = %(motivations)s, needs_person = %(needs_person)s, is_urgent = %(is_urgent)s,
    changed_at = %(changed_at)s, contact_due_at = %(contact_due_at)s, assigned_to = %(assigned_to)s, version = %(version)s
WHERE tenant_id = %(tenant_id)s AND case_id = %(case_id)s"""
# An incident stays in the case that had it first: of two transactions that each put it into another, the second changes no row.
_HOLD_INCIDENT = """
INSERT INTO case_incident (tenant_id, incident_id, case_id, attached_at, report_reference, assessment_id, assessed_at, target_role,
    channel, feels_unsafe, urgent_signal_id, earlier_incident_id, reason_codes, versions, outcome, severity, threat_level, types,
    motivations, needs_person)
VALUES (%(tenant_id)s, %(incident_id)s, %(case_id)s, %(attached_at)s, %(report_reference)s, %(assessment_id)s, %(assessed_at)s,
    %(target_role)s, %(channel)s, %(feels_unsafe)s, %(urgent_signal_id)s, %(earlier_incident_id)s, %(reason_codes)s, %(versions)s,
    %(outcome)s, %(severity)s, %(threat_level)s, %(types)s, %(motivations)s, %(needs_person)s)
ON CONFLICT (tenant_id, incident_id) DO UPDATE SET report_reference = excluded.report_reference,
    assessment_id = excluded.assessment_id, assessed_at = excluded.assessed_at, target_role = excluded.target_role,
    channel = excluded.channel, feels_unsafe = excluded.feels_unsafe, urgent_signal_id = excluded.urgent_signal_id,
    earlier_incident_id = excluded.earlier_incident_id, reason_codes = excluded.reason_codes, versions = excluded.versions,
    outcome = excluded.outcome, severity = excluded.severity, threat_level = excluded.threat_level, types = excluded.types,
    motivations = excluded.motivations, needs_person = excluded.needs_person
WHERE case_incident.case_id = excluded.case_id"""
_ADD_ENTRY = """
INSERT INTO case_timeline (tenant_id, case_id, version, happened_at, kind, done_by)
VALUES (%(tenant_id)s, %(case_id)s, %(version)s, %(at)s, %(kind)s, %(by)s)"""
# A new case in one statement. All hangs on the incident: where a case holds it, nothing is kept and the work stays as it is.
_OPEN = f"""
WITH {MINE},
held AS (
    INSERT INTO case_incident (tenant_id, incident_id, case_id, attached_at, report_reference, assessment_id, assessed_at, target_role,
        channel, feels_unsafe, urgent_signal_id, earlier_incident_id, reason_codes, versions, outcome, severity, threat_level, types,
        motivations, needs_person)
    SELECT tenant_id, %(incident_id)s, %(case_id)s, %(attached_at)s, %(report_reference)s, %(assessment_id)s, %(assessed_at)s,
        %(i_target_role)s, %(i_channel)s, %(feels_unsafe)s, %(urgent_signal_id)s::uuid, %(earlier_incident_id)s::uuid, %(reason_codes)s,
        %(versions)s, %(i_outcome)s, %(i_severity)s, %(i_threat_level)s, %(i_types)s, %(i_motivations)s, %(i_needs_person)s FROM mine
    ON CONFLICT DO NOTHING RETURNING tenant_id),
file AS (
    INSERT INTO case_file (tenant_id, {_COLUMNS})
    SELECT tenant_id, %(case_id)s, %(reference)s, %(status)s, %(target_role)s, %(channel)s, %(outcome)s, %(severity)s, %(threat_level)s,
        %(types)s, %(motivations)s, %(needs_person)s, %(is_urgent)s, %(opened_at)s, %(changed_at)s, %(contact_due_at)s, %(assigned_to)s,
        %(version)s FROM held),
happened AS (
    INSERT INTO case_timeline (tenant_id, case_id, version, happened_at, kind, done_by)
    SELECT tenant_id, %(case_id)s, %(e_version)s, %(at)s, %(kind)s, %(by)s FROM held),
{settled_with("held")},
told AS ({APPEND}, held ORDER BY place)
SELECT 1 FROM held"""
_CASE = f"SELECT {_COLUMNS} FROM case_file WHERE tenant_id = %(tenant)s AND "
_BY_ID, _BY_REFERENCE = "case_id = %(value)s", "reference = %(value)s"
_BY_INCIDENT = "case_id = (SELECT i.case_id FROM case_incident i WHERE i.tenant_id = %(tenant)s AND i.incident_id = %(value)s)"
_LOCKED = " FOR UPDATE"
_INCIDENTS = "SELECT * FROM case_incident WHERE tenant_id = %s AND case_id = %s ORDER BY attached_at, incident_id"
_TIMELINE = """
SELECT version, happened_at AS at, kind, done_by AS by FROM case_timeline WHERE tenant_id = %s AND case_id = %s ORDER BY version"""
# All four descending, so that one comparison finds the place in the index. An id's UUIDv7 sorts newer ones first too.
_LIST = f"""
SELECT {_COLUMNS} FROM case_file
WHERE tenant_id = %(tenant)s AND severity >= %(severity_from)s AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (%(after)s::uuid IS NULL OR (is_urgent, severity, opened_at, case_id) < (%(is_urgent)s, %(severity)s, %(opened_at)s, %(after)s))
ORDER BY is_urgent DESC, severity DESC, opened_at DESC, case_id DESC LIMIT %(limit)s"""


class PostgresUnit:
    """One transaction."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self._connection = connection
        self._outbox = outbox

    async def settle(self, work: WorkRef) -> None:
        await settle(self._connection, work)

    async def case(self, case_id: UUID) -> Case:
        case = await self._locked(_BY_ID, case_id)
        if case is None:
            raise NotFound("There is no such case.")
        return case

    async def case_of_incident(self, incident_id: UUID) -> Case | None:
        return await self._locked(_BY_INCIDENT, incident_id)

    async def add(self, case: Case, caused_by: WorkRef) -> None:
        try:
            kept = await self._connection.execute(_OPEN, _opening(case, caused_by, self._outbox))
        except UniqueViolation:
            raise _taken() from None
        if kept.rowcount != 1:
            await self.settle(caused_by)
            raise Unavailable("The incident has just come to another case. Try again.")
        self._outbox.wake_after(self._connection)

    async def save(self, case: Case, caused_by: WorkRef | None = None) -> None:
        await self._connection.execute(_SAVE_CASE, case_row(case, current_tenant()))
        await self._keep_news(case, caused_by)

    async def earlier_answer(self, request_id: str, fingerprint: bytes) -> CaseView | None:
        response = await earlier_response(self._connection, request_id, fingerprint)
        return view_of_wire(AssignCaseResponse.FromString(response).case) if response is not None else None

    async def answer(self, case_id: UUID, request_id: str, fingerprint: bytes) -> CaseView:
        view = await _read(self._connection, _BY_ID, case_id)
        response = AssignCaseResponse(case=case_to_wire(view))
        await keep_response(self._connection, request_id, fingerprint, response.SerializeToString())
        return view

    async def _locked(self, condition: str, value: UUID) -> Case | None:
        """Locks the case before its incidents are read, so that they are those of the newest version."""
        tenant = current_tenant()
        row = await (await self._connection.execute(_CASE + condition + _LOCKED, {"tenant": tenant, "value": value})).fetchone()
        if row is None:
            return None
        return case_of(row, await (await self._connection.execute(_INCIDENTS, [tenant, row["case_id"]])).fetchall())

    async def _keep_news(self, case: Case, caused_by: WorkRef | None) -> None:
        tenant = current_tenant()
        for held in case.attached:
            cursor = await self._connection.execute(_HOLD_INCIDENT, incident_row(held, case, tenant))
            if cursor.rowcount != 1:
                raise Unavailable("The incident has just come to another case. Try again.")
        for entry in case.timeline:
            await self._connection.execute(_ADD_ENTRY, timeline_row(entry, case, tenant))
        await self._outbox.append(self._connection, [fact_of(event, tenant, caused_by) for event in case.events])


class PostgresNewCases:
    """Keeps new cases, each by one statement that is committed together with those of others."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def add(self, case: Case, caused_by: WorkRef) -> bool:
        try:
            is_kept = bool(await self._database.shared_statement(_OPEN, _opening(case, caused_by, self._outbox)))
        except UniqueViolation:
            raise _taken() from None
        if is_kept:
            self._outbox.wake()
        return is_kept


def _opening(case: Case, caused_by: WorkRef, outbox: Outbox) -> dict[str, Any]:
    tenant = current_tenant()
    facts = outbox.columns([fact_of(event, tenant, caused_by) for event in case.events])
    return opening_row(case, tenant) | {"tenant": tenant} | settling(caused_by) | facts


def _taken() -> Unavailable:
    return Unavailable("The drawn reference is taken. Try again.")


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

    async def cases(self, which: CaseFilter, limit: int, cursor: str) -> CasePage:
        size, place = page_size(limit), Place.of_cursor(cursor)
        arguments: dict[str, Any] = {
            "tenant": current_tenant(), "status": which.status, "severity_from": which.severity_from, "limit": size + 1,
            "after": place and place.case_id, "is_urgent": place and place.is_urgent, "severity": place and place.severity,
            "opened_at": place and place.opened_at,
        }  # fmt: skip
        async with self._database.tenant_transaction() as connection:
            rows = await (await connection.execute(_LIST, arguments)).fetchall()
        shown = [view_of(row) for row in rows[:size]]
        return CasePage(shown, Place.after(shown[-1]).to_cursor() if len(rows) > size else "")

    async def case(self, case_id: UUID) -> CaseView:
        return await self._one(_BY_ID, case_id)

    async def case_of_reference(self, reference: str) -> CaseView:
        return await self._one(_BY_REFERENCE, reference)

    async def case_of_incident(self, incident_id: UUID) -> CaseView:
        return await self._one(_BY_INCIDENT, incident_id)

    async def _one(self, condition: str, value: UUID | str) -> CaseView:
        async with self._database.tenant_transaction() as connection:
            return await _read(connection, condition, value)


async def _read(connection: Connection, condition: str, value: UUID | str) -> CaseView:
    tenant = current_tenant()
    row = await (await connection.execute(_CASE + condition, {"tenant": tenant, "value": value})).fetchone()
    if row is None:
        raise NotFound("There is no such case.")
    incidents = await (await connection.execute(_INCIDENTS, [tenant, row["case_id"]])).fetchall()
    timeline = await (await connection.execute(_TIMELINE, [tenant, row["case_id"]])).fetchall()
    return view_of(row, incidents, timeline)
