"""What case-management takes from Kafka, and which handler does it."""

from collections.abc import Mapping

import structlog

from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent
from wardmote_case_management.adapters.wire import open_or_attach_of
from wardmote_case_management.application.handlers import Handlers
from wardmote_contracts.topics import ASSESSMENT_EVENTS
from wardmote_runtime.dispatcher import Handler
from wardmote_runtime.inbox import Subscription
from wardmote_runtime.tenant_copy import SUBSCRIPTION, TenantCopy
from wardmote_runtime.work import Work

SUBSCRIPTIONS = (SUBSCRIPTION, Subscription(ASSESSMENT_EVENTS.name, AssessmentEvent))


def work_handlers(handlers: Handlers, tenants: TenantCopy) -> Mapping[str, Handler]:
    """Kind of work to handler."""
    log = structlog.get_logger("stream")

    async def on_assessment(work: Work) -> None:
        command = open_or_attach_of(work.value, work.ref)
        if command is None:
            log.info("A fact of a kind that is not known here was passed over.", topic=work.ref.kind, event_id=str(work.ref.event_id))
            await handlers.pass_over(work.ref)
            return
        await handlers.open_or_attach(command)

    return {SUBSCRIPTION.topic: tenants.handle, ASSESSMENT_EVENTS.name: on_assessment}
