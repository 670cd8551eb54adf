"""What tenancy answered is used for a minute, by one council alone, and never when there was no answer."""

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID, uuid4

import grpc
import pytest
from wardmote_notification.adapters import contacts as adapter
from wardmote_notification.adapters.contacts import RECENT_SECONDS, TenancyContacts

from wardmote.tenancy.v1.tenancy_service_pb2 import BatchGetContactsRequest, BatchGetContactsResponse, Contact
from wardmote_kernel.errors import Unavailable
from wardmote_kernel.identity import TenantId
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.tenancy import current_tenant, tenant_scope


class Tenancy:
    """Fits ``Peer``; answers from memory, by council."""

    def __init__(self) -> None:
        self.channel = grpc.aio.insecure_channel("127.0.0.1:1")
        self.known: dict[tuple[TenantId, UUID], str] = {}
        self.asked = 0
        self.is_away = False

    async def call(self, _method: Any, request: BatchGetContactsRequest, *, deadline_s: float) -> BatchGetContactsResponse:
        self.asked += 1
        if self.is_away:
            raise grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), "", "")
        found = [(one, self.known.get((current_tenant(), UUID(one)))) for one in request.person_ids]
        return BatchGetContactsResponse(contacts=[Contact(person_id=one, email=email) for one, email in found if email])


class Desk:
    """The adapter with a clock of its own."""

    def __init__(self) -> None:
        self.tenancy, self.now = Tenancy(), 0.0
        self.contacts = TenancyContacts(cast(Peer, self.tenancy), lambda: self.now)

    def register(self, email: str, person_id: UUID | None = None) -> UUID:
        person_id = person_id or uuid4()
        self.tenancy.known[current_tenant(), person_id] = email
        return person_id


@pytest.fixture
async def desk() -> Desk:
    return Desk()


@pytest.fixture
def tenant() -> Iterator[TenantId]:
    with tenant_scope(uuid4()) as here:
        yield here


async def test_an_answer_is_used_for_a_minute(tenant: TenantId, desk: Desk) -> None:
    person = desk.register("one@council.example")
    assert desk.contacts.recent(person) is None
    assert await desk.contacts.current(person) == desk.contacts.recent(person) == "one@council.example"
    desk.now = RECENT_SECONDS - 0.001
    assert desk.contacts.recent(person) == "one@council.example"
    desk.now = RECENT_SECONDS
    assert desk.contacts.recent(person) is None


async def test_two_councils_may_have_one_id_for_different_people(tenant: TenantId, desk: Desk) -> None:
    person = desk.register("one@council.example")
    await desk.contacts.current(person)
    with tenant_scope(uuid4()):
        assert desk.contacts.recent(person) is None
        desk.register("other@council.example", person)
        assert await desk.contacts.current(person) == "other@council.example"
        desk.contacts.forget(person)
    assert desk.contacts.recent(person) == "one@council.example"


async def test_a_newer_answer_or_none_replaces_it(tenant: TenantId, desk: Desk) -> None:
    person = desk.register("one@council.example")
    await desk.contacts.current(person)
    desk.register("newer@council.example", person)
    await desk.contacts.current(person)
    assert desk.contacts.recent(person) == "newer@council.example"
    desk.tenancy.known.clear()
    assert await desk.contacts.current(person) is None
    assert desk.contacts.recent(person) is None


async def test_what_could_not_be_asked_is_not_remembered(tenant: TenantId, desk: Desk) -> None:
    person = desk.register("one@council.example")
    desk.tenancy.is_away = True
    with pytest.raises(Unavailable):
        await desk.contacts.current(person)
    assert desk.contacts.recent(person) is None


async def test_the_oldest_answer_is_forgotten_first(tenant: TenantId, desk: Desk) -> None:
    people = [desk.register(f"{number}@council.example") for number in range(adapter.MOST_RECENT + 1)]
    for person in people:
        await desk.contacts.current(person)
    assert desk.contacts.recent(people[0]) is None
    assert desk.contacts.recent(people[1]) == "1@council.example"
