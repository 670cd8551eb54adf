"""The one place that knows both notification's domain and its protobuf."""

import re

from wardmote.case_management.v1 import case_events_pb2 as case_wire
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.intake.v1 import urgent_events_pb2 as urgent_wire
from wardmote.notification.v1 import notification_events_pb2 as event_wire
from wardmote.notification.v1 import notification_pb2 as notification_wire
from wardmote.notification.v1 import notification_service_pb2 as service_wire
from wardmote.tenancy.v1 import tenant_events_pb2 as tenant_wire
from wardmote_contracts.topics import NOTIFICATION_EVENTS
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Severity
from wardmote_notification.application.commands import ConfigurePerson, RaiseSignal, TellOfCase
from wardmote_notification.application.queries import Listing, NotificationView
from wardmote_notification.domain.events import NotificationDelivered, NotificationEvent
from wardmote_notification.domain.notification import Kind
from wardmote_runtime.envelope import Fact
from wardmote_runtime.wire_enums import optional_from_wire, to_wire
from wardmote_runtime.wire_values import id_of, stamp_of

_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,40}")
"""A reference goes into the subject of a mail, so nothing else may come in by this field."""

_FIRST_AND_LAST_VERSION = 1
"""A notification makes one fact in its life: it was delivered, or it failed."""


def fact_of(event: NotificationEvent, tenant: TenantId) -> Fact:
    """The fact as the outbox keeps it."""
    metadata = EventMetadata(
        event_id=str(event.event_id),
        tenant_id=str(tenant),
        occurred_at=stamp_of(event.occurred_at),
        aggregate_version=_FIRST_AND_LAST_VERSION,
    )
    message = event_wire.NotificationEvent(metadata=metadata, notification_id=str(event.notification_id))
    person_id, about_id = str(event.person_id), str(event.about_id)
    if isinstance(event, NotificationDelivered):
        message.notification_delivered.CopyFrom(event_wire.NotificationDelivered(person_id=person_id, about_id=about_id))
    else:
        failed = event_wire.NotificationFailed(person_id=person_id, about_id=about_id, reason_code=event.reason)
        message.notification_failed.CopyFrom(failed)
    name = type(event).__name__
    return Fact(event.event_id, NOTIFICATION_EVENTS.name, name, event.notification_id, event.occurred_at, message.SerializeToString())


def raise_signal_of(request: service_wire.RaiseUrgentSignalRequest) -> RaiseSignal:
    """The command that the straight path makes.

    Raises:
        Invalid: an id or the reference is not one.
    """
    return RaiseSignal(
        id_of(request.signal_id, "signal_id"), id_of(request.incident_id, "incident_id"),
        _reference_of(request.reference, "reference"), tuple(request.reason_codes),
    )  # fmt: skip


def raise_signal_of_event(event: urgent_wire.UrgentEvent, work: WorkRef) -> RaiseSignal | None:
    """The command that a fact of ``incident-urgent`` makes; None for a kind that is not known here.

    Raises:
        Invalid: an id or the reference is not one.
    """
    if not event.HasField("urgent_signal_raised"):
        return None
    raised = event.urgent_signal_raised
    return RaiseSignal(
        id_of(raised.signal_id, "signal_id"), id_of(event.incident_id, "incident_id"),
        _reference_of(raised.reference, "reference"), tuple(raised.reason_codes), work,
    )  # fmt: skip


def tell_of_case_of(event: case_wire.CaseEvent, work: WorkRef) -> TellOfCase | None:
    """The command that a fact of ``case-events`` makes; None for a kind that is not known here.

    Raises:
        Invalid: the case's id or its reference is not one.
    """
    fact: case_wire.CaseOpened | case_wire.IncidentAttached
    match event.WhichOneof("fact"):
        case "case_opened":
            kind, fact = Kind.CASE_OPENED, event.case_opened
        case "incident_attached":
            kind, fact = Kind.INCIDENT_ATTACHED, event.incident_attached
        case _:
            return None
    severity = optional_from_wire(taxonomy.Severity, fact.severity, Severity)
    return TellOfCase(kind, id_of(event.case_id, "case_id"), _reference_of(fact.reference, "reference"), severity, work)


def configure_person_of(event: tenant_wire.TenantEvent, work: WorkRef) -> ConfigurePerson | None:
    """The command that a fact of ``tenant-events`` makes; None for every fact that is not about a person.

    Raises:
        Invalid: the person's id is not one.
    """
    if not event.HasField("person_configured"):
        return None
    configured = event.person_configured
    return ConfigurePerson(id_of(configured.person_id, "person_id"), frozenset(configured.roles), work)


def notification_to_wire(view: NotificationView) -> notification_wire.Notification:
    """One message to one person."""
    return notification_wire.Notification(
        notification_id=str(view.notification_id),
        person_id=str(view.person_id),
        kind=to_wire(notification_wire.NotificationKind, view.kind),
        status=to_wire(notification_wire.DeliveryStatus, view.status),
        reference=view.reference,
        created_at=stamp_of(view.created_at),
        delivered_at=stamp_of(view.delivered_at) if view.delivered_at else None,
        attempts=view.attempts,
    )


def listing_to_wire(listing: Listing) -> service_wire.ListNotificationsResponse:
    """A part of the list."""
    notifications = [notification_to_wire(view) for view in listing.notifications]
    return service_wire.ListNotificationsResponse(notifications=notifications, next_cursor=listing.next_cursor)


def _reference_of(text: str, field: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise Invalid(Violation(field, "Send a reference: letters, digits and hyphens, at most 40."))
    return text
