"""The query that asks the services, and the round over all councils, with fakes in their places."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from wardmote_tenancy.adapters.wire import reconcile_of, reconciliation_to_wire
from wardmote_tenancy.application.ports import ReceiptPage, RoundSums
from wardmote_tenancy.application.queries import Contact, TenantPage, TenantView
from wardmote_tenancy.application.reconcile import LOOKS_BACK, PART, Reconcile, Reconciler
from wardmote_tenancy.domain.events import TenantStatus
from wardmote_tenancy.domain.proof import Backlog, Delivery, InCase, Proof, Receipt, ServiceName, StopPlace, Told, Track
from wardmote_tenancy.domain.settings import Branding, IdentityProvider, TenantSettings
from wardmote_tenancy.entrypoints.work import ReconcileRound

from wardmote.tenancy.v1 import proof_pb2 as proof_wire
from wardmote.tenancy.v1.tenancy_service_pb2 import ReconcileRequest
from wardmote_kernel.errors import Invalid, NotFound, Unavailable, WardmoteError
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation
from wardmote_runtime.tenancy import current_tenant
from wardmote_testkit.clock import MONDAY_MORNING as NOW
from wardmote_testkit.clock import StoppedClock

GRACE = timedelta(minutes=1)
CASE, PERSON = uuid4(), uuid4()
PROVIDER = IdentityProvider("https://login.example", "wardmote")
SETTINGS = TenantSettings("northshire", "Northshire Council", Nation.ENGLAND, PROVIDER, Branding())


@dataclass
class FakeWay:
    """What the services hold."""

    page: int = 2

    receipts_held: list[Receipt] = field(default_factory=list)
    assessed_held: set[UUID] = field(default_factory=set)
    cases_held: list[InCase] = field(default_factory=list)
    told_held: list[Told] = field(default_factory=list)
    tracks_held: list[Track] = field(default_factory=list)
    case_workers: bool = True
    asked: list[str] = field(default_factory=list)

    async def receipts(self, since: datetime, cursor: str) -> ReceiptPage:
        self.asked.append("receipts")
        after = int(cursor or 0)
        found = [one for one in self.receipts_held if one.received_at >= since]
        return ReceiptPage(found[after : after + self.page], str(after + self.page) if len(found) > after + self.page else "")

    async def assessed(self, incident_ids: Sequence[UUID]) -> Collection[UUID]:
        self.asked.append("assessed")
        return self.assessed_held & set(incident_ids)

    async def in_cases(self, incident_ids: Sequence[UUID]) -> Sequence[InCase]:
        self.asked.append("in_cases")
        return [one for one in self.cases_held if one.incident_id in incident_ids]

    async def told(self, case_ids: Sequence[UUID]) -> Sequence[Told]:
        self.asked.append("told")
        return [one for one in self.told_held if one.case_id in case_ids]

    async def has_case_workers(self) -> bool:
        self.asked.append("has_case_workers")
        return self.case_workers

    async def tracks(self, service: ServiceName, about_ids: Sequence[UUID]) -> Sequence[Track]:
        self.asked.append(f"tracks of {service}")
        return [one for one in self.tracks_held if one.service is service and one.about_id in about_ids]

    async def backlog(self, service: ServiceName) -> Backlog:
        return Backlog(service, {StopPlace.WORK: 2}, NOW)

    def hold(self, age: timedelta = timedelta(minutes=5), *, through: bool = True) -> Receipt:
        receipt = Receipt(uuid4(), NOW - age)
        self.receipts_held.append(receipt)
        if through:
            self.assessed_held.add(receipt.incident_id)
            self.cases_held.append(InCase(receipt.incident_id, CASE))
            self.told_held = [Told(uuid4(), CASE, PERSON, Delivery.DELIVERED)]
        return receipt


@pytest.fixture
def way() -> FakeWay:
    return FakeWay()


@pytest.fixture
def reconciler(way: FakeWay) -> Reconciler:
    return Reconciler(way, StoppedClock(NOW), GRACE)


async def test_a_whole_day_is_proved_page_by_page_in_the_order_of_the_way(way: FakeWay, reconciler: Reconciler) -> None:
    for _ in range(5):
        way.hold()
    found = await reconciler.reconcile(Reconcile())
    assert (found.proof.received, found.proof.through, found.proof.gap) == (5, 5, 0)
    assert found.since == NOW - LOOKS_BACK
    assert way.asked == ["receipts", "assessed", "in_cases", "told"] * 3


async def test_what_is_not_through_is_looked_for_and_named(way: FakeWay, reconciler: Reconciler) -> None:
    way.hold()
    lost = way.hold(timedelta(minutes=7), through=False)
    way.tracks_held = [Track(ServiceName.CLASSIFICATION, lost.incident_id, StopPlace.DEAD_LETTER, "INVALID")]
    found = await reconciler.reconcile(Reconcile())
    (missing,) = found.proof.missing
    assert (missing.incident_id, missing.place, missing.reason) == (lost.incident_id, StopPlace.DEAD_LETTER, "INVALID")
    assert found.oldest_age == timedelta(minutes=7)
    assert way.asked[-2:] == ["tracks of intake", "tracks of classification"]


async def test_the_question_may_say_since_when_and_how_long_a_report_may_take(way: FakeWay, reconciler: Reconciler) -> None:
    way.hold(timedelta(hours=3), through=False)
    way.hold(timedelta(seconds=5), through=False)
    since = NOW - timedelta(hours=1)
    assert (await reconciler.reconcile(Reconcile(since))).proof.waiting == 1
    assert (await reconciler.reconcile(Reconcile(since, timedelta(0)))).proof.gap == 1
    assert (await reconciler.reconcile(Reconcile(None, timedelta(hours=4)))).proof.waiting == 2


async def test_without_case_workers_there_is_nobody_to_tell(way: FakeWay, reconciler: Reconciler) -> None:
    way.hold()
    way.told_held, way.case_workers = [], False
    proof = (await reconciler.reconcile(Reconcile())).proof
    assert (proof.nobody_to_tell, proof.gap) == (1, 0)


async def test_nothing_received_asks_nothing_more(way: FakeWay, reconciler: Reconciler) -> None:
    assert (await reconciler.reconcile(Reconcile())).proof == Proof()
    assert way.asked == ["receipts"]
    assert [one.service for one in await reconciler.backlogs()] == list(ServiceName)


async def test_the_answer_on_the_wire_names_and_counts(way: FakeWay, reconciler: Reconciler) -> None:
    lost = way.hold(through=False)
    way.hold()
    way.told_held *= 2
    answer = reconciliation_to_wire(await reconciler.reconcile(Reconcile()), await reconciler.backlogs()).proof
    assert (answer.received_count, answer.event_count, answer.gap_count, answer.doubled_count) == (2, 2, 1, 1)
    assert answer.oldest_age_seconds == 300
    (missing,) = answer.missing
    assert (missing.incident_id, missing.service, missing.case_id) == (str(lost.incident_id), "classification", "")
    assert (missing.lacks, missing.place) == (proof_wire.PROOF_STAGE_ASSESSMENT, proof_wire.STOP_PLACE_UNSEEN)
    assert (answer.doubled[0].about_id, answer.doubled[0].person_id) == (str(CASE), str(PERSON))
    assert [(one.service, one.work_count) for one in answer.backlogs] == [(service, 2) for service in ServiceName]


def test_a_request_is_read_and_a_wrong_one_refused() -> None:
    assert reconcile_of(ReconcileRequest()) == Reconcile(None, None)
    request = ReconcileRequest(grace_seconds=0)
    request.since.FromDatetime(NOW)
    assert reconcile_of(request) == Reconcile(NOW, timedelta(0))
    with pytest.raises(Invalid):
        reconcile_of(ReconcileRequest(grace_seconds=-1))
    request.since.seconds = 10**15
    with pytest.raises(Invalid):
        reconcile_of(request)


class FakeQueries:
    """The councils, one a page."""

    def __init__(self, *statuses: TenantStatus) -> None:
        self.views = [TenantView(TenantId(uuid4()), SETTINGS, status, 1) for status in statuses]

    async def tenants(self, limit: int, cursor: str) -> TenantPage:
        place = int(cursor or 0)
        return TenantPage(self.views[place : place + 1], str(place + 1) if place + 1 < len(self.views) else "")

    async def own_tenant(self) -> TenantView:
        raise NotImplementedError

    async def tenant_by_slug(self, slug: str) -> TenantView:
        raise NotImplementedError

    async def contacts(self, person_ids: Sequence[UUID]) -> Sequence[Contact]:
        raise NotImplementedError


@dataclass
class FakeMeasures:
    gaps: list[TenantId] = field(default_factory=list)
    rounds: list[RoundSums] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    def gap(self, found: Proof, oldest_age: timedelta) -> None:
        self.gaps.append(current_tenant())

    def round(self, sums: RoundSums) -> None:
        self.rounds.append(sums)

    def broken_off(self, unproved: int) -> None:
        self.broken.append(unproved)


class ByCouncil(FakeWay):
    """Other receipts for each council, or a refusal."""

    def __init__(self, answers: dict[TenantId, list[Receipt] | WardmoteError]) -> None:
        super().__init__()
        self.answers = answers
        self.since: list[datetime] = []

    async def receipts(self, since: datetime, cursor: str) -> ReceiptPage:
        answer = self.answers[current_tenant()]
        self.since.append(since)
        if isinstance(answer, WardmoteError):
            raise answer
        return ReceiptPage(answer, "")


async def look(answers: Sequence[list[Receipt] | WardmoteError | None]) -> tuple[list[TenantId], FakeMeasures, bool]:
    """One round; None is a suspended council. Says whether it was broken off."""
    queries = FakeQueries(*(TenantStatus.SUSPENDED if answer is None else TenantStatus.ACTIVE for answer in answers))
    tenants = [view.tenant_id for view in queries.views]
    way = ByCouncil({tenant: answer for tenant, answer in zip(tenants, answers, strict=True) if answer is not None})
    measures = FakeMeasures()
    try:
        await ReconcileRound(queries, Reconciler(way, StoppedClock(NOW), GRACE), measures, StoppedClock(NOW))()
    except Unavailable:
        return tenants, measures, True
    return tenants, measures, False


def late(minutes: int) -> Receipt:
    return Receipt(uuid4(), NOW - timedelta(minutes=minutes))


async def test_a_round_sums_up_all_active_councils_and_logs_those_with_a_gap() -> None:
    tenants, measures, _ = await look([[late(5)], [], None, [late(9), late(2)]])
    assert measures.gaps == [tenants[0], tenants[3]]
    assert measures.rounds == [RoundSums(gap=3, oldest_age=timedelta(minutes=9), doubled=0, unproved=0)]


async def test_a_council_that_a_service_does_not_know_yet_is_counted_as_unproved() -> None:
    _, measures, is_broken_off = await look([NotFound("New here."), [late(5)]])
    assert measures.rounds == [replace(RoundSums(gap=1, oldest_age=timedelta(minutes=5)), unproved=1)]
    assert not is_broken_off


async def test_a_service_that_does_not_answer_breaks_the_round_off() -> None:
    _, measures, is_broken_off = await look([[late(5)], Unavailable("Away."), []])
    assert is_broken_off
    assert (measures.rounds, measures.broken) == ([], [2])


async def test_the_next_look_begins_where_all_before_is_proved_and_now_and_then_with_the_whole_day() -> None:
    queries, clock = FakeQueries(TenantStatus.ACTIVE), StoppedClock(NOW)
    way = ByCouncil({queries.views[0].tenant_id: []})
    look_again = ReconcileRound(queries, Reconciler(way, clock, GRACE), FakeMeasures(), clock)
    await look_again()
    clock.advance(timedelta(minutes=1))
    await look_again()
    clock.advance(timedelta(hours=1))
    await look_again()
    assert way.since == [NOW - LOOKS_BACK, NOW - timedelta(seconds=30), clock.now() - LOOKS_BACK]


async def test_what_is_not_through_is_looked_at_again_until_it_is(way: FakeWay, reconciler: Reconciler) -> None:
    lost = way.hold(timedelta(hours=3), through=False)
    way.hold()
    assert (await reconciler.reconcile(Reconcile())).settled_until == lost.received_at - timedelta(seconds=30)
    way.assessed_held.add(lost.incident_id)
    way.cases_held.append(InCase(lost.incident_id, CASE))
    assert (await reconciler.reconcile(Reconcile())).settled_until == NOW - timedelta(seconds=30)


async def test_what_was_done_twice_is_never_settled(way: FakeWay, reconciler: Reconciler) -> None:
    way.hold()
    way.told_held *= 2
    assert (await reconciler.reconcile(Reconcile())).settled_until == NOW - LOOKS_BACK


async def test_a_part_ends_with_a_cursor_and_all_parts_make_the_whole(way: FakeWay, reconciler: Reconciler) -> None:
    way.page = 1000
    for _ in range(PART + 3):
        way.hold(through=False)
    first = await reconciler.part(Reconcile())
    assert (first.proof.received, first.next_cursor) == (PART, str(PART))
    rest = await reconciler.part(Reconcile(first.since, None, first.next_cursor))
    assert (rest.proof.received, rest.next_cursor) == (3, "")
    assert (await reconciler.reconcile(Reconcile())).proof.gap == PART + 3
