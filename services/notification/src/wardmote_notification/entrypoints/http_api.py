"""Notification's REST routes: the same questions as gRPC."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from wardmote_kernel.taxonomy import Role
from wardmote_notification.application.queries import NotificationView, Queries
from wardmote_notification.domain.notification import Kind, Status
from wardmote_runtime.http_app import Gate
from wardmote_runtime.pages import DEFAULT_LIMIT, HIGHEST_LIMIT


class NotificationShown(BaseModel):
    """One message to one person. It holds a reference, never content."""

    notification_id: UUID
    person_id: UUID
    kind: Kind
    status: Status
    reference: str
    created_at: datetime
    delivered_at: datetime | None
    attempts: int


class ListingShown(BaseModel):
    """A part of the list, newest first."""

    notifications: list[NotificationShown]
    next_cursor: str


def routes(queries: Queries, gate: Gate) -> APIRouter:
    """Notification's routes."""
    router = APIRouter(prefix="/v1")
    allowed = gate.roles(Role.CASE_WORKER, Role.ON_CALL, Role.COUNCIL_ADMIN, Role.INTEGRATION_CLIENT)

    @router.get("/notifications", dependencies=[Depends(allowed)])
    async def list_notifications(
        limit: Annotated[int, Query(ge=1, le=HIGHEST_LIMIT)] = DEFAULT_LIMIT,
        cursor: Annotated[str, Query(description="The next_cursor of an earlier answer.")] = "",
    ) -> ListingShown:
        listing = await queries.notifications(limit, cursor)
        return ListingShown(notifications=[_shown(view) for view in listing.notifications], next_cursor=listing.next_cursor)

    return router


def _shown(view: NotificationView) -> NotificationShown:
    return NotificationShown(
        notification_id=view.notification_id, person_id=view.person_id, kind=view.kind, status=view.status, reference=view.reference,
        created_at=view.created_at, delivered_at=view.delivered_at, attempts=view.attempts,
    )  # fmt: skip
