"""Invented councils, brought aboard through tenancy's own API. No council or person here is real."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

from tests.chaos.stack import ChaosStack
from wardmote.tenancy.v1 import tenancy_service_pb2 as wire
from wardmote_kernel.taxonomy import Role
from wardmote_local.calls import Services, call
from wardmote_local.councils import DemoCouncil, DemoPerson
from wardmote_local.delivered import wait_until_delivered
from wardmote_local.loading import create_tenant, put_person

AT_ONCE = 8
ISSUER = "http://127.0.0.1/nobody-signs-in-here"


@dataclass(frozen=True, slots=True)
class Council:
    """A council that reports."""

    tenant_id: UUID
    api_key: str


async def load_councils(stack: ChaosStack, count: int) -> list[Council]:
    """Returns when every service knows them. Each has one case worker, who is on call too."""
    waiting = iter(range(count))
    async with Services(stack.addresses) as services:
        found = await asyncio.gather(*(_load_some(stack, services, waiting) for _ in range(AT_ONCE)))
    await wait_until_delivered(stack.postgres.admin_dsn, stack.kafka.bootstrap, lambda: None)
    return [council for some in found for council in some]


async def _load_some(stack: ChaosStack, services: Services, numbers: Iterator[int]) -> list[Council]:
    return [await load_one(stack, services, number) for number in numbers]


async def load_one(stack: ChaosStack, services: Services, number: int) -> Council:
    """Council ``number``."""
    council = _invented(number)
    await call(services.tenancy.CreateTenant, create_tenant(council, ISSUER), stack.keys.token("operator", "chaos", Role.OPERATOR, None))
    own = stack.keys.token("operator", "chaos", Role.OPERATOR, council.tenant_id)
    for person in council.people:
        await call(services.tenancy.PutPerson, put_person(council, person), own)
    issued = await call(services.tenancy.IssueApiKey, wire.IssueApiKeyRequest(request_id=str(uuid4()), label="Chaos"), own)
    return Council(council.tenant_id, issued.token)


def _invented(number: int) -> DemoCouncil:
    slug = f"council-{number}"
    officer = DemoPerson(uuid4(), f"Officer {number}", "officer", f"officer@{slug}.example", (Role.CASE_WORKER, Role.ON_CALL))
    return DemoCouncil(uuid4(), slug, f"Invented Council {number}", "ENGLAND", "#1d5f4a", f"help@{slug}.example", (officer,))
