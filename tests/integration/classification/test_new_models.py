"""A new model on a real PostgreSQL: what a candidate would have suggested is compared, and what others assessed is assessed again."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry
from wardmote_classification.adapters.comparisons import PostgresComparisons, PostgresShadowAssessments
from wardmote_classification.adapters.measures import PrometheusShadowMeasures
from wardmote_classification.adapters.postgres import PostgresFirstAssessments, PostgresQueries, PostgresUnitOfWork
from wardmote_classification.adapters.reassessments import PostgresReassessments
from wardmote_classification.application.again import Ordered
from wardmote_classification.application.commands import AssessAgain, AssessIncident
from wardmote_classification.application.handlers import Handlers
from wardmote_classification.application.jobs import ASSESS_AGAIN
from wardmote_classification.application.ports import WordsMissing
from wardmote_classification.application.shadow import ShadowRun
from wardmote_classification.domain.comparison import Axis, ShadowAssessment, Transition
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem
from wardmote_classification.domain.judgement import Finding, ItemJudgement
from wardmote_classification.domain.suggestion import Suggestion

from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_runtime.database import Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import Claimed, WorkQueue, add_job
from wardmote_testkit.databases import make_service_database, open_database
from wardmote_testkit.wait import eventually

OUTBOX = Outbox("classification", Wake())
REGISTRY, TELEMETRY = CollectorRegistry(), Telemetry("test", None)
CALM = Suggestion(Outcome.NOT_ABUSE, (), (), ThreatLevel.T0, Severity.S0, needs_person=False)


class Words:
    """Intake, without the words of what was erased."""

    def __init__(self) -> None:
        self.erased: set[UUID] = set()

    async def read(self, item_ids: Sequence[UUID]) -> list[str]:
        if not self.erased.isdisjoint(item_ids):
            raise WordsMissing("erased")
        return ["words" for _ in item_ids]


class Model:
    """Finds an open threat in everything."""

    versions: Mapping[str, str] = {"rules": "1", "model": "old"}

    def assess(self, text: str, target_role: TargetRole) -> ItemJudgement:
        return ItemJudgement((Finding("M-T2", ("TV",), (), ThreatLevel.T2, False, "safety", "An open threat."),), score=0.9, can_clear=True)


class House:
    """Classification of one council."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tenant = TenantId(uuid4())
        self.words, self.model = Words(), Model()
        self.reassessments, self.comparisons = PostgresReassessments(database), PostgresComparisons(database)
        clock = SystemClock()
        self.handlers = Handlers(
            PostgresFirstAssessments(database, OUTBOX), PostgresUnitOfWork(database, OUTBOX), self.reassessments, self.words, self.model,
            clock, RandomIds(clock),
        )  # fmt: skip

    async def assess(self, reported: ReportedIncident | None = None) -> ReportedIncident:
        """Assesses it as when its event comes in."""
        reported = reported or incident()
        with tenant_scope(self.tenant):
            async with self.database.tenant_transaction() as connection:
                await add_job(connection, job_id=uuid4(), kind="incident-events", key=f"{self.tenant}/{reported.incident_id}")
            await self.handlers.assess_incident(AssessIncident((await self.claim("incident-events")).ref, reported))
        return reported

    async def claim(self, kind: str) -> Claimed:
        """The council's one piece of work of a kind, when it is due."""

        async def claimed() -> Claimed | None:
            pieces = await WorkQueue(self.database).claim(ordinary=100, urgent=0, per_tenant=100)
            return next((piece for piece in pieces if piece.tenant_id == self.tenant), None)

        piece = await eventually(claimed)
        assert piece is not None
        assert piece.ref.kind == kind
        return piece

    async def order(self, since: datetime | None = None) -> Ordered:
        with tenant_scope(self.tenant):
            return await self.reassessments.order(self.model.versions, since)

    async def again(self) -> Claimed:
        """Does the one job that the queue holds."""
        piece = await self.claim(ASSESS_AGAIN)
        with tenant_scope(self.tenant), TELEMETRY.span("work"):
            await self.handlers.assess_again(AssessAgain(piece.ref, piece.ref.event_id))
        return piece

    async def newest(self, reported: ReportedIncident) -> tuple[UUID, Mapping[str, str]]:
        with tenant_scope(self.tenant):
            view = await PostgresQueries(self.database).newest_of_incident(reported.incident_id)
        return view.assessment_id, view.versions

    async def jobs(self) -> int:
        with tenant_scope(self.tenant):
            async with self.database.tenant_transaction() as connection:
                rows = await (await connection.execute("SELECT headers FROM work WHERE kind = %s", [ASSESS_AGAIN])).fetchall()
        assert all(row["headers"] == {} for row in rows), "Each begins a trace of its own."
        return len(rows)

    async def facts(self, reported: ReportedIncident) -> list[AssessmentEvent]:
        with tenant_scope(self.tenant):
            async with self.database.tenant_transaction() as connection:
                keys = [f"{self.tenant}/{reported.incident_id}"]
                rows = await (await connection.execute("SELECT value FROM outbox WHERE key = ANY(%s) ORDER BY seq", [keys])).fetchall()
        return [AssessmentEvent.FromString(row["value"]) for row in rows]

    async def shadow(self, reported: ReportedIncident, suggestion: Suggestion, model: str = "new") -> None:
        assessment_id, _ = await self.newest(reported)
        with tenant_scope(self.tenant):
            await PostgresShadowAssessments(self.database).add(
                ShadowAssessment(
                    assessment_id, reported.incident_id, suggestion, 0.25, 0.9, {"rules": "1", "model": model}, datetime.now(UTC)
                )
            )


def incident() -> ReportedIncident:
    items = (ReportedItem(uuid4(), Channel.EMAIL), ReportedItem(uuid4(), Channel.LETTER))
    return ReportedIncident(uuid4(), "7K3M-P2QX", items, TargetRole.STAFF, True, uuid4(), uuid4())


@pytest.fixture(scope="module")
async def database(postgres_server: str) -> AsyncIterator[Database]:
    async with open_database(make_service_database(postgres_server, "classification")) as opened:
        yield opened


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def test_all_that_was_reported_comes_back_and_a_newer_assessment_goes_the_ordinary_way(house: House) -> None:
    reported = await house.assess()
    house.model.versions = {"rules": "1", "model": "new"}
    assert await house.order() == Ordered(ordered=1, left=1, erased=0, unknown=0)
    await house.again()
    first, second = await house.facts(reported)
    assert (first.metadata.aggregate_version, second.metadata.aggregate_version) == (1, 2)
    for fact in (first, second):
        fact.incident_assessed.ClearField("assessment_id")
        fact.incident_assessed.versions["model"] = ""
    assert second.incident_assessed == first.incident_assessed
    assert (await house.newest(reported))[1] == house.model.versions
    assert await house.order() == Ordered(ordered=0, left=0, erased=0, unknown=0)


async def test_the_queue_holds_one_at_a_time_and_an_order_repeated_says_how_many_are_left(house: House) -> None:
    reported = [await house.assess() for _ in range(3)]
    house.model.versions = {"rules": "1", "model": "new"}
    assert (await house.order()).ordered == 3
    assert await house.jobs() == 1
    assert await house.order() == Ordered(ordered=0, left=3, erased=0, unknown=0)
    assert await house.jobs() == 1
    for left in (2, 1, 0):
        await house.again()
        assert (await house.order(), await house.jobs()) == (Ordered(0, left, 0, 0), min(left, 1))
    assert [(await house.newest(one))[1]["model"] for one in reported] == ["new"] * 3


async def test_a_report_that_comes_in_is_not_behind_what_was_ordered(house: House) -> None:
    for _ in range(3):
        await house.assess()
    house.model.versions = {"rules": "1", "model": "new"}
    await house.order()
    await house.again()
    await house.assess()  # claims its work at once, and finds nothing else that is due
    assert (await house.order()).left == 2


async def test_erased_words_leave_the_assessment_as_it_is_and_are_not_ordered_again(house: House) -> None:
    reported, other = await house.assess(), await house.assess()
    house.words.erased = {reported.items[1].item_id}
    house.model.versions = {"rules": "1", "model": "new"}
    await house.order()
    await house.again()
    await house.again()
    assert await house.order() == Ordered(ordered=0, left=0, erased=1, unknown=0)
    assert ((await house.newest(reported))[1]["model"], (await house.newest(other))[1]["model"]) == ("old", "new")


async def test_only_the_newest_assessment_of_an_incident_is_made_again(house: House) -> None:
    reported = await house.assess()
    first, _ = await house.newest(reported)
    await house.assess(reported)
    house.model.versions = {"rules": "1", "model": "new"}
    assert (await house.order()).ordered == 1
    with tenant_scope(house.tenant):
        assert await house.reassessments.find(first) is None
        found = await house.reassessments.find((await house.newest(reported))[0])
    assert found is not None
    assert (found.version, found.incident) == (2, reported)


async def test_since_a_moment(house: House) -> None:
    await house.assess()
    moment = datetime.now(UTC)
    await house.assess()
    house.model.versions = {"rules": "1", "model": "new"}
    assert (await house.order(moment)).ordered == 1
    assert await house.order() == Ordered(ordered=1, left=2, erased=0, unknown=0)


async def test_what_an_older_process_overtook_is_ordered_anew(house: House) -> None:
    await house.assess()
    new, old = {"rules": "1", "model": "new"}, house.model.versions
    house.model.versions = new
    await house.order()
    house.model.versions = old  # a process of the version before has the job, and finds nothing to do
    await house.again()
    house.model.versions = new
    assert await house.order() == Ordered(ordered=1, left=1, erased=0, unknown=0)


async def test_one_that_cannot_be_done_does_not_stop_the_rest_for_good(house: House) -> None:
    await house.assess()
    await house.assess()
    house.model.versions = {"rules": "1", "model": "new"}
    await house.order()
    piece = await house.claim(ASSESS_AGAIN)
    await WorkQueue(house.database).bury(piece, Invalid(Violation("items", "wrong")).reason)
    assert (await house.order()).left == 2
    done = await house.again()
    assert done.ref.event_id != piece.ref.event_id
    assert (await house.order(), await house.jobs()) == (Ordered(0, 1, 0, 0), 0)


async def test_an_assessment_from_before_the_revision_is_counted_and_left(house: House) -> None:
    reported = await house.assess()
    with tenant_scope(house.tenant):
        async with house.database.tenant_transaction() as connection:  # As one that was made without these columns lies there.
            await connection.execute(
                """INSERT INTO assessment (tenant_id, assessment_id, incident_id, version, reference, target_role, channel, outcome, types,
                    motivations, threat_level, severity, needs_person, versions, assessed_at)
                SELECT tenant_id, %s, incident_id, 2, reference, target_role, channel, outcome, types, motivations, threat_level, severity,
                    needs_person, versions, assessed_at FROM assessment WHERE incident_id = %s""",
                [uuid4(), reported.incident_id],
            )
            await connection.execute("UPDATE assessed_incident SET assessments = 2 WHERE incident_id = %s", [reported.incident_id])
    house.model.versions = {"rules": "1", "model": "new"}
    assert await house.order() == Ordered(ordered=0, left=0, erased=0, unknown=1)


async def test_another_councils_are_neither_ordered_nor_counted_nor_compared(house: House, database: Database) -> None:
    elsewhere = House(database)
    reported = await elsewhere.assess()
    await elsewhere.shadow(reported, CALM)
    elsewhere.model.versions = house.model.versions = {"rules": "1", "model": "new"}
    await elsewhere.order()
    assert await house.order() == Ordered(0, 0, 0, 0)
    with tenant_scope(house.tenant):
        assert await house.comparisons.newest() is None
        assert await house.comparisons.differences(Transition(Axis.OUTCOME, "abuse", "not_abuse"), 10) == []
        assert await house.reassessments.find((await elsewhere.newest(reported))[0]) is None


async def test_the_candidate_judges_after_the_assessment_and_is_kept_as_the_councils_own(house: House) -> None:
    candidate = Model()
    candidate.versions = {"rules": "1", "model": "new"}
    shadow = ShadowRun(lambda: candidate, PostgresShadowAssessments(house.database), SystemClock(), PrometheusShadowMeasures(REGISTRY))
    await shadow.start()
    house.handlers = replace(house.handlers, shadow=shadow)
    await house.assess()

    async def is_compared() -> bool:
        return REGISTRY.get_sample_value("wardmote_shadowed_total", {"result": "compared"}) == 1

    await eventually(is_compared)
    await shadow.stop()
    with tenant_scope(house.tenant):
        view = await house.comparisons.newest()
    assert view is not None
    assert (view.compared, view.assessed, view.candidate_versions["model"], view.transitions) == (1, 1, "new", [])


async def test_differences_are_counted_of_how_many_and_a_lowered_threat_comes_first(house: House) -> None:
    lowered, same, _not_compared = [await house.assess() for _ in range(3)]
    await house.shadow(lowered, CALM)
    await house.shadow(same, Suggestion(Outcome.ABUSE, ("TV",), (), ThreatLevel.T2, Severity.S3, needs_person=True))
    with tenant_scope(house.tenant):
        view = await house.comparisons.newest()
        assert view is not None
        assert (view.compared, view.assessed) == (2, 3)
        assert (view.present_versions, view.candidate_versions) == ({"rules": "1", "model": "old"}, {"rules": "1", "model": "new"})
        assert view.transitions == [
            (Transition(Axis.THREAT_LEVEL, "T2", "T0"), 1),
            (Transition(Axis.SEVERITY, "S3", "S0"), 1),
            (Transition(Axis.OUTCOME, "abuse", "not_abuse"), 1),
            (Transition(Axis.NEEDS_PERSON, "true", "false"), 1),
        ]
        for transition, _ in view.transitions:
            (found,) = await house.comparisons.differences(transition, 10)
            assert (found.incident_id, found.candidate, found.present.threat) == (lowered.incident_id, CALM, ThreatLevel.T2)
            assert (found.present_score, found.candidate_score) == pytest.approx((0.9, 0.25))


async def test_incidents_of_a_difference_come_in_pages_the_newest_first(house: House) -> None:
    reported = [await house.assess() for _ in range(3)]
    for one in reported:
        await house.shadow(one, CALM)
    lowered = Transition(Axis.THREAT_LEVEL, "T2", "T0")
    with tenant_scope(house.tenant):
        first, second = await house.comparisons.differences(lowered, 2)
        (third,) = await house.comparisons.differences(lowered, 2, second.assessment_id)
    assert [one.incident_id for one in (first, second, third)] == [one.incident_id for one in reversed(reported)]


async def test_only_the_candidate_that_judged_last_is_compared(house: House) -> None:
    before, after = await house.assess(), await house.assess()
    await house.shadow(before, CALM, model="given up")
    await house.shadow(after, CALM)
    with tenant_scope(house.tenant):
        view = await house.comparisons.newest()
        (found,) = await house.comparisons.differences(Transition(Axis.OUTCOME, "abuse", "not_abuse"), 10)
    assert view is not None
    assert (view.compared, view.candidate_versions["model"], found.incident_id) == (1, "new", after.incident_id)
