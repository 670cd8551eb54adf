"""Sends the demo reports to both demo councils, as a council's own software would, and tells what became of them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

import grpc
import httpx2

from wardmote.case_management.v1.case_management_service_pb2 import GetCaseRequest
from wardmote.case_management.v1.case_pb2 import Case
from wardmote.event.v1.taxonomy_pb2 import Outcome, Severity
from wardmote_kernel.taxonomy import Role
from wardmote_local.addresses import Addresses
from wardmote_local.calls import Services, call
from wardmote_local.councils import COUNCILS, DemoCouncil
from wardmote_local.keys import Keys
from wardmote_local.reports import REPORTS, DemoReport
from wardmote_local.servers.errors import LocalError
from wardmote_local.status import case_url

ASK_EVERY_S = 0.05
DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class Became:
    """A report and the case it became."""

    council: str
    kind: str
    is_urgent: bool
    severity: str
    outcome: str
    link: str


async def run_demo(addresses: Addresses, keys: Keys, api_keys: Mapping[str, str], tell: Callable[[str], None]) -> list[Became]:
    """Sends them, one after the other within a council, and waits for the cases.

    Raises:
        LocalError: a report was refused, or did not become a case in time.
    """
    async with Services(addresses) as services, httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        sender = ReportSender(client, addresses)
        receipts = [
            (council, report, await sender.send(api_keys[council.slug], report.body())) for council in COUNCILS for report in REPORTS
        ]
        tell(f"Sent {len(receipts)} reports. Waiting for their cases.")
        tokens = {
            council.slug: keys.token("console", council.people[0].subject, Role.CASE_WORKER, council.tenant_id) for council in COUNCILS
        }
        cases = [await case_of(services, tokens[council.slug], receipt["incident_id"]) for council, _, receipt in receipts]
    return [_became(council, report, receipt, case, addresses) for (council, report, receipt), case in zip(receipts, cases, strict=True)]


class ReportSender:
    """Sends reports by REST."""

    def __init__(self, client: httpx2.AsyncClient, addresses: Addresses) -> None:
        self._client = client
        self._url = f"{addresses.rest('intake')}/v1/reports"

    async def send(self, api_key: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The receipt.

        Raises:
            LocalError: intake did not take it; says what it answered.
        """
        headers = {"Authorization": f"Bearer {api_key}", "Idempotency-Key": str(uuid4())}
        try:
            answer = await self._client.post(self._url, json=body, headers=headers)
        except httpx2.HTTPError as error:
            raise LocalError(f"Intake does not answer: {type(error).__name__}.", "Look: wardmote local status") from error
        if answer.status_code != httpx2.codes.CREATED:
            raise LocalError(f"Intake refused a report: {answer.status_code} {answer.text[:300]}", "Look: wardmote local logs intake")
        receipt: dict[str, Any] = answer.json()
        return receipt


async def case_of(services: Services, token: str, incident_id: str, ask_every_s: float = ASK_EVERY_S) -> Case:
    """The case that holds the incident, as soon as there is one.

    Raises:
        LocalError: there is none in time.
    """
    end = monotonic() + DEADLINE_S
    request = GetCaseRequest(incident_id=incident_id)
    while True:
        try:
            found: Case = (await call(services.case_management.GetCase, request, token)).case
            return found
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise LocalError(f"Case-management answered {error.code().name}.", "Look: wardmote local logs case-management") from error
        if monotonic() > end:
            raise LocalError(f"A report is no case after {DEADLINE_S:.0f} s.", "Look: wardmote local logs")
        await asyncio.sleep(ask_every_s)


def _became(council: DemoCouncil, report: DemoReport, receipt: Mapping[str, Any], case: Case, addresses: Addresses) -> Became:
    return Became(
        council=council.name,
        kind=report.kind,
        is_urgent=bool(receipt["is_urgent"]),
        severity=Severity.Name(case.severity).removeprefix("SEVERITY_"),
        outcome=Outcome.Name(case.suggested_outcome).removeprefix("OUTCOME_").lower().replace("_", " "),
        link=case_url(addresses, council.slug, case.reference),
    )
