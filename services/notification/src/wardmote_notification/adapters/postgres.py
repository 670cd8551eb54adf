"""Notification's tables, as units of work in SQL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled, NotFound
from wardmote_kernel.taxonomy import Role, Severity
from wardmote_notification.adapters.wire import fact_of
from wardmote_notification.application.jobs import DELIVER, REFRESH_CONTACT
from wardmote_notification.application.ports import Letter
from wardmote_notification.domain.events import FailureReason
from wardmote_notification.domain.notification import Kind, Notification, Status
from wardmote_notification.domain.roster import Recipient, Roster
from wardmote_notification.domain.urgent_signal import SignalStatus, UrgentSignal
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.outbox import APPEND, Outbox
from wardmote_runtime.sealing import Sealer
from wardmote_runtime.tenancy import current_tenant
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import add_job, settle

# Held shared by those who read the roster and alone by those who change it: else a signal that finds nobody, and the first
# person, who finds no signal, could pass each other unseen.
_HOLD_ROSTER = "SELECT pg_advisory_xact_lock_shared(hashtextextended('roster/' || %s, 0))"
_CHANGE_ROSTER = "SELECT pg_advisory_xact_lock(hashtextextended('roster/' || %s, 0))"
_ROSTER = "SELECT person_id, roles FROM recipient WHERE tenant_id = %s AND roles && %s"
_CASE_WORKERS = "SELECT person_id FROM recipient WHERE tenant_id = %s AND %s = ANY(roles) ORDER BY person_id"
_PUT_RECIPIENT = """
INSERT INTO recipient (tenant_id, person_id, roles) VALUES (%s, %s, %s)
ON CONFLICT (tenant_id, person_id) DO UPDATE SET roles = excluded.roles"""
_REMOVE_RECIPIENT = "DELETE FROM recipient WHERE tenant_id = %s AND person_id = %s"
_KEPT_CONTACT = """
SELECT contact_sealed, contact_key FROM recipient WHERE tenant_id = %s AND person_id = %s AND contact_sealed IS NOT NULL"""
_KEEP_CONTACT = "UPDATE recipient SET contact_sealed = %s, contact_key = %s WHERE tenant_id = %s AND person_id = %s"

_ADD_SIGNAL = """
INSERT INTO urgent_signal (tenant_id, signal_id, incident_id, reference, reason_codes, received_at, status)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (tenant_id, signal_id) DO NOTHING"""
_UNANSWERED = """
SELECT signal_id, incident_id, reference, reason_codes, received_at FROM urgent_signal
WHERE tenant_id = %s AND status = 'nobody-to-page' ORDER BY signal_id FOR UPDATE"""
_SAVE_SIGNAL = "UPDATE urgent_signal SET status = %s WHERE tenant_id = %s AND signal_id = %s"

_ADD = """
INSERT INTO notification (tenant_id, notification_id, person_id, kind, about_id, reference, severity, created_at, status, attempts)
SELECT %s, * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::int[])
ON CONFLICT DO NOTHING RETURNING notification_id"""
_COLUMNS = """
notification_id, person_id, kind, about_id, reference, severity, created_at, n.status, attempts, delivered_at, failure"""
_LATEST = f"""
SELECT DISTINCT ON (person_id) {_COLUMNS} FROM notification n WHERE tenant_id = %s AND about_id = %s AND kind = %s
ORDER BY person_id, notification_id DESC"""
_LETTER = f"""
SELECT {_COLUMNS}, coalesce(slug, '') AS slug FROM notification n LEFT JOIN tenant_copy USING (tenant_id)
WHERE tenant_id = %s AND notification_id = %s"""
_NOTE_ATTEMPT = """
UPDATE notification SET attempts = %s WHERE tenant_id = %s AND notification_id = %s AND status = 'waiting'"""
# Its facts are kept only where it ends: no row was added, then it had ended before.
_END = f"""
WITH ended AS (
    UPDATE notification SET status = %(status)s, attempts = %(attempts)s, delivered_at = %(delivered_at)s, failure = %(failure)s
    WHERE tenant_id = %(tenant)s AND notification_id = %(notification_id)s AND status = 'waiting' RETURNING 1)
{APPEND} CROSS JOIN ended ORDER BY place"""


class PostgresUnit:
    """One transaction."""

    def __init__(self, connection: Connection, outbox: Outbox, sealer: Sealer) -> None:
        self._connection = connection
        self._outbox = outbox
        self._sealer = sealer
        self._tenant = current_tenant()
        self.has_new_jobs = False

    async def roster(self) -> Roster:
        await self._connection.execute(_HOLD_ROSTER, [str(self._tenant)])
        rows = await self._all(_ROSTER, [self._tenant, [Role.ON_CALL, Role.CASE_WORKER]])
        return Roster.of(Recipient(row["person_id"], frozenset(row["roles"])) for row in rows)

    async def case_workers(self) -> tuple[UUID, ...]:
        return tuple(row["person_id"] for row in await self._all(_CASE_WORKERS, [self._tenant, Role.CASE_WORKER]))

    async def put_recipient(self, recipient: Recipient) -> None:
        await self._connection.execute(_CHANGE_ROSTER, [str(self._tenant)])
        await self._connection.execute(_PUT_RECIPIENT, [self._tenant, recipient.person_id, sorted(recipient.roles)])

    async def remove_recipient(self, person_id: UUID) -> None:
        await self._connection.execute(_CHANGE_ROSTER, [str(self._tenant)])
        await self._connection.execute(_REMOVE_RECIPIENT, [self._tenant, person_id])

    async def kept_contact(self, person_id: UUID) -> str | None:
        row = await self._one(_KEPT_CONTACT, [self._tenant, person_id])
        if row is None:
            return None
        return self._sealer.open_key(self._tenant, person_id, row["contact_key"]).open("recipient.contact", row["contact_sealed"])

    async def keep_contact(self, person_id: UUID, contact: str | None) -> None:
        key = self._sealer.new_key(self._tenant, person_id)
        sealed = (key.seal("recipient.contact", contact), key.wrapped) if contact is not None else (None, None)
        await self._connection.execute(_KEEP_CONTACT, [*sealed, self._tenant, person_id])

    async def refresh_contact_soon(self, person_id: UUID, job_id: UUID) -> None:
        await add_job(self._connection, job_id=job_id, kind=REFRESH_CONTACT, key=str(person_id))
        self.has_new_jobs = True

    async def add_signal(self, signal: UrgentSignal) -> bool:
        row = [
            self._tenant, signal.signal_id, signal.incident_id, signal.reference, list(signal.reason_codes), signal.received_at,
            signal.status,
        ]  # fmt: skip
        return (await self._connection.execute(_ADD_SIGNAL, row)).rowcount == 1

    async def unanswered_signals(self) -> Sequence[UrgentSignal]:
        rows = await self._all(_UNANSWERED, [self._tenant])
        return [UrgentSignal(**(row | {"reason_codes": tuple(row["reason_codes"])}), status=SignalStatus.NOBODY) for row in rows]

    async def save_signal(self, signal: UrgentSignal) -> None:
        await self._connection.execute(_SAVE_SIGNAL, [signal.status, self._tenant, signal.signal_id])

    async def add(self, notifications: Sequence[Notification]) -> int:
        if not notifications:
            return 0
        columns = zip(*[_new_row(one) for one in notifications], strict=True)
        kept = {row["notification_id"] for row in await self._all(_ADD, [self._tenant, *(list(column) for column in columns)])}
        for one in notifications:
            if one.notification_id in kept:
                job_id = one.notification_id
                await add_job(self._connection, job_id=job_id, kind=DELIVER, key=str(job_id), is_urgent=one.is_page)
                self.has_new_jobs = True
        return len(kept)

    async def latest_about(self, about_id: UUID, kind: Kind) -> Mapping[UUID, Notification]:
        rows = await self._all(_LATEST, [self._tenant, about_id, kind])
        return {row["person_id"]: _notification(row) for row in rows}

    async def letter(self, notification_id: UUID) -> Letter:
        row = await self._one(_LETTER, [self._tenant, notification_id])
        if row is None:
            raise NotFound("There is no such notification.")
        return Letter(_notification(row), row["slug"])

    async def note_attempt(self, notification: Notification) -> None:
        await self._connection.execute(_NOTE_ATTEMPT, [notification.attempts, self._tenant, notification.notification_id])

    async def end(self, notification: Notification) -> None:
        arguments = {
            "tenant": self._tenant, "notification_id": notification.notification_id, "status": notification.status,
            "attempts": notification.attempts, "delivered_at": notification.delivered_at, "failure": notification.failure,
        }  # fmt: skip
        facts = self._outbox.columns([fact_of(event, self._tenant) for event in notification.events])
        if (await self._connection.execute(_END, arguments | facts)).rowcount < 1:
            raise AlreadyHandled("This notification had ended before.")
        self._outbox.wake_after(self._connection)
        notification.events.clear()

    async def settle(self, work: WorkRef) -> None:
        await settle(self._connection, work)

    async def _one(self, query: str, arguments: Sequence[object]) -> dict[str, Any] | None:
        return await (await self._connection.execute(query, arguments)).fetchone()

    async def _all(self, query: str, arguments: Sequence[object]) -> list[dict[str, Any]]:
        return await (await self._connection.execute(query, arguments)).fetchall()


class PostgresUnitOfWork:
    """Opens units on the service's database."""

    def __init__(self, database: Database, outbox: Outbox, sealer: Sealer, work_wake: Wake, *, is_alone: bool = False) -> None:
        """
        Args:
            is_alone: each unit has a transaction of its own; for those that wait for one another, as on the roster. Else units that come
                at the same time, of whichever councils, are committed together.
        """
        self._is_alone = is_alone
        self._database = database
        self._outbox = outbox
        self._sealer = sealer
        self._work_wake = work_wake

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresUnit]:
        opened = self._database.tenant_transaction() if self._is_alone else self._database.shared_transaction()
        async with opened as connection:
            unit = PostgresUnit(connection, self._outbox, self._sealer)
            yield unit
        if unit.has_new_jobs:  # After the commit: a page must be found at the first look.
            self._work_wake.soon()


def _new_row(one: Notification) -> list[object]:
    return [
        one.notification_id, one.person_id, one.kind, one.about_id, one.reference, one.severity, one.created_at, one.status, one.attempts,
    ]  # fmt: skip


def _notification(row: dict[str, Any]) -> Notification:
    return Notification(
        row["notification_id"], row["person_id"], Kind(row["kind"]), row["about_id"], row["reference"], row["created_at"],
        Severity(row["severity"]) if row["severity"] else None, Status(row["status"]), row["attempts"], row["delivered_at"],
        FailureReason(row["failure"]) if row["failure"] else None,
    )  # fmt: skip
