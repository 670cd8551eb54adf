"""Brings many invented councils aboard through tenancy's own API, several at once, as an operator's import would."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import UUID, uuid4

from tests.load.job import Sender
from tests.load.own_stack import OwnStack
from wardmote.tenancy.v1 import tenancy_service_pb2 as wire
from wardmote_kernel.taxonomy import Role
from wardmote_local.calls import Services, call
from wardmote_local.councils import DemoCouncil, DemoPerson
from wardmote_local.delivered import wait_until_delivered
from wardmote_local.loading import REPORTS_PER_MINUTE, create_tenant, put_person, set_limit

AT_ONCE = 16
_STEMS = ("Ash", "Beck", "Coll", "Dun", "Elm", "Fen", "Glen", "Holm", "Ives", "Kirk", "Lang", "Mill", "North", "Oak", "Pen", "Quern")
_ENDS = ("bourne", "combe", "dale", "ford", "gate", "ham", "hurst", "ley", "mere", "stead", "ton", "wick", "worth")


@dataclass(frozen=True, slots=True)
class Council:
    """A loaded council."""

    tenant_id: UUID
    api_key: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The councils and what bringing them aboard took."""

    councils: Sequence[Council]
    accepted_s: float
    """Until tenancy had taken every order."""
    known_s: float
    """Until every service had taken in every fact about them."""


async def load_councils(stack: OwnStack, count: int) -> Loaded:
    """``count`` councils with one case worker each, who is on call too."""
    began = monotonic()
    waiting = iter(range(count))
    async with Services(stack.addresses) as services:
        found = await asyncio.gather(*(_load_some(stack, services, waiting) for _ in range(AT_ONCE)))
    accepted = monotonic() - began
    await wait_until_delivered(stack.postgres, stack.kafka, lambda: None)
    return Loaded([council for some in found for council in some], accepted, monotonic() - began)


async def _load_some(stack: OwnStack, services: Services, numbers: Iterator[int]) -> list[Council]:
    return [await _load(stack, services, number) for number in numbers]


async def _load(stack: OwnStack, services: Services, number: int) -> Council:
    council = invented(number)
    order = create_tenant(council, stack.addresses.issuer("northshire"))
    await call(services.tenancy.CreateTenant, order, stack.keys.token("operator", "load", Role.OPERATOR, None))
    await set_limit_of(stack, services, council.tenant_id, REPORTS_PER_MINUTE)
    own = stack.keys.token("operator", "load", Role.OPERATOR, council.tenant_id)
    for person in council.people:
        await call(services.tenancy.PutPerson, put_person(council, person), own)
    issued = await call(services.tenancy.IssueApiKey, wire.IssueApiKeyRequest(request_id=str(uuid4()), label="Load"), own)
    return Council(council.tenant_id, issued.token)


async def set_limit_of(stack: OwnStack, services: Services, tenant: UUID, reports_per_minute: int) -> None:
    """Changes how much a council may report before its work waits."""
    order = set_limit(tenant, reports_per_minute)
    order.request_id = str(uuid4())  # A limit that comes back is a new order.
    await call(services.tenancy.SetTenantLimits, order, stack.keys.token("operator", "load", Role.OPERATOR, None))


def invented(number: int) -> DemoCouncil:
    """Council ``number``: its slug is another in every run, so that a stack that runs already can be loaded again."""
    name = f"{_STEMS[number % len(_STEMS)]}{_ENDS[number // len(_STEMS) % len(_ENDS)]}"
    slug = f"{name.lower()}-{uuid4().hex[:8]}"
    officer = DemoPerson(uuid4(), f"Officer {number}", "officer", f"officer@{slug}.example", (Role.CASE_WORKER, Role.ON_CALL))
    nation = ("ENGLAND", "WALES")[number % 2]
    return DemoCouncil(uuid4(), slug, f"{name} Council", nation, "#1d5f4a", f"help@{slug}.example", (officer,))


def senders_of(stack: OwnStack, councils: Sequence[Council]) -> list[Sender]:
    """Credentials for the next ten minutes."""
    return [Sender(council.api_key, stack.keys.token("console", "officer", Role.CASE_WORKER, council.tenant_id)) for council in councils]
