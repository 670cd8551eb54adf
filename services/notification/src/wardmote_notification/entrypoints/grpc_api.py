"""Notification's RPCs: parse, order, answer."""

from typing import Any

from wardmote.notification.v1 import notification_service_pb2 as wire
from wardmote.notification.v1.notification_service_pb2_grpc import NotificationServiceServicer
from wardmote_kernel.taxonomy import Role
from wardmote_notification.adapters.wire import listing_to_wire, raise_signal_of
from wardmote_notification.application.handlers import Handlers
from wardmote_notification.application.ports import Measures
from wardmote_notification.application.queries import Queries
from wardmote_runtime.interceptors import Rights

SERVICE = "wardmote.notification.v1.NotificationService"

RIGHTS: Rights = {
    f"/{SERVICE}/RaiseUrgentSignal": frozenset({Role.SERVICE}),
    f"/{SERVICE}/ListNotifications": frozenset({Role.CASE_WORKER, Role.ON_CALL, Role.COUNCIL_ADMIN, Role.INTEGRATION_CLIENT}),
}


class NotificationApi(NotificationServiceServicer):
    """The gRPC face of the handlers."""

    def __init__(self, handlers: Handlers, queries: Queries, measures: Measures) -> None:
        self._handlers = handlers
        self._queries = queries
        self._measures = measures

    async def RaiseUrgentSignal(  # noqa: N802
        self, request: wire.RaiseUrgentSignalRequest, context: Any
    ) -> wire.RaiseUrgentSignalResponse:
        outcome = await self._handlers.raise_signal(raise_signal_of(request))
        self._measures.signal("rpc", outcome)
        return wire.RaiseUrgentSignalResponse(is_first=outcome.is_first)

    async def ListNotifications(  # noqa: N802
        self, request: wire.ListNotificationsRequest, context: Any
    ) -> wire.ListNotificationsResponse:
        return listing_to_wire(await self._queries.notifications(request.limit, request.cursor))
