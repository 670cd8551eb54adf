"""How a notification ends: delivered, refused, without contact, given up; and what tenancy's absence changes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from wardmote_notification.application.commands import ConfigurePerson, Deliver, RefreshContact
from wardmote_notification.application.ports import MailRefused, MailText
from wardmote_notification.domain.events import FailureReason, NotificationDelivered, NotificationFailed
from wardmote_notification.domain.notification import MOST_ATTEMPTS, MOST_PAGE_ATTEMPTS, Kind, Notification, Status

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import AlreadyHandled, IllegalTransition, Unavailable
from wardmote_testkit.clock import MONDAY_MORNING

AWAY = Unavailable("away")


def work(attempts: int = 1) -> WorkRef:
    return WorkRef(uuid4(), "deliver-notification", uuid4(), attempts)


async def ordinary(house: Any) -> Notification:
    await house.person("case_worker")
    await house.tell(Kind.CASE_OPENED, uuid4())
    made: Notification = house.notifications(Kind.CASE_OPENED)[0]
    return made


def kept(house: Any, notification: Notification) -> Notification:
    one: Notification = house.rows.notifications[notification.notification_id]
    return one


async def test_a_delivered_notification_is_marked_told_and_settled(house: Any) -> None:
    page = await house.page()
    house.clock.advance(timedelta(seconds=2))
    outcome = await house.deliver(page, attempts=3)
    assert house.mailer.sent == [(page.notification_id, f"{page.person_id}@council.example", MailText("page 7K3M-P2QX", "northshire"))]
    assert (outcome.failure, outcome.waited) == (None, timedelta(seconds=2))
    assert (kept(house, page).status, kept(house, page).attempts) == (Status.DELIVERED, 3)
    (fact,) = house.rows.facts
    assert isinstance(fact, NotificationDelivered)
    assert (fact.notification_id, fact.person_id, fact.about_id) == (page.notification_id, page.person_id, page.about_id)


async def test_a_notification_that_has_ended_is_not_sent_again(house: Any) -> None:
    page = await house.page()
    await house.deliver(page)
    assert await house.deliver(page) is None
    assert len(house.mailer.sent) == len(house.rows.facts) == 1


async def test_an_attempt_whose_claim_ran_out_keeps_nothing_of_its_end(house: Any) -> None:
    page, late = await house.page(), work()
    house.rows.settled.add(late.claim)
    with pytest.raises(AlreadyHandled):
        await house.delivery.deliver(Deliver(page.notification_id, late))
    assert kept(house, page).is_waiting
    assert house.rows.facts == []


async def test_the_contact_is_kept_and_used_when_tenancy_is_away(house: Any) -> None:
    page = await house.page()
    await house.deliver(page)
    house.tenancy.is_away = True
    second = await house.page()
    house.rows.contacts[second.person_id] = "kept@council.example"
    assert (await house.deliver(second)).failure is None
    assert house.rows.contacts[page.person_id] == f"{page.person_id}@council.example"
    assert house.mailer.sent[-1][1] == "kept@council.example"


async def test_what_tenancy_said_within_the_minute_is_not_asked_again(house: Any) -> None:
    page = await house.page()
    house.tenancy.remembered[page.person_id] = "recent@council.example"
    house.rows.contacts[page.person_id] = "kept@council.example"
    assert (await house.deliver(page)).failure is None
    assert (house.mailer.sent[0][1], house.tenancy.asked) == ("recent@council.example", [])
    assert house.rows.contacts[page.person_id] == "kept@council.example"


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"on_call"})])
async def test_of_someone_who_changed_or_left_nothing_is_remembered(house: Any, roles: frozenset[str]) -> None:
    person = await house.person("case_worker")
    house.tenancy.remembered[person] = "older@council.example"
    await house.handlers.configure_person(ConfigurePerson(person, roles, work()))
    assert house.tenancy.remembered == {}


async def test_without_tenancy_and_without_a_copy_it_is_tried_again(house: Any) -> None:
    page = await house.page()
    house.tenancy.is_away = True
    with pytest.raises(Unavailable):
        await house.deliver(page)
    assert kept(house, page).is_waiting


async def test_a_newer_contact_replaces_the_copy(house: Any) -> None:
    page = await house.page()
    house.rows.contacts[page.person_id] = "older@council.example"
    await house.deliver(page)
    assert house.rows.contacts[page.person_id] == house.mailer.sent[0][1] == f"{page.person_id}@council.example"


async def test_no_contact_ends_it_and_erases_the_copy(house: Any) -> None:
    page = await house.page()
    house.rows.contacts[page.person_id] = "older@council.example"
    del house.tenancy.known[page.person_id]
    assert (await house.deliver(page)).failure is FailureReason.NO_CONTACT
    assert page.person_id not in house.rows.contacts
    assert house.mailer.sent == []


async def test_a_contact_fetched_for_someone_who_left_meanwhile_is_not_kept(house: Any) -> None:
    page = await house.page()
    await house.handlers.configure_person(ConfigurePerson(page.person_id, frozenset(), work()))
    await house.deliver(page)
    assert house.rows.contacts == {}


async def test_a_contact_is_refreshed_ahead_of_time(house: Any) -> None:
    person = await house.person("on_call")
    refresh = RefreshContact(person, work())
    house.tenancy.is_away = True
    with pytest.raises(Unavailable):
        await house.delivery.refresh_contact(refresh)
    house.tenancy.is_away = False
    await house.delivery.refresh_contact(refresh)
    assert house.rows.contacts == {person: f"{person}@council.example"}
    assert refresh.work.claim in house.rows.settled


async def test_a_refusal_for_good_ends_it_at_once(house: Any) -> None:
    notification = await ordinary(house)
    house.mailer.fault = MailRefused("no")
    assert (await house.deliver(notification)).failure is FailureReason.REFUSED
    (fact,) = house.rows.facts
    assert isinstance(fact, NotificationFailed)
    assert fact.reason == "refused-by-server"


async def test_a_temporary_failure_is_tried_again_and_counted(house: Any) -> None:
    notification = await ordinary(house)
    house.mailer.fault = AWAY
    with pytest.raises(Unavailable):
        await house.deliver(notification, attempts=MOST_ATTEMPTS - 1)
    assert (kept(house, notification).status, kept(house, notification).attempts) == (Status.WAITING, MOST_ATTEMPTS - 1)
    assert house.rows.facts == []


async def test_an_ordinary_notification_is_given_up_after_its_last_attempt(house: Any) -> None:
    notification = await ordinary(house)
    house.mailer.fault = AWAY
    assert (await house.deliver(notification, attempts=MOST_ATTEMPTS)).failure is FailureReason.GAVE_UP
    assert kept(house, notification).failure == "gave-up"


async def test_a_page_is_tried_much_longer_and_its_end_is_told(house: Any) -> None:
    page = await house.page()
    house.mailer.fault = AWAY
    for attempts in (MOST_ATTEMPTS, MOST_PAGE_ATTEMPTS - 1):
        with pytest.raises(Unavailable):
            await house.deliver(page, attempts)
    assert (await house.deliver(page, MOST_PAGE_ATTEMPTS)).failure is FailureReason.GAVE_UP
    assert isinstance(house.rows.facts[0], NotificationFailed)


async def test_giving_up_while_tenancy_is_away_keeps_the_copy(house: Any) -> None:
    page = await house.page()
    house.rows.contacts[page.person_id] = "kept@council.example"
    house.tenancy.is_away, house.mailer.fault = True, AWAY
    await house.deliver(page, MOST_PAGE_ATTEMPTS)
    assert house.rows.contacts == {page.person_id: "kept@council.example"}


@pytest.mark.parametrize("end", ["deliver", "fail"])
def test_what_has_ended_stays_so(end: str) -> None:
    one = Notification(uuid4(), uuid4(), Kind.PAGE, uuid4(), "7K3M-P2QX", MONDAY_MORNING)
    if end == "deliver":
        one.deliver(uuid4(), MONDAY_MORNING)
    else:
        one.fail(uuid4(), MONDAY_MORNING, FailureReason.GAVE_UP)

    def deliver() -> None:
        one.deliver(uuid4(), MONDAY_MORNING)

    def fail() -> None:
        one.fail(uuid4(), MONDAY_MORNING, FailureReason.REFUSED)

    def begin() -> None:
        one.begin_attempt(2)

    for again in (deliver, fail, begin):
        with pytest.raises(IllegalTransition):
            again()
    assert len(one.events) == 1
