"""Intake's tables on a real PostgreSQL: sealed words, one transaction, one council."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from wardmote_intake.adapters.postgres import PostgresQueries, PostgresReports, PostgresUnitOfWork
from wardmote_intake.adapters.turns import CouncilTurns
from wardmote_intake.application.commands import ItemDraft, ReadWords, Receipt, SubmitReport
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.domain.events import UrgentSignalRaised
from wardmote_intake.domain.reading import Purpose
from wardmote_intake.domain.report import Reporter

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.errors import Conflict, NotFound
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_runtime.database import Database
from wardmote_runtime.migrations import migrate
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.sealing import FolderKeyring, Sealer
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_testkit.databases import REPOSITORY, make_service_database, open_database

CANARY = "canarywordsofareport"
HERE, ELSEWHERE = TenantId(uuid4()), TenantId(uuid4())


class NoDanger:
    def danger_codes(self, text: str) -> list[str]:
        return []


class NoLine:
    async def raise_signal(self, signal: UrgentSignalRaised) -> bool:
        return True


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    return make_service_database(postgres_server, "intake")


@pytest.fixture(scope="module")
async def database(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses) as opened:
        yield opened


@pytest.fixture(scope="module")
def handlers(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Handlers:
    sealer = Sealer(FolderKeyring(tmp_path_factory.mktemp("keyring")))
    reports, unit_of_work = PostgresReports(database, Outbox("intake", Wake()), sealer), PostgresUnitOfWork(database, sealer)
    turns = CouncilTurns(lambda _tenant: 0, SystemClock())
    return Handlers(reports, unit_of_work, NoDanger(), NoLine(), turns, SystemClock(), RandomIds(SystemClock()))


def order(request_id: str | None = None, fingerprint: bytes = b"1") -> SubmitReport:
    items = [ItemDraft(Channel.EMAIL, f"{CANARY} text", sender=f"{CANARY} sender"), ItemDraft(Channel.PHONE, "A second call.")]
    reporter = Reporter(f"{CANARY} name", f"{CANARY} contact")
    return SubmitReport(
        request_id or str(uuid4()), fingerprint, TargetRole.COUNCILLOR, items, reporter, f"{CANARY} target", in_danger_now=True
    )


async def submit(handlers: Handlers, tenant: TenantId, command: SubmitReport | None = None) -> Receipt:
    with tenant_scope(tenant):
        return await handlers.submit_report(command or order())


async def test_a_report_and_its_facts_are_kept_together(handlers: Handlers, database: Database) -> None:
    receipt = await submit(handlers, HERE)
    with tenant_scope(HERE):
        view = await PostgresQueries(database).report(receipt.report_id)
        async with database.tenant_transaction() as connection:
            keys = [f"{HERE}/{receipt.incident_id}"]
            facts = await (await connection.execute("SELECT topic FROM outbox WHERE key = ANY(%s) ORDER BY seq", [keys])).fetchall()
    assert [fact["topic"] for fact in facts] == ["incident-urgent", "incident-events"]
    assert view.reference == receipt.reference
    assert [item.channel for item in view.items] == [Channel.EMAIL, Channel.PHONE]
    assert not view.is_anonymous


async def test_words_come_back_and_the_reading_is_remembered(handlers: Handlers, database: Database) -> None:
    receipt = await submit(handlers, HERE)
    with tenant_scope(HERE):
        view = await PostgresQueries(database).report_of_incident(receipt.incident_id)
        words = await handlers.read_words(ReadWords([item.item_id for item in view.items], "worker-1", Purpose.CASE_WORK))
        async with database.tenant_transaction() as connection:
            readings = await (
                await connection.execute("SELECT purpose, read_by FROM reading WHERE item_id = ANY(%s)", [[one.item_id for one in words]])
            ).fetchall()
    assert [(one.text, one.sender) for one in words] == [(f"{CANARY} text", f"{CANARY} sender"), ("A second call.", "")]
    assert {(reading["read_by"], reading["purpose"]) for reading in readings} == {("worker-1", "case_work")}


async def test_no_word_name_or_contact_lies_open_in_the_database(
    handlers: Handlers, addresses: ServiceDatabase, postgres_server: str
) -> None:
    await submit(handlers, HERE)
    name = psycopg.conninfo.conninfo_to_dict(addresses.app_url)["dbname"]
    with psycopg.connect(psycopg.conninfo.make_conninfo(postgres_server, dbname=name)) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        assert {"report", "item", "outbox", "request"} <= set(tables)
        for table in tables:
            for (row,) in connection.execute(f"SELECT t::text FROM {table} t"):
                assert CANARY not in row
                assert CANARY.encode().hex() not in row


async def test_another_councils_report_is_unknown_here(handlers: Handlers, database: Database) -> None:
    receipt = await submit(handlers, ELSEWHERE)
    queries = PostgresQueries(database)
    with tenant_scope(ELSEWHERE):
        item = (await queries.report(receipt.report_id)).items[0]
    with tenant_scope(HERE):
        with pytest.raises(NotFound) as foreign:
            await queries.report(receipt.report_id)
        with pytest.raises(NotFound) as unknown:
            await queries.report(uuid4())
        assert str(foreign.value) == str(unknown.value)
        assert await handlers.read_words(ReadWords([item.item_id], "worker-1", Purpose.CASE_WORK)) == []


async def test_a_repeated_request_makes_one_report_also_when_both_come_at_once(handlers: Handlers) -> None:
    command = order()
    receipts = await asyncio.gather(*(submit(handlers, HERE, command) for _ in range(4)))
    assert len(set(receipts)) == 1
    with pytest.raises(Conflict):
        await submit(handlers, HERE, order(command.request_id, b"2"))
    assert (await submit(handlers, ELSEWHERE, order(command.request_id, b"2"))).report_id != receipts[0].report_id


def test_the_revisions_go_down_and_up_again(postgres_server: str) -> None:
    made = make_service_database(postgres_server, "intake")
    folder = REPOSITORY / "services" / "intake" / "migrations"
    migrate(folder, made.migrate_url, "base")
    migrate(folder, made.migrate_url)
