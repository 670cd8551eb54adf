"""Dead letters are listed without content, replayed in their old place with the same event id, or released."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote_kernel.errors import NotFound
from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.dead_letters import DeadLetters
from wardmote_runtime.inbox import Inbox, Incoming, Subscription
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import WorkQueue, settle
from wardmote_testkit.incidents import incident_event, message

TOPIC = "incident-events"


class Desk:
    """A service with one incident of three facts, the first of which is refused."""

    def __init__(self, database: Database, tenant: TenantId) -> None:
        self.database, self.tenant = database, tenant
        self.queue = WorkQueue(database)
        self.inbox = Inbox(database, [Subscription(TOPIC, IncidentEvent)], Metrics(), Wake())
        self.dead_letters = DeadLetters(database, Wake())
        self.incident = uuid4()
        self.events = [incident_event(tenant, self.incident, number=number) for number in (1, 2, 3)]

    async def take_in(self, *events: IncidentEvent) -> None:
        batch = []
        for place, event in enumerate(events):
            key, value, headers = message(TOPIC, event, self.tenant)
            batch.append(Incoming(TOPIC, 0, place, key, value, headers))
        await self.inbox.take_in(batch)

    async def refuse_next(self) -> UUID:
        (piece,) = await self.queue.claim(ordinary=1, urgent=0, per_tenant=10)
        await self.queue.bury(piece, "INVALID")
        return piece.ref.event_id

    async def do_all(self) -> list[int]:
        """Does whatever may be done; gives the numbers of the facts in the order in which they were done."""
        done = []
        while pieces := await self.queue.claim(ordinary=10, urgent=0, per_tenant=10):
            for piece in pieces:
                work = await self.queue.read(piece)
                with tenant_scope(self.tenant):
                    async with self.database.tenant_transaction() as connection:
                        await settle(connection, work.ref)
                done.append(IncidentEvent.FromString(work.value).metadata.aggregate_version)
        return done


@pytest.fixture
async def desk(database: Database, tenant: TenantId) -> AsyncIterator[Desk]:
    made = Desk(database, tenant)
    with tenant_scope(tenant):
        yield made


async def test_a_list_says_why_and_what_waits_and_not_what_it_carries(desk: Desk) -> None:
    await desk.take_in(*desk.events)
    refused = await desk.refuse_next()
    (one,) = await desk.dead_letters.list(10)
    assert (one.event_id, one.kind, one.reason, one.fact, one.parked) == (refused, TOPIC, "INVALID", "IncidentReported", 2)
    assert not hasattr(one, "value")
    assert await desk.do_all() == []


async def test_one_is_shown_with_its_origin_and_what_waits_behind_it_and_not_what_it_carries(desk: Desk) -> None:
    await desk.take_in(*desk.events)
    refused = await desk.refuse_next()
    shown = await desk.dead_letters.show(refused)
    assert (shown.dead_letter.event_id, shown.dead_letter.parked, shown.source) == (refused, 2, "/wardmote/test")
    assert [one.fact for one in shown.parked] == ["IncidentReported", "IncidentReported"]
    assert shown.size == len(desk.events[0].SerializeToString())
    assert not hasattr(shown, "value")


async def test_a_dead_letter_of_another_council_is_none(desk: Desk) -> None:
    await desk.take_in(*desk.events)
    refused = await desk.refuse_next()
    with tenant_scope(TenantId(uuid4())), pytest.raises(NotFound):
        await desk.dead_letters.show(refused)
    with pytest.raises(NotFound):
        await desk.dead_letters.show(uuid4())


async def test_a_replay_comes_before_what_was_parked_with_its_event_id(desk: Desk) -> None:
    await desk.take_in(*desk.events[:2])
    refused = await desk.refuse_next()
    await desk.take_in(desk.events[2])
    assert await desk.dead_letters.replay([refused]) == 1
    assert await desk.do_all() == [1, 2, 3]
    assert await desk.dead_letters.list(10) == []


async def test_all_are_replayed_in_order(desk: Desk) -> None:
    await desk.take_in(*desk.events)
    await desk.refuse_next()
    assert await desk.dead_letters.replay() == 1
    assert await desk.do_all() == [1, 2, 3]


async def test_a_replayed_event_that_arrives_again_from_kafka_is_still_a_duplicate(desk: Desk) -> None:
    await desk.take_in(desk.events[0])
    await desk.dead_letters.replay([await desk.refuse_next()])
    await desk.take_in(desk.events[0])
    assert await desk.do_all() == [1]


async def test_a_release_lets_the_rest_go_on_and_keeps_the_record(desk: Desk) -> None:
    await desk.take_in(*desk.events)
    refused = await desk.refuse_next()
    assert await desk.dead_letters.release(refused) == 2
    assert await desk.do_all() == [2, 3]
    (one,) = await desk.dead_letters.list(10)
    assert one.released_at is not None
    await desk.take_in(incident_event(desk.tenant, desk.incident, number=4))
    assert await desk.do_all() == [4]
    with pytest.raises(NotFound):
        await desk.dead_letters.release(refused)


async def test_another_councils_dead_letter_is_unknown(desk: Desk, other_tenant: TenantId) -> None:
    await desk.take_in(desk.events[0])
    refused = await desk.refuse_next()
    with tenant_scope(other_tenant):
        assert await desk.dead_letters.list(10) == []
        assert await desk.dead_letters.replay([refused]) == 0
        with pytest.raises(NotFound):
            await desk.dead_letters.release(refused)


async def test_undecodable_events_park_what_follows_and_keep_their_place(desk: Desk, addresses: ServiceDatabase) -> None:
    key, _, headers = message(TOPIC, desk.events[0], desk.tenant)
    await desk.inbox.take_in([Incoming(TOPIC, 0, 0, key, b"\xff", headers)])
    await desk.take_in(desk.events[1])
    (one,) = await desk.dead_letters.list(10)
    assert (one.reason, one.parked) == ("value-not-decodable", 1)
    assert await desk.do_all() == []
    await desk.dead_letters.release(one.event_id)
    assert await desk.do_all() == [2]
