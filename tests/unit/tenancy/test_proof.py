"""The comparison: each report is through, waits, has nobody to tell, or is named with what it lacks and where it stopped."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_tenancy.domain.proof import (
    Comparison,
    Delivery,
    Double,
    Holdings,
    InCase,
    Missing,
    Proof,
    ProofStage,
    Receipt,
    ServiceName,
    StopPlace,
    Told,
    Track,
)

from wardmote_testkit.clock import MONDAY_MORNING as NOW

GRACE = timedelta(minutes=1)
LONG_AGO = NOW - timedelta(minutes=10)
INCIDENT, CASE, PERSON, NOTIFICATION = uuid4(), uuid4(), uuid4(), uuid4()
RECEIPT = Receipt(INCIDENT, LONG_AGO)
ASSESSED = frozenset({INCIDENT})
IN_CASE = InCase(INCIDENT, CASE)
TOLD = Told(NOTIFICATION, CASE, PERSON, Delivery.DELIVERED)

INTAKE, CLASSIFICATION, CASES, NOTIFYING = ServiceName


def prove(holdings: Holdings, *tracks: Track) -> Proof:
    return Comparison(holdings).proof(tracks, NOW, GRACE)


def only_missing(proof: Proof) -> Missing:
    (missing,) = proof.missing
    return missing


def stopped(holdings: Holdings, *tracks: Track) -> tuple[str, str, str, str]:
    one = only_missing(prove(holdings, *tracks))
    return one.lacks, one.place, one.service, one.reason


def test_a_report_that_came_through_is_counted_at_every_stage() -> None:
    proof = prove(Holdings([RECEIPT], ASSESSED, [IN_CASE], [TOLD]))
    assert (proof.received, proof.events, proof.assessed, proof.in_case, proof.notified, proof.through) == (1, 1, 1, 1, 1, 1)
    assert (proof.gap, proof.waiting, proof.nobody_to_tell, proof.doubles) == (0, 0, 0, frozenset())
    assert proof.oldest_age(NOW) == timedelta(0)


UNASSESSED = Holdings([RECEIPT])
WITHOUT_CASE = Holdings([RECEIPT], ASSESSED)
UNTOLD = Holdings([RECEIPT], ASSESSED, [IN_CASE])
WAYS = [
    (UNASSESSED, Track(INTAKE, INCIDENT, StopPlace.OUTBOX), ("event", "outbox", "intake", "")),
    (UNASSESSED, Track(CLASSIFICATION, INCIDENT, StopPlace.WORK), ("assessment", "work", "classification", "")),
    (UNASSESSED, Track(CLASSIFICATION, INCIDENT, StopPlace.PARKED), ("assessment", "parked", "classification", "")),
    (
        UNASSESSED,
        Track(CLASSIFICATION, INCIDENT, StopPlace.DEAD_LETTER, "INVALID"),
        ("assessment", "dead_letter", "classification", "INVALID"),
    ),
    (WITHOUT_CASE, Track(CLASSIFICATION, INCIDENT, StopPlace.OUTBOX), ("case", "outbox", "classification", "")),
    (WITHOUT_CASE, Track(CASES, INCIDENT, StopPlace.DEAD_LETTER, "CONFLICT"), ("case", "dead_letter", "case-management", "CONFLICT")),
    (UNTOLD, Track(CASES, CASE, StopPlace.OUTBOX), ("notification", "outbox", "case-management", "")),
    (UNTOLD, Track(NOTIFYING, CASE, StopPlace.WORK), ("notification", "work", "notification", "")),
    (UNTOLD, Track(NOTIFYING, CASE, StopPlace.PARKED), ("notification", "parked", "notification", "")),
]


@pytest.mark.parametrize(("holdings", "track", "expected"), WAYS)
def test_what_waits_tells_where_it_stopped(holdings: Holdings, track: Track, expected: tuple[str, ...]) -> None:
    assert stopped(holdings, track) == expected


@pytest.mark.parametrize(
    ("holdings", "expected"),
    [
        (UNASSESSED, ("assessment", "unseen", "classification", "")),
        (WITHOUT_CASE, ("case", "unseen", "case-management", "")),
        (UNTOLD, ("notification", "unseen", "notification", "")),
    ],
)
def test_what_waits_nowhere_was_not_seen(holdings: Holdings, expected: tuple[str, ...]) -> None:
    assert stopped(holdings) == expected


@pytest.mark.parametrize(("holdings", "track", "_expected"), WAYS)
def test_a_track_of_something_else_explains_nothing(holdings: Holdings, track: Track, _expected: object) -> None:
    other = Track(track.service, uuid4(), track.place, track.reason)
    assert stopped(holdings, other)[1] == "unseen"


def test_a_dead_letter_is_named_before_what_is_parked_behind_it() -> None:
    letter, parked = (Track(CLASSIFICATION, INCIDENT, place) for place in (StopPlace.DEAD_LETTER, StopPlace.PARKED))
    assert stopped(UNASSESSED, parked, letter)[1] == stopped(UNASSESSED, letter, parked)[1] == "dead_letter"


def test_a_case_without_an_assessment_is_a_gap_too() -> None:
    assert stopped(Holdings([RECEIPT], frozenset(), [IN_CASE], [TOLD]))[0] == "assessment"


@pytest.mark.parametrize(("delivery", "place"), [(Delivery.UNDELIVERED, "undelivered"), (Delivery.FAILED, "failed")])
def test_a_notification_that_reached_nobody_tells_nobody(delivery: Delivery, place: str) -> None:
    told = Told(NOTIFICATION, CASE, PERSON, delivery)
    holdings = Holdings([RECEIPT], ASSESSED, [IN_CASE], [told])
    assert stopped(holdings) == ("notification", place, "notification", "")
    assert only_missing(prove(holdings)).case_id == CASE


def test_a_mail_that_is_tried_again_is_undelivered_and_not_just_work() -> None:
    told = Told(NOTIFICATION, CASE, PERSON, Delivery.UNDELIVERED)
    job = Track(NOTIFYING, NOTIFICATION, StopPlace.WORK)
    assert stopped(Holdings([RECEIPT], ASSESSED, [IN_CASE], [told]), job)[1] == "undelivered"


def test_a_job_that_became_a_dead_letter_is_named() -> None:
    told = Told(NOTIFICATION, CASE, PERSON, Delivery.UNDELIVERED)
    track = Track(NOTIFYING, NOTIFICATION, StopPlace.DEAD_LETTER, "fault-KeyError")
    assert stopped(Holdings([RECEIPT], ASSESSED, [IN_CASE], [told]), track)[1:] == ("dead_letter", "notification", "fault-KeyError")


def test_one_person_who_was_told_is_enough() -> None:
    told = [Told(uuid4(), CASE, uuid4(), Delivery.FAILED), TOLD, Told(uuid4(), CASE, uuid4(), Delivery.UNDELIVERED)]
    assert prove(Holdings([RECEIPT], ASSESSED, [IN_CASE], told)).through == 1


def test_a_council_without_case_workers_has_nobody_to_tell_and_no_gap() -> None:
    proof = prove(Holdings([RECEIPT], ASSESSED, [IN_CASE], (), has_case_workers=False))
    assert (proof.nobody_to_tell, proof.gap, proof.notified, proof.through) == (1, 0, 0, 0)


def test_a_young_report_waits_until_the_grace_is_over() -> None:
    for age, is_gap in ((timedelta(seconds=59), False), (GRACE, True), (timedelta(hours=-1), False)):
        proof = prove(Holdings([Receipt(INCIDENT, NOW - age)]))
        assert (proof.gap, proof.waiting) == ((1, 0) if is_gap else (0, 1))


def test_a_report_in_the_slower_lane_waits_however_old_it_is() -> None:
    turn = NOW + timedelta(minutes=20)
    work = Track(CLASSIFICATION, INCIDENT, StopPlace.WORK, due_at=turn)
    proof = prove(Holdings([RECEIPT]), work)
    assert (proof.gap, proof.waiting, proof.slowed, proof.slowed_until) == (0, 1, 1, turn)
    both = proof.joined(prove(Holdings([RECEIPT]), Track(CLASSIFICATION, INCIDENT, StopPlace.WORK, due_at=turn - timedelta(minutes=1))))
    assert (both.slowed, both.slowed_until) == (2, turn)


@pytest.mark.parametrize("place", [StopPlace.WORK, StopPlace.DEAD_LETTER, StopPlace.PARKED])
def test_what_stands_beside_it_and_may_be_done_is_a_gap_all_the_same(place: StopPlace) -> None:
    slowed = Track(CLASSIFICATION, INCIDENT, StopPlace.WORK, due_at=NOW + timedelta(minutes=20))
    other = Track(CLASSIFICATION, INCIDENT, place)
    for tracks in ([slowed, other], [other, slowed]):
        proof = prove(Holdings([RECEIPT]), *tracks)
        assert (proof.gap, proof.slowed) == (1, 0)


def test_a_mail_that_was_not_taken_yet_is_never_slowed() -> None:
    told = Told(NOTIFICATION, CASE, PERSON, Delivery.UNDELIVERED)
    job = Track(NOTIFYING, NOTIFICATION, StopPlace.WORK, due_at=NOW + timedelta(minutes=20))
    proof = prove(Holdings([RECEIPT], ASSESSED, [IN_CASE], [told]), job)
    assert (proof.gap, proof.slowed) == (1, 0)


def test_the_oldest_comes_first_and_tells_the_age() -> None:
    older = Receipt(uuid4(), LONG_AGO - timedelta(hours=1))
    proof = prove(Holdings([RECEIPT])).joined(prove(Holdings([older])))
    assert [one.incident_id for one in proof.missing] == [older.incident_id, INCIDENT]
    assert proof.oldest_age(NOW) == timedelta(hours=1, minutes=10)


def test_two_cases_of_one_incident_and_two_notifications_of_one_person_are_doubles() -> None:
    second = InCase(INCIDENT, uuid4())
    again = Told(uuid4(), CASE, PERSON, Delivery.DELIVERED)
    colleague = Told(uuid4(), CASE, uuid4(), Delivery.DELIVERED)
    proof = prove(Holdings([RECEIPT], ASSESSED, [IN_CASE, second], [TOLD, again, colleague]))
    assert proof.doubles == {Double(ProofStage.CASE, INCIDENT), Double(ProofStage.NOTIFICATION, CASE, PERSON)}
    assert proof.joined(proof).doubles == proof.doubles, "a case that is seen with two pages is one double"


def test_only_unfinished_reports_are_asked_about_where_they_may_be() -> None:
    others = [Receipt(uuid4(), NOW) for _ in range(2)]
    holdings = Holdings([RECEIPT, *others], frozenset({INCIDENT, others[0].incident_id}), [IN_CASE], [TOLD])
    about = Comparison(holdings).about()
    assert about[INTAKE] == {others[1].incident_id}
    assert about[CLASSIFICATION] == {others[0].incident_id, others[1].incident_id}
    assert about[CASES] == {others[0].incident_id}
    assert NOTIFYING not in about


@st.composite
def any_holdings(draw: st.DrawFn) -> Holdings:
    """Any state in which a council may be found, with doubles and stages that were skipped."""
    incidents = [UUID(int=number) for number in range(draw(st.integers(0, 8)))]
    cases, people = [UUID(int=100 + number) for number in range(3)], [UUID(int=200 + number) for number in range(2)]
    receipts = [Receipt(incident, NOW - timedelta(seconds=draw(st.integers(-60, 600)))) for incident in incidents]
    some = st.lists(st.sampled_from(incidents), max_size=12) if incidents else st.just([])
    in_cases = [InCase(incident, draw(st.sampled_from(cases))) for incident in draw(some)]
    told = [
        Told(UUID(int=300 + number), draw(st.sampled_from(cases)), draw(st.sampled_from(people)), draw(st.sampled_from(Delivery)))
        for number in range(draw(st.integers(0, 6)))
    ]
    return Holdings(receipts, frozenset(draw(some)), in_cases, told, draw(st.booleans()))


any_tracks = st.lists(
    st.builds(
        Track,
        st.sampled_from(ServiceName),
        st.integers(0, 8).map(lambda number: UUID(int=number)) | st.integers(100, 102).map(lambda number: UUID(int=number)),
        st.sampled_from([StopPlace.OUTBOX, StopPlace.WORK, StopPlace.PARKED, StopPlace.DEAD_LETTER]),
    ),
    max_size=10,
)


@given(any_holdings(), any_tracks)
def test_every_receipt_is_in_exactly_one_of_the_four(holdings: Holdings, tracks: list[Track]) -> None:
    proof = prove(holdings, *tracks)
    assert proof.received == proof.through + proof.nobody_to_tell + proof.waiting + proof.gap
    assert all(count >= 0 for count in (proof.through, proof.nobody_to_tell, proof.waiting))
    assert max(proof.events, proof.assessed, proof.in_case, proof.notified, proof.through) <= proof.received


@given(any_holdings(), any_tracks)
def test_whoever_is_missing_was_received_is_old_and_is_named_once(holdings: Holdings, tracks: list[Track]) -> None:
    received = {receipt.incident_id: receipt.received_at for receipt in holdings.receipts}
    missing = prove(holdings, *tracks).missing
    assert len({one.incident_id for one in missing}) == len(missing)
    assert all(received[one.incident_id] == one.received_at <= NOW - GRACE for one in missing)


@given(any_holdings(), any_tracks)
def test_tracks_say_where_and_never_whether(holdings: Holdings, tracks: list[Track]) -> None:
    with_tracks, without = prove(holdings, *tracks), prove(holdings)
    assert [one.incident_id for one in with_tracks.missing] == [one.incident_id for one in without.missing]
    assert (with_tracks.through, with_tracks.waiting, with_tracks.doubles) == (without.through, without.waiting, without.doubles)


@given(any_holdings(), st.integers(0, 8))
def test_pages_make_the_same_proof_as_the_whole(holdings: Holdings, cut: int) -> None:
    def part(receipts: list[Receipt]) -> Proof:
        ids = {receipt.incident_id for receipt in receipts}
        in_cases = [one for one in holdings.in_cases if one.incident_id in ids]
        cases = {one.case_id for one in in_cases}
        told = [one for one in holdings.told if one.case_id in cases]
        return prove(Holdings(receipts, holdings.assessed, in_cases, told, holdings.has_case_workers))

    receipts = list(holdings.receipts)
    assert part(receipts[:cut]).joined(part(receipts[cut:])) == part(receipts)


@given(any_holdings())
def test_what_is_complete_and_single_has_neither_gap_nor_double(holdings: Holdings) -> None:
    receipts = holdings.receipts
    in_cases = [InCase(one.incident_id, CASE) for one in receipts]
    whole = Holdings(receipts, frozenset(one.incident_id for one in receipts), in_cases, [TOLD])
    proof = prove(whole)
    assert (proof.through, proof.gap, proof.waiting, proof.doubles) == (len(receipts), 0, 0, frozenset())
