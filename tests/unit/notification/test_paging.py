"""The urgent paths: whichever is first pages, and a council without on-call people is not left alone."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from wardmote_notification.application.commands import ConfigurePerson, RaiseSignal, SignalOutcome
from wardmote_notification.domain.notification import Kind
from wardmote_notification.domain.roster import Recipient, Roster
from wardmote_notification.domain.urgent_signal import SignalStatus, UrgentSignal

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled, IllegalTransition
from wardmote_testkit.clock import MONDAY_MORNING


def work() -> WorkRef:
    return WorkRef(uuid4(), "incident-urgent", uuid4())


def by_rpc(signal_id: UUID) -> RaiseSignal:
    return RaiseSignal(signal_id, uuid4(), "7K3M-P2QX", ("reporter-in-danger",))


def by_topic(signal_id: UUID) -> RaiseSignal:
    return RaiseSignal(signal_id, uuid4(), "7K3M-P2QX", ("reporter-in-danger",), work())


@pytest.mark.parametrize(("first", "second"), [(by_rpc, by_topic), (by_topic, by_rpc), (by_rpc, by_rpc), (by_topic, by_topic)])
async def test_the_first_path_pages_and_the_second_is_a_no_op(house: Any, first: Any, second: Any) -> None:
    people = {await house.person("on_call"), await house.person("on_call", "case_worker")}
    await house.person("case_worker")
    signal_id = uuid4()
    outcome = await house.handlers.raise_signal(first(signal_id))
    again = second(signal_id)
    later = await house.handlers.raise_signal(again)
    assert (outcome.is_first, later.is_first) == (True, False)
    assert {page.person_id for page in house.notifications(Kind.PAGE)} == people
    assert len(house.notifications(Kind.PAGE)) == 2
    assert again.work is None or again.work.claim in house.rows.settled


async def test_a_signal_whose_work_was_settled_by_another_attempt_keeps_nothing(house: Any) -> None:
    await house.person("on_call")
    settled = work()
    done = replace(by_rpc(uuid4()), work=settled)
    house.rows.settled.add(settled.claim)
    with pytest.raises(AlreadyHandled):
        await house.handlers.raise_signal(done)
    assert house.rows.signals == {}
    assert house.notifications(Kind.PAGE) == []


async def test_without_anybody_on_call_the_case_workers_are_paged_and_the_record_says_so(house: Any) -> None:
    worker = await house.person("case_worker")
    await house.person("council_admin")
    outcome = await house.handlers.raise_signal(by_rpc(uuid4()))
    assert [page.person_id for page in house.notifications(Kind.PAGE)] == [worker]
    assert house.rows.signals[outcome.signal_id].status == "paged-case-workers-no-on-call"


async def test_a_signal_with_nobody_to_page_is_kept_and_pages_the_first_person_who_is_registered(house: Any) -> None:
    outcome = await house.handlers.raise_signal(by_rpc(uuid4()))
    assert outcome == SignalOutcome(outcome.signal_id, True, SignalStatus.NOBODY)
    await house.person("council_admin")
    assert house.notifications(Kind.PAGE) == []
    first = await house.person("case_worker")
    await house.person("on_call")
    assert [page.person_id for page in house.notifications(Kind.PAGE)] == [first]
    assert house.rows.signals[outcome.signal_id].status is SignalStatus.CASE_WORKERS


async def test_registering_again_answers_no_signal_twice(house: Any) -> None:
    await house.handlers.raise_signal(by_rpc(uuid4()))
    person = await house.person("on_call")
    again = await house.handlers.configure_person(ConfigurePerson(person, frozenset({"on_call"}), work()))
    assert again == []
    assert len(house.notifications(Kind.PAGE)) == 1


async def test_someone_who_left_is_neither_paged_nor_told_and_their_contact_is_gone(house: Any) -> None:
    person = await house.person("on_call", "case_worker")
    house.rows.contacts[person] = "someone@council.example"
    await house.handlers.configure_person(ConfigurePerson(person, frozenset(), work()))
    assert person not in house.rows.recipients
    assert person not in house.rows.contacts
    assert (await house.handlers.raise_signal(by_rpc(uuid4()))).status is SignalStatus.NOBODY


async def test_a_registered_persons_contact_is_fetched_before_it_is_needed(house: Any) -> None:
    person = await house.person("on_call")
    assert house.rows.refreshes == [person]


async def test_an_unknown_kind_of_fact_is_settled(house: Any) -> None:
    passed = work()
    await house.handlers.pass_over(passed)
    assert house.rows.settled == {passed.claim}


def test_a_signal_pages_once_in_its_life() -> None:
    person = uuid4()
    signal = UrgentSignal(uuid4(), uuid4(), "7K3M-P2QX", (), MONDAY_MORNING)
    assert signal.page(Roster()) == ()
    assert signal.page(Roster.of([Recipient(person, frozenset({"on_call"}))])) == (person,)
    with pytest.raises(IllegalTransition):
        signal.page(Roster())


def test_a_roster_has_a_fixed_order_and_knows_only_its_roles() -> None:
    people = [Recipient(uuid4(), frozenset({"on_call", "something_newer"})) for _ in range(5)]
    assert Roster.of(people) == Roster.of(reversed(people))
    assert Roster.of(people).case_workers == ()


async def test_who_holds_the_roster_or_waits_for_it_makes_nobody_else_wait(house: Any) -> None:
    """Paging and registering wait for each other on the roster, so they share their transaction with no other work."""

    def shared() -> Any:
        raise AssertionError("Not in a shared transaction.")

    alone = replace(house.handlers, unit_of_work=shared)
    person = uuid4()
    await alone.configure_person(ConfigurePerson(person, frozenset({"on_call"}), WorkRef(uuid4(), "test", uuid4(), 1)))
    assert (await alone.raise_signal(RaiseSignal(uuid4(), uuid4(), "7K3M-P2QX", ()))).is_first
    assert [page.person_id for page in house.notifications(Kind.PAGE)] == [person]
