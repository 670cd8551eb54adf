"""Intake's tables: units of work and questions, in SQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from wardmote.intake.v1.intake_service_pb2 import SubmitReportResponse
from wardmote_intake.adapters.wire import fact_of, receipt_of, receipt_to_wire
from wardmote_intake.application.commands import Receipt
from wardmote_intake.application.queries import ItemView, ReportView
from wardmote_intake.domain.reading import ItemWords, Reading
from wardmote_intake.domain.report import Report
from wardmote_kernel.errors import NotFound
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.requests import earlier_response, keep_response
from wardmote_runtime.sealing import DataKey, Sealer
from wardmote_runtime.tenancy import current_tenant

_ADD_REPORT = """
INSERT INTO report (tenant_id, report_id, incident_id, reference, received_at, target_role, feels_unsafe, in_danger_now, is_anonymous,
    earlier_incident_id, urgent_signal_id, target_name_sealed, reporter_name_sealed, reporter_contact_sealed)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_ADD_KEY = "INSERT INTO incident_key (tenant_id, incident_id, wrapped) VALUES (%s, %s, %s)"
_ADD_ITEM = """
INSERT INTO item (tenant_id, item_id, incident_id, place, channel, happened_at, text_sealed, sender_sealed)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""
_ADD_READING = "INSERT INTO reading (tenant_id, reading_id, item_id, read_by, purpose, read_at) VALUES (%s, %s, %s, %s, %s, %s)"
_INCIDENT_OF = "SELECT incident_id FROM report WHERE tenant_id = %s AND reference = %s"
_WORDS = """
SELECT item_id, incident_id, text_sealed, sender_sealed, wrapped FROM item JOIN incident_key USING (tenant_id, incident_id)
WHERE tenant_id = %s AND item_id = ANY(%s) ORDER BY incident_id, place"""
_REPORT = """
SELECT report_id, incident_id, reference, received_at, target_role, is_anonymous, feels_unsafe, urgent_signal_id
FROM report WHERE tenant_id = %s AND """
_ITEMS = "SELECT item_id, channel, happened_at FROM item WHERE tenant_id = %s AND incident_id = %s ORDER BY place"


class PostgresUnit:
    """One transaction."""

    def __init__(self, connection: Connection, outbox: Outbox, sealer: Sealer) -> None:
        self._connection = connection
        self._outbox = outbox
        self._sealer = sealer

    async def earlier_receipt(self, request_id: str, fingerprint: bytes) -> Receipt | None:
        response = await earlier_response(self._connection, request_id, fingerprint)
        return receipt_of(SubmitReportResponse.FromString(response)) if response is not None else None

    async def incident_of(self, reference: str) -> UUID | None:
        row = await (await self._connection.execute(_INCIDENT_OF, [current_tenant(), reference])).fetchone()
        return row["incident_id"] if row else None

    async def add(self, report: Report, request_id: str, fingerprint: bytes) -> None:
        tenant = current_tenant()
        key = self._sealer.new_key(tenant, report.incident_id)
        await self._connection.execute(_ADD_KEY, [tenant, report.incident_id, key.wrapped])
        await self._connection.execute(_ADD_REPORT, [tenant, *_report_row(report, key)])
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_ADD_ITEM, [[tenant, *row] for row in _item_rows(report, key)])
        receipt = Receipt(report.report_id, report.incident_id, report.reference, report.is_urgent)
        await keep_response(self._connection, request_id, fingerprint, receipt_to_wire(receipt).SerializeToString())
        await self._outbox.append(self._connection, [fact_of(event, tenant) for event in report.events])

    async def open_words(self, item_ids: Sequence[UUID]) -> list[ItemWords]:
        tenant = current_tenant()
        rows = await (await self._connection.execute(_WORDS, [tenant, list(item_ids)])).fetchall()
        keys: dict[UUID, DataKey] = {}
        for row in rows:
            if row["incident_id"] not in keys:
                keys[row["incident_id"]] = self._sealer.open_key(tenant, row["incident_id"], row["wrapped"])
        return [_words(row, keys[row["incident_id"]]) for row in rows]

    async def add_readings(self, readings: Sequence[Reading]) -> None:
        tenant = current_tenant()
        rows = [[tenant, one.reading_id, one.item_id, one.read_by, one.purpose, one.read_at] for one in readings]
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_ADD_READING, rows)


class PostgresUnitOfWork:
    """Opens units on the service's database."""

    def __init__(self, database: Database, outbox: Outbox, sealer: Sealer) -> None:
        self._database = database
        self._outbox = outbox
        self._sealer = sealer

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresUnit]:
        async with self._database.shared_transaction() as connection:
            yield PostgresUnit(connection, self._outbox, self._sealer)


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


def _report_row(report: Report, key: DataKey) -> list[object]:
    reporter = report.reporter
    return [
        report.report_id, report.incident_id, report.reference, report.received_at, report.target_role, report.feels_unsafe,
        report.in_danger_now, reporter is None, report.earlier_incident_id, report.urgent_signal_id,
        _sealed(key, "target_name", report.target_name),
        _sealed(key, "reporter_name", reporter.name if reporter else ""),
        _sealed(key, "reporter_contact", reporter.contact if reporter else ""),
    ]  # fmt: skip


def _item_rows(report: Report, key: DataKey) -> list[list[object]]:
    return [
        [
            item.item_id, report.incident_id, place, item.channel, item.happened_at,
            key.seal(f"item.text/{item.item_id}", item.text), _sealed(key, f"item.sender/{item.item_id}", item.sender),
        ]
        for place, item in enumerate(report.items)
    ]  # fmt: skip


def _sealed(key: DataKey, column: str, words: str) -> bytes | None:
    return key.seal(column, words) if words else None


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
