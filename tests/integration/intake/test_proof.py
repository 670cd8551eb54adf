"""What intake tells of its reports for the proof: each accepted incident once, by time, and never another council's."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from wardmote_intake.adapters.postgres import PostgresReports, PostgresUnitOfWork
from wardmote_intake.adapters.proof import SHELVES
from wardmote_intake.adapters.turns import CouncilTurns
from wardmote_intake.application.commands import ItemDraft, SubmitReport
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.domain.events import UrgentSignalRaised

from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_runtime.database import Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.proof import Held, PostgresProofs, Question, Stage
from wardmote_runtime.sealing import FolderKeyring, Sealer
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.databases import make_service_database, open_database


class NoDanger:
    def danger_codes(self, text: str) -> list[str]:
        return []


class NoLine:
    async def raise_signal(self, signal: UrgentSignalRaised) -> bool:
        return True


class Desk:
    """Intake at a clock of its own."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self.clock = StoppedClock()
        reports, unit_of_work = PostgresReports(database, Outbox("intake", Wake()), sealer), PostgresUnitOfWork(database, sealer)
        turns = CouncilTurns(lambda _tenant: 0, self.clock)
        self.handlers = Handlers(reports, unit_of_work, NoDanger(), NoLine(), turns, self.clock, RandomIds(self.clock))
        self.proofs = PostgresProofs(database, SHELVES)

    async def submit(self, tenant: TenantId) -> UUID:
        command = SubmitReport(str(uuid4()), b"1", TargetRole.COUNCILLOR, [ItemDraft(Channel.EMAIL, "Words.")])
        with tenant_scope(tenant):
            return (await self.handlers.submit_report(command)).incident_id

    async def received(
        self, tenant: TenantId, *, limit: int = 100, after: tuple[str, ...] = (), ids: tuple[UUID, ...] = (), **times: datetime
    ) -> list[Held]:
        with tenant_scope(tenant):
            return list(await self.proofs.held(Question(Stage.RECEIVED, limit, after=after, ids=ids, **times)))


@pytest.fixture(scope="module")
async def database(postgres_server: str) -> AsyncIterator[Database]:
    async with open_database(make_service_database(postgres_server, "intake")) as opened:
        yield opened


@pytest.fixture
def desk(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(database, Sealer(FolderKeyring(tmp_path_factory.mktemp("keyring"))))


async def test_pages_hold_every_incident_once_with_its_time(desk: Desk) -> None:
    tenant = TenantId(uuid4())
    incidents = [await desk.submit(tenant) for _ in range(5)]
    found: list[Held] = []
    while page := await desk.received(tenant, limit=2, after=found[-1].place if found else ()):
        found += page
    assert sorted(one.incident_id for one in found if one.incident_id) == sorted(incidents)
    assert {one.at for one in found} == {desk.clock.now()}


async def test_the_time_narrows_to_the_moment(desk: Desk) -> None:
    tenant, start = TenantId(uuid4()), desk.clock.now()
    early = await desk.submit(tenant)
    middle = desk.clock.advance(timedelta(hours=2))
    late = await desk.submit(tenant)
    assert [one.incident_id for one in await desk.received(tenant, since=middle)] == [late]
    assert [one.incident_id for one in await desk.received(tenant, since=start, until=middle)] == [early]
    assert [one.incident_id for one in await desk.received(tenant, since=start)] == [early, late]
    assert await desk.received(tenant, since=middle + timedelta(microseconds=1)) == []


async def test_only_the_ids_that_were_asked_for(desk: Desk) -> None:
    tenant = TenantId(uuid4())
    first, _ = await desk.submit(tenant), await desk.submit(tenant)
    assert [one.incident_id for one in await desk.received(tenant, ids=(first, uuid4()))] == [first]


async def test_another_councils_incidents_are_never_told(desk: Desk) -> None:
    here, elsewhere = TenantId(uuid4()), TenantId(uuid4())
    incident = await desk.submit(here)
    assert await desk.received(elsewhere) == await desk.received(elsewhere, ids=(incident,)) == []
