"""Measures how long it takes from a report accepted to its case in the list, and where the time goes."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from time import time_ns

import httpx2

from wardmote.case_management.v1.case_management_service_pb2 import ListCasesRequest
from wardmote_kernel.taxonomy import Role
from wardmote_local.addresses import Addresses
from wardmote_local.calls import Services, call
from wardmote_local.councils import DemoCouncil
from wardmote_local.demo import ReportSender, case_of
from wardmote_local.keys import Keys
from wardmote_local.servers.errors import LocalError

AT_ONCE = 4
ASK_EVERY_S = 0.005
BODY = {
    "target_role": "councillor",
    "items": [{"channel": "email", "text": "You have let this ward down again, and I will say so at the next meeting."}],
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One report. Times are Unix times in nanoseconds, as in traces."""

    incident_id: str
    sent_ns: int
    accepted_ns: int
    visible_ns: int

    @property
    def accepted_to_visible_ms(self) -> float:
        return (self.visible_ns - self.accepted_ns) / 1e6


async def measure(addresses: Addresses, keys: Keys, council: DemoCouncil, api_key: str, count: int) -> list[Sample]:
    """Sends ``count`` reports, four at once, each loop waiting for its case before it sends the next."""
    numbers = iter(range(count))
    token = keys.token("console", council.people[0].subject, Role.CASE_WORKER, council.tenant_id)
    async with Services(addresses) as services, httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        loop = _Loop(services, ReportSender(client, addresses), token, api_key)
        found = await asyncio.gather(*(loop.run(numbers) for _ in range(AT_ONCE)))
        await _require_listed(services, token)
    return [sample for samples in found for sample in samples]


class _Loop:
    """Closed: the next report is sent when the last one's case is there."""

    def __init__(self, services: Services, sender: ReportSender, token: str, api_key: str) -> None:
        self._services = services
        self._sender = sender
        self._token = token
        self._api_key = api_key

    async def run(self, numbers: Iterator[int]) -> list[Sample]:
        return [await self._one() for _ in numbers]

    async def _one(self) -> Sample:
        sent = time_ns()
        receipt = await self._sender.send(self._api_key, BODY)
        accepted = time_ns()
        await case_of(self._services, self._token, receipt["incident_id"], ASK_EVERY_S)
        return Sample(receipt["incident_id"], sent, accepted, time_ns())


async def _require_listed(services: Services, token: str) -> None:
    """A case that GetCase gives stands in the list too: both read the same row."""
    listed = await call(services.case_management.ListCases, ListCasesRequest(limit=1), token)
    if not listed.cases:
        raise LocalError("The list of cases is empty.", "Look: wardmote local logs case-management")


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile.

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5)
    2.0
    """
    ranked = sorted(values)
    return ranked[max(0, ceil(len(ranked) * share) - 1)]
