"""Who is told of a case, and when more would only be noise."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from wardmote_notification.domain.notification import Kind


async def test_every_case_worker_is_told_once_that_a_case_was_opened(house: Any) -> None:
    workers = {await house.person("case_worker"), await house.person("case_worker", "on_call")}
    await house.person("on_call")
    case_id = uuid4()
    first = await house.tell(Kind.CASE_OPENED, case_id)
    again = await house.tell(Kind.CASE_OPENED, case_id)
    assert ((first.case_workers, first.made), (again.case_workers, again.made)) == ((2, 2), (2, 0))
    assert {one.person_id for one in house.notifications(Kind.CASE_OPENED)} == workers
    assert not any(one.is_page for one in house.notifications(Kind.CASE_OPENED))


async def test_a_case_without_case_workers_says_so(house: Any) -> None:
    await house.person("on_call")
    telling = await house.tell(Kind.CASE_OPENED, uuid4())
    assert (telling.case_workers, telling.made) == (0, 0)


async def test_a_pile_on_makes_one_mail_while_the_first_one_waits(house: Any) -> None:
    await house.person("case_worker")
    case_id = uuid4()
    made = [(await house.tell(Kind.INCIDENT_ATTACHED, case_id)).made for _ in range(300)]
    assert sum(made) == 1
    assert len(house.rows.settled) == 301


async def test_after_a_delivery_growth_is_quiet_for_ten_minutes(house: Any) -> None:
    await house.person("case_worker")
    case_id = uuid4()
    await house.tell(Kind.INCIDENT_ATTACHED, case_id)
    await house.deliver(house.notifications(Kind.INCIDENT_ATTACHED)[0])
    house.clock.advance(timedelta(minutes=9, seconds=59))
    assert (await house.tell(Kind.INCIDENT_ATTACHED, case_id)).made == 0
    house.clock.advance(timedelta(seconds=1))
    assert (await house.tell(Kind.INCIDENT_ATTACHED, case_id)).made == 1


async def test_quiet_is_of_one_case_and_one_kind(house: Any) -> None:
    await house.person("case_worker")
    case_id = uuid4()
    assert (await house.tell(Kind.CASE_OPENED, case_id)).made == 1
    assert (await house.tell(Kind.INCIDENT_ATTACHED, case_id)).made == 1
    assert (await house.tell(Kind.INCIDENT_ATTACHED, uuid4())).made == 1


async def test_someone_new_is_told_of_growth_though_others_are_quiet(house: Any) -> None:
    await house.person("case_worker")
    case_id = uuid4()
    await house.tell(Kind.INCIDENT_ATTACHED, case_id)
    newcomer = await house.person("case_worker")
    await house.tell(Kind.INCIDENT_ATTACHED, case_id)
    assert house.notifications(Kind.INCIDENT_ATTACHED)[-1].person_id == newcomer
    assert len(house.notifications(Kind.INCIDENT_ATTACHED)) == 2
