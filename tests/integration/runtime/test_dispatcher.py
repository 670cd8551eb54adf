"""The dispatcher: what becomes of each way in which work can end, and when it gives up."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from structlog.testing import capture_logs

from wardmote_kernel.errors import AlreadyHandled, IllegalTransition, Invalid, Violation
from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.dispatcher import FLOOD, URGENT_SLOTS, Dispatcher
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.telemetry import FileSpanExporter, Telemetry
from wardmote_runtime.tenancy import current_tenant, tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import Claimed, Work, WorkQueue, add_job, settle
from wardmote_testkit.databases import make_service_database
from wardmote_testkit.wait import eventually

WORDS = "I know where you live"
Handler = Callable[[Work], Awaitable[None]]


class Bench:
    """A dispatcher on a database, with what a test looks at."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.metrics, self.wake = database, Metrics(), Wake()
        self.trace_file = folder / "spans.jsonl"
        self.telemetry = Telemetry("test", FileSpanExporter(self.trace_file))
        self.gave_up = 0
        self.done: list[tuple[TenantId, str]] = []

    def give_up(self) -> None:
        self.gave_up += 1

    async def add(self, tenant: TenantId, *kinds: str, key: str = "", is_urgent: bool = False) -> None:
        with tenant_scope(tenant):
            async with self.database.tenant_transaction() as connection:
                for kind in kinds:
                    await add_job(connection, job_id=uuid4(), kind=kind, key=key or str(uuid4()), is_urgent=is_urgent)

    async def finish(self, work: Work) -> None:
        async with self.database.tenant_transaction() as connection:
            await settle(connection, work.ref)
        self.done.append((current_tenant(), work.ref.kind))

    @asynccontextmanager
    async def running(
        self, handlers: Mapping[str, Handler], *, concurrency: int = 4, queue: WorkQueue | None = None
    ) -> AsyncIterator[Dispatcher]:
        dispatcher = Dispatcher(
            queue or WorkQueue(self.database), {"good": self.finish, **handlers}, concurrency=concurrency, per_tenant=100,
            metrics=self.metrics, telemetry=self.telemetry, wake=self.wake, give_up=self.give_up,
        )  # fmt: skip
        await dispatcher.start()
        try:
            yield dispatcher
        finally:
            await dispatcher.stop()

    async def has_ended(self, count: int) -> bool:
        return sum(self.ended().values()) >= count

    def ended(self) -> dict[tuple[str, str], float]:
        return {
            (sample.labels["kind"], sample.labels["result"]): sample.value
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name == "wardmote_work_ended_total"
        }

    async def count(self, tenant: TenantId, table: str) -> int:
        with tenant_scope(tenant):
            async with self.database.tenant_transaction() as connection:
                row = await (await connection.execute(f"SELECT count(*) AS n FROM {table}")).fetchone()
        assert row is not None
        return int(row["n"])


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here."""
    return make_service_database(postgres_server, "intake")


@pytest.fixture(autouse=True)
def empty(addresses: ServiceDatabase, postgres_server: str) -> None:
    """A claim looks at all councils: each test begins with an empty queue."""
    with psycopg.connect(postgres_server, dbname=conninfo_to_dict(addresses.app_url)["dbname"]) as connection:
        connection.execute("TRUNCATE work, dead_letter")


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(database, tmp_path)


def raising(fault: BaseException) -> Handler:
    async def handler(_work: Work) -> None:
        raise fault

    return handler


async def test_each_way_to_end_has_its_verdict(bench: Bench, tenant: TenantId) -> None:
    handlers = {
        "wrong": raising(Invalid(Violation("a", "wrong"))),
        "illegal": raising(IllegalTransition("It is closed.")),
        "fault": raising(ValueError(WORDS)),
        "done-elsewhere": raising(AlreadyHandled("Done.")),
        "away": raising(ConnectionRefusedError(WORDS)),
    }
    with capture_logs() as logs:
        async with bench.running(handlers):
            await bench.add(tenant, "good", "unknown", *handlers)
            await eventually(lambda: bench.has_ended(7), 10, "seven ends")
    assert bench.ended() == {
        ("good", "done"): 1,
        ("wrong", "dead-letter"): 1,
        ("illegal", "dead-letter"): 1,
        ("fault", "dead-letter"): 1,
        ("unknown", "dead-letter"): 1,
        ("done-elsewhere", "already-handled"): 1,
        ("away", "later"): 1,
    }
    with tenant_scope(tenant):
        async with bench.database.tenant_transaction() as connection:
            dead = await (await connection.execute("SELECT kind, reason FROM dead_letter ORDER BY kind")).fetchall()
    assert [(row["kind"], row["reason"]) for row in dead] == [
        ("fault", "fault-ValueError"), ("illegal", "ILLEGAL_TRANSITION"), ("unknown", "fault-KeyError"), ("wrong", "INVALID"),
    ]  # fmt: skip
    assert WORDS not in str(logs)
    assert bench.gave_up == 0


async def test_work_is_done_in_its_own_councils_scope_and_trace(bench: Bench, tenant: TenantId, other_tenant: TenantId) -> None:
    for council in (tenant, other_tenant):
        with bench.telemetry.span(f"request of {council}"):
            await bench.add(council, "good")
    async with bench.running({}):
        await eventually(lambda: bench.has_ended(2), 10, "both done")
    assert sorted(bench.done) == sorted([(tenant, "good"), (other_tenant, "good")])
    spans = [json.loads(line) for line in bench.trace_file.read_text().splitlines()]
    requests = {span["span_id"]: span["trace_id"] for span in spans if span["name"].startswith("request")}
    works = {span["parent_id"]: span["trace_id"] for span in spans if span["name"] == "work good"}
    assert works == requests


async def test_a_flood_of_rejects_stops_the_process_and_the_rest_stays(bench: Bench, tenant: TenantId) -> None:
    await bench.add(tenant, *(["bad"] * (FLOOD + 10)))
    with capture_logs():
        async with bench.running({"bad": raising(Invalid(Violation("a", "wrong")))}, concurrency=1):
            await eventually(lambda: _truth(bench.gave_up > 0), 20, "giving up")
    assert await bench.count(tenant, "dead_letter") == FLOOD
    assert await bench.count(tenant, "work") == 10


async def test_rejects_with_something_done_between_are_no_flood(bench: Bench, tenant: TenantId) -> None:
    half = ["bad"] * (FLOOD // 2 + 5)
    await bench.add(tenant, *half, "good", *half)
    with capture_logs():
        async with bench.running({"bad": raising(Invalid(Violation("a", "wrong")))}, concurrency=1):
            await eventually(lambda: bench.has_ended(2 * len(half) + 1), 20, "all ended")
    assert bench.gave_up == 0
    assert await bench.count(tenant, "dead_letter") == 2 * len(half) > FLOOD


async def test_ordinary_work_that_hangs_does_not_hold_up_urgent_work(bench: Bench, tenant: TenantId) -> None:
    hanging, go_on = asyncio.Event(), asyncio.Event()

    async def hang(work: Work) -> None:
        hanging.set()
        await go_on.wait()
        await bench.finish(work)

    async with bench.running({"slow": hang}, concurrency=1):
        await bench.add(tenant, "slow", "good")
        await asyncio.wait_for(hanging.wait(), 10)
        for _ in range(URGENT_SLOTS + 1):
            await bench.add(tenant, "good", is_urgent=True)
        await eventually(lambda: bench.has_ended(URGENT_SLOTS + 1), 10, "urgent work done")
        assert [kind for _, kind in bench.done] == ["good"] * (URGENT_SLOTS + 1)
        go_on.set()
        await eventually(lambda: bench.has_ended(URGENT_SLOTS + 3), 10, "the rest done")


async def test_no_more_at_once_than_was_asked_for(bench: Bench, tenant: TenantId) -> None:
    now, most = 0, 0
    entered = asyncio.Semaphore(0)
    go_on = asyncio.Event()

    async def note(work: Work) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        entered.release()
        await go_on.wait()
        await bench.finish(work)
        now -= 1

    await bench.add(tenant, *(["noted"] * 10))
    async with bench.running({"noted": note}, concurrency=3):
        for _ in range(3):
            await asyncio.wait_for(entered.acquire(), 10)
        go_on.set()
        await eventually(lambda: bench.has_ended(10), 10, "ten done")
    assert most == 3


async def test_a_stop_finishes_what_is_in_flight_and_claims_no_more(bench: Bench, tenant: TenantId) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(work: Work) -> None:
        entered.set()
        await go_on.wait()
        await bench.finish(work)

    await bench.add(tenant, "slow", "slow", key="one-incident")
    async with bench.running({"slow": slow}) as dispatcher:
        await asyncio.wait_for(entered.wait(), 10)
        stopping = asyncio.create_task(dispatcher.stop())
        done, _ = await asyncio.wait({stopping}, timeout=0.1)
        assert not done
        go_on.set()
        await asyncio.wait_for(stopping, 5)
    assert [kind for _, kind in bench.done] == ["slow"]
    assert await bench.count(tenant, "work") == 1


class AwayQueue(WorkQueue):
    """A queue whose database is away."""

    def __init__(self, database: Database, fault: BaseException) -> None:
        super().__init__(database)
        self.asked = asyncio.Event()
        self._fault = fault

    async def claim(self, *, ordinary: int, urgent: int, per_tenant: int) -> list[Claimed]:
        self.asked.set()
        raise self._fault


async def test_a_stop_does_not_wait_for_a_database_that_is_away(bench: Bench) -> None:
    queue = AwayQueue(bench.database, psycopg.OperationalError())
    with capture_logs() as logs:
        async with bench.running({}, queue=queue) as dispatcher:

            async def third_try() -> bool:
                return len(logs) >= 3

            await eventually(third_try, 10, "three tries, so that the next wait is long")
            began = asyncio.get_running_loop().time()
            await dispatcher.stop()
            assert asyncio.get_running_loop().time() - began < 0.5
    assert bench.gave_up == 0


class CutQueue(WorkQueue):
    """Its connection is cut once, at the moment when the end of a piece is to be kept."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.cuts = 0

    async def later(self, claimed: Claimed, wait: timedelta) -> None:
        if not self.cuts:
            self.cuts += 1
            raise psycopg.OperationalError
        await super().later(claimed, wait)


async def test_an_end_whose_connection_is_cut_is_kept_all_the_same(bench: Bench, tenant: TenantId) -> None:
    """Given up at once, the piece would wait until its claim runs out."""
    queue, tries = CutQueue(bench.database), 0

    async def away_once(work: Work) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise psycopg.OperationalError
        await bench.finish(work)

    async with bench.running({"away once": away_once}, queue=queue):
        await bench.add(tenant, "away once")
        await eventually(lambda: _truth(bool(bench.done)), 10, "the second try")
    assert (queue.cuts, tries) == (1, 2)


class UnreadableQueue(WorkQueue):
    """What is claimed cannot be read the first time."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.reads = 0

    async def read_all(self, claimed: Sequence[Claimed]) -> list[Work | None]:
        self.reads += 1
        if self.reads == 1:
            raise psycopg.OperationalError
        return await super().read_all(claimed)


async def test_what_was_claimed_and_could_not_be_read_is_given_back_at_once(bench: Bench, tenant: TenantId) -> None:
    await bench.add(tenant, "good", "good")
    async with bench.running({}, queue=UnreadableQueue(bench.database)):
        await eventually(lambda: _truth(len(bench.done) == 2), 5, "both done on the second try")
    assert bench.ended() == {("good", "later"): 2, ("good", "done"): 2}


class RenewedQueue(WorkQueue):
    """Remembers what was renewed; the first renewal fails."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.renewals: list[list[str]] = []

    async def renew(self, claimed: Sequence[Claimed]) -> None:
        self.renewals.append(sorted(piece.key for piece in claimed))
        if len(self.renewals) == 1:
            raise psycopg.OperationalError
        await super().renew(claimed)


async def test_the_claims_of_what_is_in_flight_are_renewed_together_while_it_lasts(bench: Bench, tenant: TenantId) -> None:
    queue, go_on = RenewedQueue(bench.database), asyncio.Event()

    async def slow(work: Work) -> None:
        await go_on.wait()
        await bench.finish(work)

    for key in ("a", "b"):
        await bench.add(tenant, "slow", key=key)
    dispatcher = Dispatcher(
        queue, {"slow": slow}, concurrency=4, per_tenant=4, metrics=bench.metrics, telemetry=bench.telemetry, wake=bench.wake,
        give_up=bench.give_up, renew_s=0.05,
    )  # fmt: skip
    await dispatcher.start()
    await eventually(lambda: _truth(queue.renewals.count(["a", "b"]) >= 3), 10, "three renewals")
    go_on.set()
    await dispatcher.stop()
    assert bench.ended() == {("slow", "done"): 2}
    assert [] not in queue.renewals


async def test_a_queue_that_fails_in_an_unknown_way_stops_the_process(bench: Bench) -> None:
    with capture_logs() as logs:
        dispatcher = Dispatcher(
            AwayQueue(bench.database, ValueError(WORDS)), {}, concurrency=1, per_tenant=1, metrics=bench.metrics,
            telemetry=bench.telemetry, wake=bench.wake, give_up=bench.give_up,
        )  # fmt: skip
        await dispatcher.start()
        await eventually(lambda: _truth(bench.gave_up == 1), 10, "giving up")
        with pytest.raises(ValueError, match=WORDS):
            await dispatcher.stop()
    assert WORDS not in str(logs)


async def test_being_cancelled_is_no_fault(bench: Bench) -> None:
    """As when the time to drain is over: the process must end as it was told, and not as if it had crashed."""

    class HangingQueue(AwayQueue):
        async def claim(self, *, ordinary: int, urgent: int, per_tenant: int) -> list[Claimed]:
            self.asked.set()
            return await asyncio.Event().wait() and []

    queue = HangingQueue(bench.database, ValueError())
    dispatcher = Dispatcher(
        queue, {}, concurrency=1, per_tenant=1, metrics=bench.metrics, telemetry=bench.telemetry, wake=bench.wake, give_up=bench.give_up
    )
    await dispatcher.start()
    await asyncio.wait_for(queue.asked.wait(), 5)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(dispatcher.stop(), 0.1)
    assert bench.gave_up == 0


async def _truth(value: bool) -> bool:
    return value
