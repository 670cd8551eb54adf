"""Which handler does what comes from Kafka."""

from typing import Any
from uuid import uuid4

from wardmote_case_management.application.commands import OpenOrAttachCase
from wardmote_case_management.entrypoints.stream import SUBSCRIPTIONS, work_handlers

from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent, IncidentAssessed
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote_contracts.topics import ALL
from wardmote_kernel.delivery import WorkRef
from wardmote_runtime.work import Work


class Handlers:
    """Remembers what it was ordered."""

    def __init__(self) -> None:
        self.commands: list[OpenOrAttachCase] = []
        self.passed_over: list[WorkRef] = []

    async def open_or_attach(self, command: OpenOrAttachCase) -> None:
        self.commands.append(command)

    async def pass_over(self, work: WorkRef) -> None:
        self.passed_over.append(work)


class Tenants:
    async def handle(self, work: Work) -> None:
        raise AssertionError("not asked for here")


async def test_an_assessment_is_ordered_and_an_unknown_fact_is_passed_over() -> None:
    fake: Any = Handlers()
    tenants: Any = Tenants()
    handle = work_handlers(fake, tenants)["assessment-events"]
    known, unknown = (WorkRef(uuid4(), "assessment-events", uuid4()) for _ in range(2))
    fact = IncidentAssessed(
        assessment_id=str(uuid4()), reference="7K3M-P2QX", outcome=taxonomy.OUTCOME_ABUSE, severity=taxonomy.SEVERITY_S2,
        threat_level=taxonomy.THREAT_LEVEL_T0, target_role=taxonomy.TARGET_ROLE_STAFF, channel=taxonomy.CHANNEL_EMAIL,
    )  # fmt: skip
    await handle(Work(known, "t/i", {}, AssessmentEvent(incident_id=str(uuid4()), incident_assessed=fact).SerializeToString()))
    await handle(Work(unknown, "t/i", {}, AssessmentEvent(incident_id=str(uuid4())).SerializeToString()))
    assert [command.work for command in fake.commands] == [known]
    assert fake.passed_over == [unknown]


def test_it_takes_and_handles_what_the_catalogue_says() -> None:
    fake: Any = Handlers()
    tenants: Any = Tenants()
    declared = {topic.name for topic in ALL if "case-management" in topic.consumers}
    assert {subscription.topic for subscription in SUBSCRIPTIONS} == declared
    assert set(work_handlers(fake, tenants)) == declared
