"""What notification tells for the proof: who was told of a case's opening and how that stands, and never another council's."""

from uuid import UUID, uuid4

import pytest
from wardmote_notification.adapters.postgres import PostgresUnitOfWork
from wardmote_notification.adapters.proof import SHELVES
from wardmote_notification.domain.events import FailureReason
from wardmote_notification.domain.notification import Kind, Notification
from wardmote_notification.domain.roster import Recipient

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.proof import Held, PostgresProofs, Question, Stage, State
from wardmote_runtime.tenancy import tenant_scope

CLOCK = SystemClock()
IDS = RandomIds(CLOCK)


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(uuid4())


async def told(database: Database, tenant: TenantId, *ids: UUID, stage: Stage = Stage.NOTIFIED) -> list[Held]:
    with tenant_scope(tenant):
        return list(await PostgresProofs(database, SHELVES).held(Question(stage, 100, ids=ids)))


async def add(unit_of_work: PostgresUnitOfWork, tenant: TenantId, case_id: UUID, kind: Kind = Kind.CASE_OPENED, ends: str = "") -> UUID:
    notification = Notification(IDS.new_id(), uuid4(), kind, case_id, "7K3M-P2QX", CLOCK.now())
    with tenant_scope(tenant):
        async with unit_of_work() as unit:
            await unit.add([notification])
            if ends == "delivered":
                notification.deliver(uuid4(), CLOCK.now())
            elif ends == "failed":
                notification.fail(uuid4(), CLOCK.now(), FailureReason.GAVE_UP)
            if ends:
                await unit.end(notification)
    return notification.person_id


@pytest.mark.parametrize(("ends", "state"), [("", State.UNDELIVERED), ("delivered", State.DELIVERED), ("failed", State.FAILED)])
async def test_how_it_stands_is_told(
    database: Database, unit_of_work: PostgresUnitOfWork, tenant: TenantId, ends: str, state: State
) -> None:
    case_id = uuid4()
    person = await add(unit_of_work, tenant, case_id, ends=ends)
    (one,) = await told(database, tenant, case_id)
    assert (one.case_id, one.person_id, one.state) == (case_id, person, state)
    assert one.notification_id is not None


async def test_growth_and_pages_prove_nothing_of_an_opening(database: Database, unit_of_work: PostgresUnitOfWork, tenant: TenantId) -> None:
    case_id = uuid4()
    for kind in (Kind.INCIDENT_ATTACHED, Kind.PAGE):
        await add(unit_of_work, tenant, case_id, kind)
    assert await told(database, tenant) == []


async def test_case_workers_are_told_and_nobody_else(database: Database, unit_of_work: PostgresUnitOfWork, tenant: TenantId) -> None:
    worker = uuid4()
    with tenant_scope(tenant):
        async with unit_of_work() as unit:
            await unit.put_recipient(Recipient(worker, frozenset({"case_worker", "on_call"})))
            await unit.put_recipient(Recipient(uuid4(), frozenset({"on_call"})))
    assert [one.person_id for one in await told(database, tenant, stage=Stage.CASE_WORKER)] == [worker]


async def test_another_councils_people_and_notifications_are_never_told(
    database: Database, unit_of_work: PostgresUnitOfWork, tenant: TenantId
) -> None:
    case_id, elsewhere = uuid4(), TenantId(uuid4())
    await add(unit_of_work, tenant, case_id)
    with tenant_scope(tenant):
        async with unit_of_work() as unit:
            await unit.put_recipient(Recipient(uuid4(), frozenset({"case_worker"})))
    assert await told(database, elsewhere) == await told(database, elsewhere, case_id) == []
    assert await told(database, elsewhere, stage=Stage.CASE_WORKER) == []
