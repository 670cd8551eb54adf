"""Tenancy's use cases, on fakes."""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest
from wardmote_tenancy.application.commands import (
    CreateTenant,
    IssueApiKey,
    Order,
    PutPerson,
    RevokeApiKey,
    SetTenantLimits,
    SetTenantStatus,
)
from wardmote_tenancy.application.handlers import Handlers
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.events import ApiKeyRevoked, PersonConfigured, TenancyEvent, TenantConfigured, TenantStatus
from wardmote_tenancy.domain.person import Particulars, Person
from wardmote_tenancy.domain.settings import IdentityProvider, Limits, TenantSettings
from wardmote_tenancy.domain.tenant import Tenant

from wardmote_kernel.errors import Conflict, Invalid, NotFound
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_runtime.tenancy import current_tenant, tenant_scope
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.ids import CountingIds

HERE, ELSEWHERE = TenantId(uuid4()), TenantId(uuid4())
PERSON = uuid4()
NORTHSHIRE = TenantSettings("northshire", "Northshire Council", Nation.ENGLAND, IdentityProvider("https://login.example", "wardmote"))
SOUTHSHIRE = replace(NORTHSHIRE, slug="southshire")
WORKER = (Role.CASE_WORKER,)


@dataclass
class Rows:
    """What one council has."""

    tenant: Tenant | None = None
    people: dict[UUID, Person] = field(default_factory=dict)
    particulars: dict[UUID, Particulars] = field(default_factory=dict)
    keys: dict[UUID, ApiKey] = field(default_factory=dict)
    orders: dict[str, tuple[bytes, UUID]] = field(default_factory=dict)
    facts: list[TenancyEvent] = field(default_factory=list)


class FakeUnit:
    """One transaction on one council's rows."""

    def __init__(self, rows: Rows, slugs: dict[str, TenantId]) -> None:
        self.rows = rows
        self._slugs = slugs

    async def done_before(self, order: Order) -> UUID | None:
        kept = self.rows.orders.get(order.request_id)
        if kept and kept[0] != order.fingerprint:
            raise Conflict("other request")
        return kept[1] if kept else None

    async def remember(self, order: Order, about: UUID) -> None:
        self.rows.orders[order.request_id] = (order.fingerprint, about)

    async def find_tenant(self) -> Tenant | None:
        kept = self.rows.tenant
        return Tenant(kept.tenant_id, kept.settings, kept.status, kept.version) if kept else None

    async def tenant(self) -> Tenant:
        tenant = await self.find_tenant()
        if tenant is None:
            raise NotFound("no council")
        return tenant

    async def add_tenant(self, tenant: Tenant) -> None:
        if self._slugs.setdefault(tenant.settings.slug, tenant.tenant_id) != tenant.tenant_id:
            raise Conflict("slug")
        await self.save_tenant(tenant)

    async def save_tenant(self, tenant: Tenant) -> None:
        self.rows.tenant = tenant
        self.rows.facts.extend(tenant.events)

    async def person(self, person_id: UUID) -> Person | None:
        return self.rows.people.get(person_id)

    async def person_of_subject(self, subject: str) -> Person | None:
        return next((person for person in self.rows.people.values() if person.subject == subject), None)

    async def save_person(self, person: Person, particulars: Particulars) -> None:
        self.rows.people[person.person_id] = person
        self.rows.particulars[person.person_id] = particulars

    async def erase_person(self, person: Person) -> None:
        self.rows.people[person.person_id] = person
        del self.rows.particulars[person.person_id]
        for request_id, (_, about) in self.rows.orders.items():
            if about == person.person_id:
                self.rows.orders[request_id] = (b"", about)

    async def api_key(self, key_id: UUID) -> ApiKey:
        if key_id not in self.rows.keys:
            raise NotFound("no key")
        return self.rows.keys[key_id]

    async def save_api_key(self, api_key: ApiKey) -> None:
        self.rows.keys[api_key.key_id] = api_key


class FakeSigner:
    def token_of(self, api_key: ApiKey) -> str:
        return f"token of {api_key.key_id}"


class House:
    """Two councils' rows; a unit that fails keeps nothing."""

    def __init__(self) -> None:
        self.councils = {HERE: Rows(), ELSEWHERE: Rows()}
        self.slugs: dict[str, TenantId] = {}

        @asynccontextmanager
        async def work() -> AsyncIterator[FakeUnit]:
            draft, slugs = copy.deepcopy(self.councils[current_tenant()]), dict(self.slugs)
            yield FakeUnit(draft, slugs)
            self.councils[current_tenant()], self.slugs = draft, slugs

        self.handlers = Handlers(work, FakeSigner(), StoppedClock(), CountingIds())

    @property
    def here(self) -> Rows:
        return self.councils[HERE]


def order(request_id: str | None = None, fingerprint: bytes = b"1") -> Order:
    return Order(request_id or str(uuid4()), fingerprint)


def put(roles: tuple[Role, ...] = WORKER, subject: str = "", *, again: Order | None = None, person_id: UUID = PERSON) -> PutPerson:
    particulars = Particulars("Robin", "robin@council.example") if roles else Particulars("")
    return PutPerson(again or order(), person_id, roles, subject, particulars)


@pytest.fixture
async def house() -> House:
    """Both councils are aboard."""
    made = House()
    for tenant, settings in ((HERE, NORTHSHIRE), (ELSEWHERE, SOUTHSHIRE)):
        with tenant_scope(tenant):
            await made.handlers.create_tenant(CreateTenant(order(), tenant, settings))
    return made


@pytest.fixture(autouse=True)
def in_this_council() -> object:
    with tenant_scope(HERE):
        yield


async def test_a_council_comes_aboard_once_for_its_request_and_once_for_its_id() -> None:
    house, request = House(), order()
    first = await house.handlers.create_tenant(CreateTenant(request, HERE, NORTHSHIRE))
    assert await house.handlers.create_tenant(CreateTenant(request, HERE, NORTHSHIRE)) == first
    assert await house.handlers.create_tenant(CreateTenant(order(), HERE, NORTHSHIRE)) == first
    assert [type(fact) for fact in house.here.facts] == [TenantConfigured]
    assert first.version == 1


async def test_a_repeated_creation_shows_the_council_as_it_is_now() -> None:
    house, request = House(), order()
    await house.handlers.create_tenant(CreateTenant(request, HERE, NORTHSHIRE))
    await house.handlers.set_tenant_status(SetTenantStatus(order(), TenantStatus.SUSPENDED))
    assert (await house.handlers.create_tenant(CreateTenant(request, HERE, NORTHSHIRE))).status is TenantStatus.SUSPENDED


async def test_the_same_id_or_request_for_another_council_is_refused(house: House) -> None:
    with pytest.raises(Conflict):
        await house.handlers.create_tenant(CreateTenant(order(), HERE, replace(NORTHSHIRE, name="Another")))
    await house.handlers.create_tenant(CreateTenant(order("r"), HERE, NORTHSHIRE))
    with pytest.raises(Conflict):
        await house.handlers.create_tenant(CreateTenant(order("r", b"2"), HERE, NORTHSHIRE))


async def test_a_taken_slug_is_refused_and_nothing_is_kept() -> None:
    house = House()
    await house.handlers.create_tenant(CreateTenant(order(), HERE, NORTHSHIRE))
    with tenant_scope(ELSEWHERE), pytest.raises(Conflict):
        await house.handlers.create_tenant(CreateTenant(order(), ELSEWHERE, NORTHSHIRE))
    assert house.councils[ELSEWHERE] == Rows()


async def test_a_wrong_council_is_not_kept() -> None:
    house = House()
    with pytest.raises(Invalid):
        await house.handlers.create_tenant(CreateTenant(order(), HERE, replace(NORTHSHIRE, slug="No")))
    assert house.here == Rows()


async def test_a_late_repeat_of_a_stop_does_not_stop_again(house: House) -> None:
    stop = SetTenantStatus(order(), TenantStatus.SUSPENDED)
    await house.handlers.set_tenant_status(stop)
    await house.handlers.set_tenant_status(SetTenantStatus(order(), TenantStatus.ACTIVE))
    assert (await house.handlers.set_tenant_status(stop)).status is TenantStatus.ACTIVE
    assert [fact.version for fact in house.here.facts] == [1, 2, 3]


async def test_a_late_repeat_of_a_limit_does_not_set_it_again(house: House) -> None:
    slow = SetTenantLimits(order(), Limits(6))
    assert (await house.handlers.set_tenant_limits(slow)).settings.limits == Limits(6)
    await house.handlers.set_tenant_limits(SetTenantLimits(order(), Limits(60)))
    assert (await house.handlers.set_tenant_limits(slow)).settings.limits == Limits(60)


async def test_an_unknown_council_cannot_be_stopped() -> None:
    with pytest.raises(NotFound):
        await House().handlers.set_tenant_status(SetTenantStatus(order(), TenantStatus.SUSPENDED))


async def test_a_person_is_registered_changed_and_made_known_by_id_and_role(house: House) -> None:
    assert (await house.handlers.put_person(put())).roles == WORKER
    await house.handlers.put_person(put(subject="sub-1"))
    await house.handlers.put_person(put((Role.ON_CALL,), "sub-1"))
    people = [(fact.version, fact.roles) for fact in house.here.facts if isinstance(fact, PersonConfigured)]
    assert people == [(2, WORKER), (3, (Role.ON_CALL,))]
    assert house.here.people[PERSON].subject == "sub-1"


async def test_a_late_repeat_does_not_undo_a_newer_order(house: House) -> None:
    first = put()
    await house.handlers.put_person(first)
    await house.handlers.put_person(put((Role.COUNCIL_ADMIN,)))
    assert (await house.handlers.put_person(first)).roles == (Role.COUNCIL_ADMIN,)


async def test_a_leaver_is_erased_and_a_late_repeat_does_not_bring_them_back(house: House) -> None:
    first, leave = put(subject="sub-1"), put(())
    await house.handlers.put_person(first)
    assert (await house.handlers.put_person(leave)).has_left
    assert (await house.handlers.put_person(leave)).has_left
    assert house.here.particulars == {}
    assert house.here.people[PERSON] == Person(PERSON, ())
    with pytest.raises(Conflict):
        await house.handlers.put_person(first)
    assert house.here.particulars == {}


async def test_leaving_again_is_no_news_and_coming_back_is(house: House) -> None:
    for command in (put(), put(()), put(()), put()):
        await house.handlers.put_person(command)
    people = [fact.roles for fact in house.here.facts if isinstance(fact, PersonConfigured)]
    assert people == [WORKER, (), WORKER]


async def test_a_subject_is_one_person(house: House) -> None:
    await house.handlers.put_person(put(subject="sub-1"))
    with pytest.raises(Conflict):
        await house.handlers.put_person(put(subject="sub-1", person_id=uuid4()))
    with tenant_scope(ELSEWHERE):
        await house.handlers.put_person(put(subject="sub-1", person_id=uuid4()))


async def test_another_councils_person_cannot_leave_from_here(house: House) -> None:
    with tenant_scope(ELSEWHERE):
        await house.handlers.put_person(put())
    with pytest.raises(NotFound) as foreign:
        await house.handlers.put_person(put(()))
    with pytest.raises(NotFound) as unknown:
        await house.handlers.put_person(put((), person_id=uuid4()))
    assert str(foreign.value) == str(unknown.value)
    assert house.councils[ELSEWHERE].people[PERSON].roles == WORKER


async def test_a_wrong_person_is_not_kept(house: House) -> None:
    with pytest.raises(Invalid):
        await house.handlers.put_person(put((Role.OPERATOR,)))
    assert house.here.people == {}


async def test_a_key_is_shown_once(house: House) -> None:
    command = IssueApiKey(order(), "Case system")
    issued = await house.handlers.issue_api_key(command)
    assert issued.token == f"token of {issued.api_key.key_id}"
    with pytest.raises(Conflict, match=str(issued.api_key.key_id)) as refused:
        await house.handlers.issue_api_key(command)
    assert issued.token not in str(refused.value)
    assert list(house.here.keys) == [issued.api_key.key_id]


async def test_a_key_is_revoked_once(house: House) -> None:
    key_id = (await house.handlers.issue_api_key(IssueApiKey(order(), "Case system"))).api_key.key_id
    assert (await house.handlers.revoke_api_key(RevokeApiKey(key_id))).is_revoked
    assert (await house.handlers.revoke_api_key(RevokeApiKey(key_id))).is_revoked
    assert [fact.key_id for fact in house.here.facts if isinstance(fact, ApiKeyRevoked)] == [key_id]


async def test_another_councils_key_cannot_be_revoked_from_here(house: House) -> None:
    with tenant_scope(ELSEWHERE):
        issued = await house.handlers.issue_api_key(IssueApiKey(order(), "Case system"))
    for key_id in (issued.api_key.key_id, uuid4()):
        with pytest.raises(NotFound, match="no key"):
            await house.handlers.revoke_api_key(RevokeApiKey(key_id))
    assert not house.councils[ELSEWHERE].keys[issued.api_key.key_id].is_revoked
