"""Calls to the services of a running stack, as an operator, a case worker or a council's own software would make them."""

from typing import Any

import grpc

from wardmote.case_management.v1.case_management_service_pb2_grpc import CaseManagementServiceStub
from wardmote.classification.v1.classification_service_pb2_grpc import ClassificationServiceStub
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub
from wardmote.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from wardmote_local.addresses import Addresses

DEADLINE_S = 8.0


class Services:
    """A channel to each service that serves gRPC. Open until the end of the ``async with`` block."""

    def __init__(self, addresses: Addresses) -> None:
        names = ("tenancy", "intake", "classification", "case-management", "notification")
        self._channels = {name: grpc.aio.insecure_channel(addresses.grpc(name)) for name in names}
        self.tenancy: Any = TenancyServiceStub(self._channels["tenancy"])
        self.intake: Any = IntakeServiceStub(self._channels["intake"])
        self.classification: Any = ClassificationServiceStub(self._channels["classification"])
        self.case_management: Any = CaseManagementServiceStub(self._channels["case-management"])
        self.notification: Any = NotificationServiceStub(self._channels["notification"])

    async def __aenter__(self) -> "Services":
        return self

    async def __aexit__(self, *_error: object) -> None:
        for channel in self._channels.values():
            await channel.close(None)


async def call(method: Any, request: Any, token: str) -> Any:
    """The answer, with the token sent along."""
    return await method(request, timeout=DEADLINE_S, metadata=(("authorization", f"Bearer {token}"),))
