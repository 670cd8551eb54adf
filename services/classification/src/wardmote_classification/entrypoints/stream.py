"""What classification takes from Kafka, and which handler does it."""

from collections.abc import Mapping

import structlog

from wardmote.intake.v1.incident_events_pb2 import IncidentEvent
from wardmote_classification.adapters.wire import assess_incident_of
from wardmote_classification.application.handlers import Handlers
from wardmote_contracts.topics import INCIDENT_EVENTS
from wardmote_runtime.dispatcher import Handler
from wardmote_runtime.inbox import Subscription
from wardmote_runtime.tenant_copy import SUBSCRIPTION, TenantCopy
from wardmote_runtime.work import Work


def may_wait(event: IncidentEvent) -> bool:
    """Whether the work on a report may stand in the slower lane. Never where somebody may be in danger: whoever is paged looks for the
    case."""
    return not (event.incident_reported.urgent_signal_id or event.incident_reported.feels_unsafe)


SUBSCRIPTIONS = (SUBSCRIPTION, Subscription(INCIDENT_EVENTS.name, IncidentEvent, may_wait=may_wait))


def work_handlers(handlers: Handlers, tenants: TenantCopy) -> Mapping[str, Handler]:
    """Kind of work to handler."""
    log = structlog.get_logger("stream")

    async def on_incident(work: Work) -> None:
        command = assess_incident_of(work.value, work.ref)
        if command is None:
            log.info("A fact of a kind that is not known here was passed over.", topic=work.ref.kind, event_id=str(work.ref.event_id))
            await handlers.pass_over(work.ref)
            return
        await handlers.assess_incident(command)

    return {SUBSCRIPTION.topic: tenants.handle, INCIDENT_EVENTS.name: on_incident}
