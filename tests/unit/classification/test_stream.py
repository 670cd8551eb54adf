"""Which handler does what comes from Kafka."""

from typing import Any
from uuid import uuid4

import pytest
from wardmote_classification.application.commands import AssessIncident
from wardmote_classification.entrypoints.stream import SUBSCRIPTIONS, may_wait, work_handlers

from wardmote.event.v1.taxonomy_pb2 import CHANNEL_EMAIL, TARGET_ROLE_STAFF
from wardmote.intake.v1.incident_events_pb2 import IncidentEvent, IncidentReported, ReportedItem
from wardmote_contracts.topics import ALL
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Invalid
from wardmote_runtime.work import Work


class Handlers:
    """Remembers what it was ordered."""

    def __init__(self) -> None:
        self.commands: list[AssessIncident] = []
        self.passed_over: list[WorkRef] = []

    async def assess_incident(self, command: AssessIncident) -> None:
        self.commands.append(command)

    async def pass_over(self, work: WorkRef) -> None:
        self.passed_over.append(work)


class Tenants:
    async def handle(self, work: Work) -> None:
        raise AssertionError("not asked for here")


def work(event: IncidentEvent) -> Work:
    return Work(WorkRef(uuid4(), "incident-events", uuid4()), "t/i", {}, event.SerializeToString())


async def test_a_report_is_ordered_to_be_assessed_and_an_unknown_fact_is_passed_over() -> None:
    fake: Any = Handlers()
    tenants: Any = Tenants()
    handle = work_handlers(fake, tenants)["incident-events"]
    item = ReportedItem(item_id=str(uuid4()), channel=CHANNEL_EMAIL)
    reported = IncidentReported(reference="7K3M-P2QX", items=[item], target_role=TARGET_ROLE_STAFF)
    known, unknown = work(IncidentEvent(incident_id=str(uuid4()), incident_reported=reported)), work(IncidentEvent())
    await handle(known)
    await handle(unknown)
    assert [command.work for command in fake.commands] == [known.ref]
    assert fake.passed_over == [unknown.ref]


async def test_an_incident_without_items_is_refused() -> None:
    fake: Any = Handlers()
    tenants: Any = Tenants()
    empty = IncidentEvent(incident_id=str(uuid4()), incident_reported=IncidentReported(target_role=TARGET_ROLE_STAFF))
    with pytest.raises(Invalid):
        await work_handlers(fake, tenants)["incident-events"](work(empty))
    assert fake.commands == []


def test_it_takes_and_handles_what_the_catalogue_says() -> None:
    fake: Any = Handlers()
    tenants: Any = Tenants()
    declared = {topic.name for topic in ALL if "classification" in topic.consumers}
    assert {subscription.topic for subscription in SUBSCRIPTIONS} == declared
    assert set(work_handlers(fake, tenants)) == declared


def test_only_where_nobody_may_be_in_danger_work_waits_in_the_slower_lane() -> None:
    assert may_wait(IncidentEvent(incident_reported=IncidentReported(report_id="a")))
    assert not may_wait(IncidentEvent(incident_reported=IncidentReported(urgent_signal_id="a")))
    assert not may_wait(IncidentEvent(incident_reported=IncidentReported(feels_unsafe=True)))
    assert [subscription.topic for subscription in SUBSCRIPTIONS if subscription.may_wait is not None] == ["incident-events"]
