"""What waits in a service's queues, as the proof reads it: by place, by aggregate, and never another council's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote_kernel.errors import Invalid
from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.dead_letters import DeadLetters
from wardmote_runtime.inbox import Inbox, Incoming, Subscription
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.proof import Held, PostgresProofs, Question, Stage, State
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import WorkQueue, add_job
from wardmote_testkit.incidents import fact, incident_event, message

TOPIC = "incident-events"


class Desk:
    """A service with a fact on its way out, work, a dead letter and what is parked behind it."""

    def __init__(self, database: Database, tenant: TenantId) -> None:
        self.database, self.tenant = database, tenant
        self.proofs = PostgresProofs(database, {})
        self.incident, self.refused, self.job, self.sent = (uuid4() for _ in range(4))

    async def fill(self) -> None:
        inbox = Inbox(self.database, [Subscription(TOPIC, IncidentEvent)], Metrics(), Wake())
        events = [incident_event(self.tenant, self.refused, number=number) for number in (1, 2)]
        await inbox.take_in([self._incoming(events[0])])
        (piece,) = await WorkQueue(self.database).claim(ordinary=1, urgent=0, per_tenant=10)
        await WorkQueue(self.database).bury(piece, "INVALID")
        await inbox.take_in([self._incoming(events[1]), self._incoming(incident_event(self.tenant, self.incident))])
        with tenant_scope(self.tenant):
            async with self.database.tenant_transaction() as connection:
                await Outbox("test", Wake()).append(connection, [fact(TOPIC, incident_event(self.tenant, self.sent))])
                await add_job(connection, job_id=self.job, kind="deliver", key=str(self.job))

    def _incoming(self, event: IncidentEvent) -> Incoming:
        key, value, headers = message(TOPIC, event, self.tenant)
        return Incoming(TOPIC, 0, 0, key, value, headers)

    async def held(self, *ids: UUID, limit: int = 100, after: tuple[str, ...] = (), since: datetime | None = None) -> list[Held]:
        with tenant_scope(self.tenant):
            question = Question(Stage.WAITING, limit, after=after, ids=ids, **({"since": since} if since else {}))
            return list(await self.proofs.held(question))


@pytest.fixture
async def desk(database: Database, tenant: TenantId) -> Desk:
    made = Desk(database, tenant)
    await made.fill()
    return made


def places(held: list[Held]) -> set[tuple[UUID | None, str, str, str]]:
    return {(one.aggregate_id, str(one.state), one.kind, one.reason) for one in held}


async def test_everything_that_waits_is_told_with_its_place(desk: Desk) -> None:
    assert places(await desk.held()) == {
        (desk.sent, "outbox", TOPIC, ""),
        (desk.incident, "work", TOPIC, ""),
        (desk.job, "work", "deliver", ""),
        (desk.refused, "parked", TOPIC, ""),
        (desk.refused, "dead_letter", TOPIC, "INVALID"),
    }


async def test_only_what_is_about_the_ids_is_told(desk: Desk) -> None:
    assert {one.aggregate_id for one in await desk.held(desk.refused, desk.job, uuid4())} == {desk.refused, desk.job}
    assert await desk.held(uuid4()) == []


async def test_pages_hold_each_once(desk: Desk) -> None:
    found: list[Held] = []
    while page := await desk.held(limit=2, after=found[-1].place if found else ()):
        found += page
    assert len(found) == len({one.place for one in found}) == 5


async def test_the_time_narrows(desk: Desk) -> None:
    assert await desk.held(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert len(await desk.held(since=datetime.now(UTC) - timedelta(hours=1))) == 5


async def test_counts_and_the_oldest_of_each(desk: Desk) -> None:
    with tenant_scope(desk.tenant):
        counts = {one.state: (one.count, one.oldest_at is not None) for one in await desk.proofs.waiting()}
    assert counts == {State.OUTBOX: (1, True), State.WORK: (2, True), State.PARKED: (1, True), State.DEAD_LETTER: (1, True)}


async def test_a_released_dead_letter_is_named_as_one_and_no_longer_counted(desk: Desk) -> None:
    with tenant_scope(desk.tenant):
        letters = DeadLetters(desk.database, Wake())
        (one,) = await letters.list(1)
        await letters.release(one.event_id)
        counts = {one.state: one.count for one in await desk.proofs.waiting()}
    assert (counts[State.DEAD_LETTER], counts[State.PARKED]) == (0, 0)
    assert (desk.refused, "dead_letter", TOPIC, "INVALID (released)") in places(await desk.held(desk.refused))


async def test_only_what_waits_in_the_slower_lane_has_a_turn_to_come(desk: Desk) -> None:
    limit = "INSERT INTO tenant_copy (tenant_id, slug, reports_per_minute) VALUES (%s, 'northshire', 1)"
    with tenant_scope(desk.tenant):
        async with desk.database.tenant_transaction() as connection:
            await connection.execute(limit, [desk.tenant])
    inbox = Inbox(desk.database, [Subscription(TOPIC, IncidentEvent, may_wait=lambda _event: True)], Metrics(), Wake())
    first, second = uuid4(), uuid4()
    await inbox.take_in([desk._incoming(incident_event(desk.tenant, one)) for one in (first, second)])
    (slowed,) = await desk.held(second)
    assert slowed.state is State.WORK
    assert slowed.due_at is not None
    assert timedelta(seconds=30) < slowed.due_at - datetime.now(UTC) <= timedelta(minutes=1)
    assert [one.aggregate_id for one in await desk.held() if one.due_at is not None] == [second]
    with tenant_scope(desk.tenant):
        async with desk.database.tenant_transaction() as connection:
            await connection.execute("UPDATE work SET attempts = 1 WHERE key = %s", [f"{desk.tenant}/{second}"])
    assert [one.due_at for one in await desk.held(second)] == [None]  # it was tried: it waits for its next try, not for its turn


async def test_another_councils_queues_are_never_told(desk: Desk, other_tenant: TenantId) -> None:
    with tenant_scope(other_tenant):
        assert list(await desk.proofs.held(Question(Stage.WAITING, 100))) == []
        assert list(await desk.proofs.held(Question(Stage.WAITING, 100, ids=[desk.refused, desk.job]))) == []
        assert {one.count for one in await desk.proofs.waiting()} == {0}


async def test_a_stage_that_the_service_does_not_hold_is_refused(desk: Desk) -> None:
    with tenant_scope(desk.tenant), pytest.raises(Invalid):
        await desk.proofs.held(Question(Stage.ASSESSED, 100))
