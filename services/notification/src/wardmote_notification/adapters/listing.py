"""Questions about notifications, in SQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import parse_id
from wardmote_notification.application.queries import Listing, NotificationView
from wardmote_notification.domain.notification import Kind, Status
from wardmote_runtime.database import Database
from wardmote_runtime.pages import from_cursor, page_size, to_cursor
from wardmote_runtime.tenancy import current_tenant

# The ids are UUIDv7, so newest first is the primary key read backwards.
_LIST = """
SELECT notification_id, person_id, kind, status, reference, created_at, delivered_at, attempts FROM notification
WHERE tenant_id = %s AND (%s::uuid IS NULL OR notification_id < %s::uuid) ORDER BY notification_id DESC LIMIT %s"""


class PostgresQueries:
    """Questions on the service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def notifications(self, limit: int, cursor: str) -> Listing:
        size, after = page_size(limit), _place(cursor)
        async with self._database.tenant_transaction() as connection:
            rows = await (await connection.execute(_LIST, [current_tenant(), after, after, size + 1])).fetchall()
        return _listing(rows, size)


def _place(cursor: str) -> UUID | None:
    parts = from_cursor(cursor, 1)
    if parts is None:
        return None
    place = parse_id(parts[0])
    if place is None:
        raise Invalid(Violation("cursor", "Send the next_cursor of the page before, unchanged, or nothing for the first page."))
    return place


def _listing(rows: Sequence[dict[str, Any]], size: int) -> Listing:
    shown = [_view(row) for row in rows[:size]]
    return Listing(shown, to_cursor(str(shown[-1].notification_id)) if len(rows) > size else "")


def _view(row: dict[str, Any]) -> NotificationView:
    return NotificationView(**(row | {"kind": Kind(row["kind"]), "status": Status(row["status"])}))
