"""Notification's domain there and back over its wire, and what comes in from other services."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_notification.adapters.wire import (
    configure_person_of,
    fact_of,
    listing_to_wire,
    raise_signal_of,
    raise_signal_of_event,
    tell_of_case_of,
)
from wardmote_notification.application.commands import ConfigurePerson, RaiseSignal, TellOfCase
from wardmote_notification.application.queries import Listing, NotificationView
from wardmote_notification.domain.events import FailureReason, NotificationDelivered, NotificationFailed
from wardmote_notification.domain.notification import Kind, Status

from wardmote.case_management.v1.case_events_pb2 import CaseEvent, CaseOpened, IncidentAttached
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.intake.v1.urgent_events_pb2 import UrgentEvent, UrgentSignalRaised
from wardmote.notification.v1.notification_events_pb2 import NotificationEvent
from wardmote.notification.v1.notification_pb2 import DeliveryStatus, NotificationKind
from wardmote.notification.v1.notification_service_pb2 import ListNotificationsResponse, RaiseUrgentSignalRequest
from wardmote.tenancy.v1.tenant_events_pb2 import PersonConfigured, TenantConfigured, TenantEvent
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Invalid
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Severity
from wardmote_runtime.wire_enums import from_wire, to_wire

TENANT = TenantId(uuid4())
WORK = WorkRef(uuid4(), "topic", uuid4())
ids = st.uuids()
references = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789-", min_size=1, max_size=40)
codes = st.text("abcdefgh-0123456789", min_size=1, max_size=20)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds


@given(st.builds(NotificationDelivered, ids, moments, ids, ids, ids))
def test_notification_delivered(event: NotificationDelivered) -> None:
    fact = fact_of(event, TENANT)
    wire = NotificationEvent.FromString(fact.value)
    told = wire.notification_delivered
    assert (fact.topic, fact.type, fact.aggregate_id) == ("notification-events", "NotificationDelivered", event.notification_id)
    assert wire.metadata.tenant_id == str(TENANT)
    assert event == NotificationDelivered(
        UUID(wire.metadata.event_id), wire.metadata.occurred_at.ToDatetime(UTC), UUID(wire.notification_id), UUID(told.person_id),
        UUID(told.about_id),
    )  # fmt: skip


@given(st.builds(NotificationFailed, ids, moments, ids, ids, ids, st.sampled_from(FailureReason)))
def test_notification_failed(event: NotificationFailed) -> None:
    fact = fact_of(event, TENANT)
    wire = NotificationEvent.FromString(fact.value)
    told = wire.notification_failed
    assert (fact.event_id, fact.type) == (event.event_id, "NotificationFailed")
    assert event == NotificationFailed(
        UUID(wire.metadata.event_id), wire.metadata.occurred_at.ToDatetime(UTC), UUID(wire.notification_id), UUID(told.person_id),
        UUID(told.about_id), FailureReason(told.reason_code),
    )  # fmt: skip


views = st.builds(
    NotificationView, ids, ids, st.sampled_from(Kind), st.sampled_from(Status), references, moments, st.none() | moments, st.integers(0, 99)
)


@given(st.lists(views, max_size=4), codes)
def test_a_listing_comes_back(shown: list[NotificationView], cursor: str) -> None:
    wire = ListNotificationsResponse.FromString(listing_to_wire(Listing(shown, cursor)).SerializeToString())
    assert wire.next_cursor == cursor
    assert shown == [
        NotificationView(
            UUID(one.notification_id), UUID(one.person_id), from_wire(NotificationKind, one.kind, Kind, "kind"),
            from_wire(DeliveryStatus, one.status, Status, "status"), one.reference, one.created_at.ToDatetime(UTC),
            one.delivered_at.ToDatetime(UTC) if one.HasField("delivered_at") else None, one.attempts,
        )
        for one in wire.notifications
    ]  # fmt: skip


@given(ids, ids, references, st.lists(codes))
def test_both_urgent_paths_make_the_same_command(signal: UUID, incident: UUID, reference: str, reasons: list[str]) -> None:
    request = RaiseUrgentSignalRequest(signal_id=str(signal), incident_id=str(incident), reference=reference, reason_codes=reasons)
    raised = UrgentSignalRaised(signal_id=str(signal), reference=reference, reason_codes=reasons)
    event = UrgentEvent(incident_id=str(incident), urgent_signal_raised=raised)
    assert raise_signal_of(request) == RaiseSignal(signal, incident, reference, tuple(reasons))
    assert raise_signal_of_event(event, WORK) == RaiseSignal(signal, incident, reference, tuple(reasons), WORK)


@given(ids, references, st.sampled_from(Severity))
def test_facts_of_a_case(case_id: UUID, reference: str, severity: Severity) -> None:
    number = to_wire(taxonomy.Severity, severity)
    opened = CaseEvent(case_id=str(case_id), case_opened=CaseOpened(reference=reference, severity=number))
    grown = CaseEvent(case_id=str(case_id), incident_attached=IncidentAttached(reference=reference, severity=number))
    assert tell_of_case_of(opened, WORK) == TellOfCase(Kind.CASE_OPENED, case_id, reference, severity, WORK)
    assert tell_of_case_of(grown, WORK) == TellOfCase(Kind.INCIDENT_ATTACHED, case_id, reference, severity, WORK)


def test_a_severity_that_is_not_known_here_still_tells_of_the_case() -> None:
    command = tell_of_case_of(CaseEvent(case_id=str(uuid4()), case_opened=CaseOpened(reference="A")), WORK)
    assert command is not None
    assert command.severity is None


def test_a_fact_of_a_person() -> None:
    person = uuid4()
    event = TenantEvent(person_configured=PersonConfigured(person_id=str(person), roles=["on_call", "something_newer"]))
    assert configure_person_of(event, WORK) == ConfigurePerson(person, frozenset({"on_call", "something_newer"}), WORK)
    left = configure_person_of(TenantEvent(person_configured=PersonConfigured(person_id=str(person))), WORK)
    assert left == ConfigurePerson(person, frozenset(), WORK)


def test_kinds_that_are_not_ours_or_not_known_make_no_command() -> None:
    assert configure_person_of(TenantEvent(tenant_configured=TenantConfigured(slug="a")), WORK) is None
    assert tell_of_case_of(CaseEvent(case_id=str(uuid4())), WORK) is None
    assert raise_signal_of_event(UrgentEvent(incident_id=str(uuid4())), WORK) is None


@pytest.mark.parametrize("reference", ["", "two words", "X\r\nBcc: someone", "X" * 41, "<b>"])
def test_nothing_but_a_reference_gets_into_a_mail_by_the_references_field(reference: str) -> None:
    request = RaiseUrgentSignalRequest(signal_id=str(uuid4()), incident_id=str(uuid4()), reference=reference)
    with pytest.raises(Invalid) as refused:
        raise_signal_of(request)
    assert [violation.field for violation in refused.value.violations] == ["reference"]
    with pytest.raises(Invalid):
        tell_of_case_of(CaseEvent(case_id=str(uuid4()), case_opened=CaseOpened(reference=reference)), WORK)


@pytest.mark.parametrize("field", ["signal_id", "incident_id"])
def test_what_is_not_an_id_is_refused_by_its_field(field: str) -> None:
    fields = {"signal_id": str(uuid4()), "incident_id": str(uuid4()), "reference": "7K3M-P2QX"} | {field: "no"}
    with pytest.raises(Invalid) as refused:
        raise_signal_of(RaiseUrgentSignalRequest(**fields))
    assert [violation.field for violation in refused.value.violations] == [field]
