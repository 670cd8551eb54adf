"""Intake's tables: units of work and questions, in SQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from wardmote.intake.v1.intake_service_pb2 import SubmitReportResponse
from wardmote_intake.adapters.rows import item_columns, report_row
from wardmote_intake.adapters.wire import fact_of, receipt_of, receipt_to_wire
from wardmote_intake.application.commands import Receipt
from wardmote_intake.application.queries import ItemView, ReportView
from wardmote_intake.domain.reading import ItemWords, Reading
from wardmote_intake.domain.report import Report
from wardmote_kernel.errors import NotFound, Unavailable
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.outbox import APPEND, Outbox
from wardmote_runtime.requests import earlier_response
from wardmote_runtime.sealing import DataKey, Sealer
from wardmote_runtime.tenancy import current_tenant

# One statement and so one way to the database and back. Everything hangs on the row of the request: the same request in another
# transaction is waited for there, and if it was answered nothing is kept.
_ADD = f"""
WITH fresh AS (
    INSERT INTO request (tenant_id, request_id, fingerprint, response)
    VALUES (%(tenant)s, %(request_id)s, %(fingerprint)s, %(response)s) ON CONFLICT DO NOTHING RETURNING tenant_id),
kept_key AS (INSERT INTO incident_key (tenant_id, incident_id, wrapped) SELECT tenant_id, %(incident_id)s, %(wrapped)s FROM fresh),
kept_report AS (
    INSERT INTO report (tenant_id, report_id, incident_id, reference, received_at, target_role, feels_unsafe, in_danger_now,
        is_anonymous, earlier_incident_id, urgent_signal_id, target_name_sealed, reporter_name_sealed, reporter_contact_sealed)
    SELECT tenant_id, %(report_id)s, %(incident_id)s, %(reference)s, %(received_at)s, %(target_role)s, %(feels_unsafe)s,
        %(in_danger_now)s, %(is_anonymous)s, %(earlier_incident_id)s::uuid, %(urgent_signal_id)s::uuid, %(target_name)s::bytea,
        %(reporter_name)s::bytea, %(reporter_contact)s::bytea FROM fresh),
kept_items AS (
    INSERT INTO item (tenant_id, item_id, incident_id, place, channel, happened_at, text_sealed, sender_sealed)
    SELECT tenant_id, item_id, %(incident_id)s, place - 1, channel, happened_at, text_sealed, sender_sealed
    FROM fresh, unnest(%(item_ids)s::uuid[], %(channels)s::text[], %(happened)s::timestamptz[], %(texts)s::bytea[], %(senders)s::bytea[])
        WITH ORDINALITY AS given (item_id, channel, happened_at, text_sealed, sender_sealed, place)),
told AS ({APPEND}, fresh ORDER BY place)
SELECT 1 FROM fresh"""
_ADD_READINGS = """
INSERT INTO reading (tenant_id, reading_id, item_id, read_by, purpose, read_at)
SELECT %s, * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[])"""
_INCIDENT_OF = "SELECT incident_id FROM report WHERE tenant_id = %(tenant)s AND reference = %(reference)s"
_WORDS = """
SELECT item_id, incident_id, text_sealed, sender_sealed, wrapped FROM item JOIN incident_key USING (tenant_id, incident_id)
WHERE tenant_id = %s AND item_id = ANY(%s) ORDER BY incident_id, place"""
_REPORT = """
SELECT report_id, incident_id, reference, received_at, target_role, is_anonymous, feels_unsafe, urgent_signal_id
FROM report WHERE tenant_id = %s AND """
_ITEMS = "SELECT item_id, channel, happened_at FROM item WHERE tenant_id = %s AND incident_id = %s ORDER BY place"


class PostgresReports:
    """Keeps reports, each by one statement that is committed together with those of others."""

    def __init__(self, database: Database, outbox: Outbox, sealer: Sealer) -> None:
        self._database = database
        self._outbox = outbox
        self._sealer = sealer

    async def incident_of(self, reference: str) -> UUID | None:
        rows = await self._database.shared_statement(_INCIDENT_OF, {"tenant": current_tenant(), "reference": reference})
        return rows[0]["incident_id"] if rows else None

    async def add(self, report: Report, request_id: str, fingerprint: bytes) -> Receipt:
        tenant = current_tenant()
        key = self._sealer.new_key(tenant, report.incident_id)
        receipt = Receipt(report.report_id, report.incident_id, report.reference, report.is_urgent)
        response = receipt_to_wire(receipt).SerializeToString()
        request = {"tenant": tenant, "request_id": request_id, "fingerprint": fingerprint, "response": response}
        facts = self._outbox.columns([fact_of(event, tenant) for event in report.events])
        if await self._database.shared_statement(_ADD, request | report_row(report, key) | item_columns(report, key) | facts):
            self._outbox.wake()
            return receipt
        return await self._earlier(request_id, fingerprint)

    async def _earlier(self, request_id: str, fingerprint: bytes) -> Receipt:
        async with self._database.tenant_transaction() as connection:
            earlier = await earlier_response(connection, request_id, fingerprint)
        if earlier is None:  # Whoever had kept it has forgotten it since.
            raise Unavailable("The same request was under way and has gone. Send it again.")
        return receipt_of(SubmitReportResponse.FromString(earlier))


class PostgresUnit:
    """One transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def open_words(self, item_ids: Sequence[UUID]) -> list[ItemWords]:
        tenant = current_tenant()
        rows = await (await self._connection.execute(_WORDS, [tenant, list(item_ids)])).fetchall()
        keys: dict[UUID, DataKey] = {}
        for row in rows:
            if row["incident_id"] not in keys:
                keys[row["incident_id"]] = self._sealer.open_key(tenant, row["incident_id"], row["wrapped"])
        return [_words(row, keys[row["incident_id"]]) for row in rows]

    async def add_readings(self, readings: Sequence[Reading]) -> None:
        columns: list[list[object]] = [
            [one.reading_id for one in readings], [one.item_id for one in readings], [one.read_by for one in readings],
            [one.purpose.value for one in readings], [one.read_at for one in readings],
        ]  # fmt: skip
        if readings:
            await self._connection.execute(_ADD_READINGS, [current_tenant(), *columns])


class PostgresUnitOfWork:
    """Opens units on the service's database."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresUnit]:
        async with self._database.shared_transaction() as connection:
            yield PostgresUnit(connection, self._sealer)


class PostgresQueries:
    """Questions on the service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, report_id: UUID) -> ReportView:
        return await self._one("report_id = %s", report_id)

    async def report_of_incident(self, incident_id: UUID) -> ReportView:
        return await self._one("incident_id = %s", incident_id)

    async def _one(self, condition: str, value: UUID) -> ReportView:
        tenant = current_tenant()
        async with self._database.tenant_transaction() as connection:
            row = await (await connection.execute(_REPORT + condition, [tenant, value])).fetchone()
            if row is None:
                raise NotFound("There is no such report.")
            items = await (await connection.execute(_ITEMS, [tenant, row["incident_id"]])).fetchall()
        return _view(row, items)


def _words(row: dict[str, Any], key: DataKey) -> ItemWords:
    item_id = row["item_id"]
    sender = key.open(f"item.sender/{item_id}", row["sender_sealed"]) if row["sender_sealed"] else ""
    return ItemWords(item_id, key.open(f"item.text/{item_id}", row["text_sealed"]), sender)


def _view(row: dict[str, Any], items: Sequence[dict[str, Any]]) -> ReportView:
    return ReportView(
        row["report_id"], row["incident_id"], row["reference"], row["received_at"], TargetRole(row["target_role"]), row["is_anonymous"],
        row["feels_unsafe"], row["urgent_signal_id"],
        [ItemView(item["item_id"], Channel(item["channel"]), item["happened_at"]) for item in items],
    )  # fmt: skip
