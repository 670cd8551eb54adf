"""Waits until every service knows the demo councils: each keeps its own copy, and tenancy's facts travel over Kafka."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any
from uuid import uuid4

import grpc

from wardmote.case_management.v1.case_management_service_pb2 import ListCasesRequest
from wardmote.classification.v1.classification_service_pb2 import GetAssessmentRequest
from wardmote.intake.v1.intake_service_pb2 import GetReportRequest
from wardmote.notification.v1.notification_service_pb2 import ListNotificationsRequest
from wardmote_kernel.taxonomy import Role
from wardmote_local.calls import Services, call
from wardmote_local.councils import DemoCouncil
from wardmote_local.keys import Keys
from wardmote_local.servers.errors import LocalError

ASK_EVERY_S = 0.05
DEADLINE_S = 60.0
_NOT_YET = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
"""A service that does not know the caller's council answers UNAUTHENTICATED, before it looks at anything else."""


async def wait_until_known(services: Services, keys: Keys, councils: Sequence[DemoCouncil], require_alive: Callable[[], None]) -> None:
    """Returns when each service lets each council's case workers in.

    Raises:
        LocalError: one does not in time; names it.
    """
    unknown = str(uuid4())
    questions = {
        "intake": (services.intake.GetReport, GetReportRequest(report_id=unknown)),
        "classification": (services.classification.GetAssessment, GetAssessmentRequest(incident_id=unknown)),
        "case-management": (services.case_management.ListCases, ListCasesRequest(limit=1)),
        "notification": (services.notification.ListNotifications, ListNotificationsRequest(limit=1)),
    }
    end = monotonic() + DEADLINE_S
    for council in councils:
        token = keys.token("console", "local-stack", Role.CASE_WORKER, council.tenant_id)
        for name, (method, request) in questions.items():
            while not await _knows(method, request, token):
                require_alive()
                if monotonic() > end:
                    raise LocalError(f"{name} does not know {council.name} after {DEADLINE_S:.0f} s.", "Look into `wardmote local logs`.")
                await asyncio.sleep(ASK_EVERY_S)


async def _knows(method: Any, request: Any, token: str) -> bool:
    try:
        await call(method, request, token)
    except grpc.aio.AioRpcError as error:
        return error.code() not in _NOT_YET
    return True
