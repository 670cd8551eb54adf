"""What notification takes from Kafka, and which handler does it."""

from collections.abc import Mapping

from wardmote.case_management.v1.case_events_pb2 import CaseEvent
from wardmote.intake.v1.urgent_events_pb2 import UrgentEvent
from wardmote.tenancy.v1.tenant_events_pb2 import TenantEvent
from wardmote_contracts.topics import CASE_EVENTS, INCIDENT_URGENT
from wardmote_notification.adapters.wire import configure_person_of, raise_signal_of_event, tell_of_case_of
from wardmote_notification.application.handlers import Handlers
from wardmote_notification.application.ports import Measures
from wardmote_runtime.dispatcher import Handler
from wardmote_runtime.inbox import Subscription
from wardmote_runtime.tenant_copy import SUBSCRIPTION as TENANTS
from wardmote_runtime.tenant_copy import TenantCopy
from wardmote_runtime.work import Work

URGENT = Subscription(INCIDENT_URGENT.name, UrgentEvent, is_urgent=True)
CASES = Subscription(CASE_EVENTS.name, CaseEvent)
SUBSCRIPTIONS = (URGENT, CASES, TENANTS)


class Stream:
    """Each fact becomes its command."""

    def __init__(self, handlers: Handlers, tenants: TenantCopy, measures: Measures) -> None:
        self._handlers = handlers
        self._tenants = tenants
        self._measures = measures

    def work_handlers(self) -> Mapping[str, Handler]:
        """Topic to handler."""
        return {URGENT.topic: self.urgent, CASES.topic: self.case, TENANTS.topic: self.tenant}

    async def urgent(self, work: Work) -> None:
        """The second urgent path."""
        command = raise_signal_of_event(UrgentEvent.FromString(work.value), work.ref)
        if command is None:
            await self._pass_over(work)
        else:
            self._measures.signal("topic", await self._handlers.raise_signal(command))

    async def case(self, work: Work) -> None:
        """A case was opened, or has grown."""
        command = tell_of_case_of(CaseEvent.FromString(work.value), work.ref)
        if command is None:
            await self._pass_over(work)
        else:
            self._measures.telling(await self._handlers.tell_of_case(command))

    async def tenant(self, work: Work) -> None:
        """A fact about a person is ours; of any other the platform's copy of the tenants takes what it needs."""
        command = configure_person_of(TenantEvent.FromString(work.value), work.ref)
        if command is None:
            await self._tenants.handle(work)
            return
        for outcome in await self._handlers.configure_person(command):
            self._measures.signal("registration", outcome)

    async def _pass_over(self, work: Work) -> None:
        await self._handlers.pass_over(work.ref)
        self._measures.unknown_fact(work.ref.kind)
