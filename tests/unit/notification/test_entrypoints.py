"""Facts and jobs find their use case; what did not reach anybody is counted and logged, by ids and codes alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from wardmote_notification.adapters.measures import PrometheusMeasures
from wardmote_notification.application.commands import DeliveryOutcome, RaiseSignal, SignalOutcome, Telling
from wardmote_notification.application.jobs import DELIVER, REFRESH_CONTACT
from wardmote_notification.domain.events import FailureReason
from wardmote_notification.domain.notification import Kind
from wardmote_notification.domain.urgent_signal import SignalStatus
from wardmote_notification.entrypoints.grpc_api import RIGHTS
from wardmote_notification.entrypoints.stream import SUBSCRIPTIONS, Stream
from wardmote_notification.entrypoints.work import Jobs

from wardmote.case_management.v1.case_events_pb2 import CaseEvent, CaseOpened
from wardmote.intake.v1.urgent_events_pb2 import UrgentEvent, UrgentSignalRaised
from wardmote.notification.v1.notification_service_pb2 import DESCRIPTOR
from wardmote.tenancy.v1.tenant_events_pb2 import PersonConfigured, TenantConfigured, TenantEvent
from wardmote_kernel.delivery import WorkRef
from wardmote_runtime.logs import ALLOWED
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.work import Work


class FakeTenantCopy:
    def __init__(self) -> None:
        self.handled: list[Work] = []

    async def handle(self, work: Work) -> None:
        self.handled.append(work)


class Doors:
    """The entrypoints over the fake house."""

    def __init__(self, house: Any) -> None:
        self.registry, self.tenants = CollectorRegistry(), FakeTenantCopy()
        self.measures = PrometheusMeasures(self.registry)
        stream = Stream(house.handlers, self.tenants, self.measures)  # type: ignore[arg-type]  # has what is used
        self.does = {**stream.work_handlers(), **Jobs(house.delivery, self.measures).work_handlers()}

    async def work(self, kind: str, value: bytes = b"", *, key: str = "", job_id: UUID | None = None) -> None:
        await self.does[kind](Work(WorkRef(job_id or uuid4(), kind, uuid4()), key, {}, value))

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def doors(house: Any) -> Iterator[Doors]:
    with tenant_scope(uuid4()):
        yield Doors(house)


def urgent(signal_id: UUID) -> bytes:
    raised = UrgentSignalRaised(signal_id=str(signal_id), reference="7K3M-P2QX")
    return UrgentEvent(incident_id=str(uuid4()), urgent_signal_raised=raised).SerializeToString()


async def test_an_urgent_fact_pages_and_its_repeat_is_counted_as_one(house: Any, doors: Doors) -> None:
    await house.person("on_call")
    value = urgent(uuid4())
    await doors.work("incident-urgent", value)
    await doors.work("incident-urgent", value)
    assert len(house.notifications(Kind.PAGE)) == 1
    assert doors.count("wardmote_urgent_signals_total", path="topic", result="paged-on-call") == 1
    assert doors.count("wardmote_urgent_signals_total", path="topic", result="repeated") == 1


async def test_a_fact_of_a_case_tells_and_a_job_delivers(house: Any, doors: Doors) -> None:
    person = await house.person("case_worker")
    await doors.work("case-events", CaseEvent(case_id=str(uuid4()), case_opened=CaseOpened(reference="7K3M-P2QX")).SerializeToString())
    (notification,) = house.notifications(Kind.CASE_OPENED)
    await doors.work(DELIVER, job_id=notification.notification_id)
    await doors.work(DELIVER, job_id=notification.notification_id)
    await doors.work(REFRESH_CONTACT, key=str(person))
    assert len(house.mailer.sent) == 1
    assert doors.count("wardmote_notification_seconds_count", kind="case_opened", result="delivered") == 1


async def test_a_fact_of_a_person_is_ours_and_the_rest_goes_to_the_copy_of_the_tenants(house: Any, doors: Doors) -> None:
    await house.handlers.raise_signal(RaiseSignal(uuid4(), uuid4(), "7K3M-P2QX", ()))
    person = PersonConfigured(person_id=str(uuid4()), roles=["on_call"])
    await doors.work("tenant-events", TenantEvent(person_configured=person).SerializeToString())
    assert [str(known) for known in house.rows.recipients] == [person.person_id]
    assert doors.count("wardmote_urgent_signals_total", path="registration", result="paged-on-call") == 1
    assert doors.tenants.handled == []
    await doors.work("tenant-events", TenantEvent(tenant_configured=TenantConfigured(slug="northshire")).SerializeToString())
    await doors.work("tenant-events", TenantEvent().SerializeToString())
    assert len(doors.tenants.handled) == 2


@pytest.mark.parametrize(("topic", "event"), [("case-events", CaseEvent()), ("incident-urgent", UrgentEvent())])
async def test_an_unknown_kind_is_settled_and_counted(house: Any, doors: Doors, topic: str, event: CaseEvent | UrgentEvent) -> None:
    await doors.work(topic, event.SerializeToString())
    assert len(house.rows.settled) == 1
    assert doors.count("wardmote_unknown_facts_total", topic=topic) == 1


@pytest.mark.parametrize(
    ("status", "level"), [(SignalStatus.ON_CALL, None), (SignalStatus.CASE_WORKERS, "warning"), (SignalStatus.NOBODY, "error")]
)
def test_a_signal_that_did_not_find_the_on_call_people_is_logged(doors: Doors, status: SignalStatus, level: str | None) -> None:
    with capture_logs() as lines:
        doors.measures.signal("rpc", SignalOutcome(uuid4(), True, status))
        doors.measures.signal("rpc", SignalOutcome(uuid4(), False, status))
    assert [line["log_level"] for line in lines] == ([level] if level else [])
    assert doors.count("wardmote_urgent_signals_total", path="rpc", result=status) == 1


@pytest.mark.parametrize(
    ("kind", "failure", "level"),
    [(Kind.PAGE, None, None), (Kind.PAGE, FailureReason.GAVE_UP, "error"), (Kind.CASE_OPENED, FailureReason.NO_CONTACT, "warning")],
)
def test_a_notification_that_did_not_arrive_is_logged(doors: Doors, kind: Kind, failure: FailureReason | None, level: str | None) -> None:
    with capture_logs() as lines:
        doors.measures.delivery(DeliveryOutcome(uuid4(), kind, failure, timedelta(seconds=1)))
    assert [line["log_level"] for line in lines] == ([level] if level else [])


def test_log_lines_have_only_fields_that_may_be_written(doors: Doors) -> None:
    with capture_logs() as lines:
        doors.measures.signal("rpc", SignalOutcome(uuid4(), True, SignalStatus.NOBODY))
        doors.measures.telling(Telling(uuid4(), 0, 0))
        doors.measures.telling(Telling(uuid4(), 1, 0))
        doors.measures.delivery(DeliveryOutcome(uuid4(), Kind.PAGE, FailureReason.GAVE_UP, timedelta(0)))
    assert len(lines) == 3
    for line in lines:
        assert set(line) - {"log_level"} <= ALLOWED


def test_urgent_work_goes_first_and_every_rpc_has_its_rights() -> None:
    assert {one.topic for one in SUBSCRIPTIONS if one.is_urgent} == {"incident-urgent"}
    assert {one.topic for one in SUBSCRIPTIONS} == {"incident-urgent", "case-events", "tenant-events"}
    service = DESCRIPTOR.services_by_name["NotificationService"]
    assert set(RIGHTS) == {f"/{service.full_name}/{method.name}" for method in service.methods}
