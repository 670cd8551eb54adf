"""Classification's tables on a real PostgreSQL: one transaction, one council, one assessment after another."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from wardmote_classification.adapters.postgres import PostgresFirstAssessments, PostgresQueries, PostgresUnitOfWork
from wardmote_classification.adapters.reassessments import PostgresReassessments
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.application.commands import AssessIncident
from wardmote_classification.application.handlers import Handlers
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem

from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled, NotFound
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.database import Database
from wardmote_runtime.migrations import migrate
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import WorkQueue, add_job
from wardmote_testkit.databases import REPOSITORY, make_service_database, open_database

OUTBOX = Outbox("classification", Wake())

CANARY = "canarywordsofareport"
THREAT = f"{CANARY}: I'll kill you, {CANARY}."
HERE, ELSEWHERE = TenantId(uuid4()), TenantId(uuid4())


class Words:
    """Intake: every item has the same words."""

    async def read(self, item_ids: Sequence[UUID]) -> list[str]:
        return [THREAT for _ in item_ids]


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    return make_service_database(postgres_server, "classification")


@pytest.fixture(scope="module")
async def database(addresses: ServiceDatabase) -> AsyncIterator[Database]:
    async with open_database(addresses) as opened:
        yield opened


@pytest.fixture(scope="module")
def handlers(database: Database) -> Handlers:
    unit_of_work = PostgresUnitOfWork(database, OUTBOX)
    return Handlers(
        PostgresFirstAssessments(database, OUTBOX),
        unit_of_work,
        PostgresReassessments(database),
        Words(),
        RuleAssessor(RulePass.load()),
        SystemClock(),
        RandomIds(SystemClock()),
    )


def incident(items: int = 2) -> ReportedIncident:
    reported = tuple(ReportedItem(uuid4(), Channel.EMAIL) for _ in range(items))
    return ReportedIncident(uuid4(), "7K3M-P2QX", reported, TargetRole.COUNCILLOR, feels_unsafe=True)


async def claimed(database: Database, tenant: TenantId, incident_id: UUID) -> WorkRef:
    """A claimed piece of work, as the dispatcher would hand it over."""
    event_id = uuid4()
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            await add_job(connection, job_id=event_id, kind="incident-events", key=f"{tenant}/{incident_id}")
    return next(
        one.ref for one in await WorkQueue(database).claim(ordinary=100, urgent=100, per_tenant=100) if one.ref.event_id == event_id
    )


async def assess(handlers: Handlers, database: Database, tenant: TenantId, reported: ReportedIncident) -> WorkRef:
    work = await claimed(database, tenant, reported.incident_id)
    with tenant_scope(tenant):
        await handlers.assess_incident(AssessIncident(work, reported))
    return work


async def facts_of(database: Database, tenant: TenantId, reported: ReportedIncident) -> list[AssessmentEvent]:
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            keys = [f"{tenant}/{reported.incident_id}"]
            rows = await (await connection.execute("SELECT value FROM outbox WHERE key = ANY(%s) ORDER BY seq", [keys])).fetchall()
    return [AssessmentEvent.FromString(row["value"]) for row in rows]


async def test_an_assessment_its_fact_and_the_end_of_its_work_are_kept_together(handlers: Handlers, database: Database) -> None:
    reported = incident()
    work = await assess(handlers, database, HERE, reported)
    with tenant_scope(HERE):
        view = await PostgresQueries(database).newest_of_incident(reported.incident_id)
        async with database.tenant_transaction() as connection:
            left = await (await connection.execute("SELECT 1 FROM work WHERE event_id = %s", [work.event_id])).fetchall()
    assert left == []
    assert (view.suggestion.outcome, view.suggestion.types, view.suggestion.severity) == (Outcome.ABUSE, ("TL",), Severity.S4)
    assert [item.item_id for item in view.items] == [item.item_id for item in reported.items]
    (reason,) = view.items[0].reasons
    assert [THREAT[span.start : span.end] for span in reason.spans] == ["I'll kill you"]
    (fact,) = await facts_of(database, HERE, reported)
    assert (fact.incident_id, fact.incident_assessed.assessment_id) == (str(reported.incident_id), str(view.assessment_id))
    assert (fact.metadata.causation_id, fact.metadata.aggregate_version) == (str(work.event_id), 1)


async def test_a_second_event_makes_a_second_assessment_and_the_newest_is_shown(handlers: Handlers, database: Database) -> None:
    reported = incident()
    for _ in range(2):
        await assess(handlers, database, HERE, reported)
    facts = await facts_of(database, HERE, reported)
    assert [fact.metadata.aggregate_version for fact in facts] == [1, 2]
    with tenant_scope(HERE):
        newest = await PostgresQueries(database).newest_of_incident(reported.incident_id)
    assert str(newest.assessment_id) == facts[1].incident_assessed.assessment_id


async def test_two_at_once_are_counted_one_after_the_other(handlers: Handlers, database: Database) -> None:
    reported = incident()
    works = []
    for _ in range(3):  # One aggregate's work is claimed one at a time; here each claim stands in for a process that was too slow.
        works.append(await claimed(database, HERE, uuid4()))

    async def order(work: WorkRef) -> None:
        with tenant_scope(HERE):
            await handlers.assess_incident(AssessIncident(work, reported))

    await asyncio.gather(*(order(work) for work in works))
    assert [fact.metadata.aggregate_version for fact in await facts_of(database, HERE, reported)] == [1, 2, 3]


async def test_settled_work_keeps_nothing_a_second_time(handlers: Handlers, database: Database) -> None:
    reported = incident()
    work = await assess(handlers, database, HERE, reported)
    with tenant_scope(HERE), pytest.raises(AlreadyHandled):
        await handlers.assess_incident(AssessIncident(work, reported))
    assert len(await facts_of(database, HERE, reported)) == 1


async def test_no_word_of_a_report_lies_in_the_database(
    handlers: Handlers, database: Database, addresses: ServiceDatabase, postgres_server: str
) -> None:
    await assess(handlers, database, HERE, incident())
    name = psycopg.conninfo.conninfo_to_dict(addresses.app_url)["dbname"]
    with psycopg.connect(psycopg.conninfo.make_conninfo(postgres_server, dbname=name)) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        assert {"assessment", "item_assessment", "assessed_incident", "outbox"} <= set(tables)
        for table in tables:
            for (row,) in connection.execute(f"SELECT t::text FROM {table} t"):
                assert CANARY not in row
                assert CANARY.encode().hex() not in row


async def test_another_councils_incident_is_unknown_here(handlers: Handlers, database: Database) -> None:
    reported = incident()
    await assess(handlers, database, ELSEWHERE, reported)
    queries = PostgresQueries(database)
    with tenant_scope(HERE):
        with pytest.raises(NotFound) as foreign:
            await queries.newest_of_incident(reported.incident_id)
        with pytest.raises(NotFound) as unknown:
            await queries.newest_of_incident(uuid4())
        assert str(foreign.value) == str(unknown.value)
        async with database.tenant_transaction() as connection:
            seen = await (
                await connection.execute(
                    "SELECT 1 FROM item_assessment i JOIN assessment USING (tenant_id, assessment_id) WHERE incident_id = %s",
                    [reported.incident_id],
                )
            ).fetchall()
    assert seen == []


@pytest.mark.parametrize("table", ["assessment", "item_assessment", "assessed_incident", "shadow_assessment", "reassessment"])
async def test_a_row_for_another_council_is_refused_by_the_database(database: Database, table: str) -> None:
    columns: dict[str, Any] = {"tenant_id": ELSEWHERE, "incident_id": uuid4()}
    if table == "assessed_incident":
        columns |= {"assessments": 1}
    elif table == "reassessment":
        columns |= {"assessment_id": uuid4()}
    else:
        rest: dict[str, Any] = {"assessment_id": uuid4(), "outcome": "abuse", "types": [], "motivations": [], "threat_level": "T0"}
        columns = {"tenant_id": ELSEWHERE} | rest | {"severity": "S0", "needs_person": True}
        columns |= {"item_id": uuid4(), "place": 0, "reasons": "[]"} if table == "item_assessment" else {}
    if table == "assessment":
        columns |= {"incident_id": uuid4(), "version": 1, "reference": "R", "target_role": "staff", "channel": "email"}
        columns |= {"versions": "{}", "assessed_at": "2026-01-05T09:00:00Z"}
    if table == "shadow_assessment":
        columns |= {"incident_id": uuid4(), "score": 0.5, "present_score": 0.5, "versions": "{}", "compared_at": "2026-01-05T09:00:00Z"}
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
    with tenant_scope(HERE), pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with database.tenant_transaction() as connection:
            await connection.execute(statement, list(columns.values()))


def test_the_revisions_go_down_and_up_again(postgres_server: str) -> None:
    made = make_service_database(postgres_server, "classification")
    folder = REPOSITORY / "services" / "classification" / "migrations"
    migrate(folder, made.migrate_url, "base")
    migrate(folder, made.migrate_url)
