"""The jobs that notification gives itself."""

from collections.abc import Mapping
from uuid import UUID

from wardmote_notification.application.commands import Deliver, RefreshContact
from wardmote_notification.application.delivery import Delivery
from wardmote_notification.application.jobs import DELIVER, REFRESH_CONTACT
from wardmote_notification.application.ports import Measures
from wardmote_runtime.dispatcher import Handler
from wardmote_runtime.work import Work


class Jobs:
    """Each job becomes its command. A job carries no payload: its id or key says what it is about."""

    def __init__(self, delivery: Delivery, measures: Measures) -> None:
        self._delivery = delivery
        self._measures = measures

    def work_handlers(self) -> Mapping[str, Handler]:
        """Kind of job to handler."""
        return {DELIVER: self.deliver, REFRESH_CONTACT: self.refresh_contact}

    async def deliver(self, work: Work) -> None:
        """Send a notification; the job has its id."""
        outcome = await self._delivery.deliver(Deliver(work.ref.event_id, work.ref))
        if outcome is not None:
            self._measures.delivery(outcome)

    async def refresh_contact(self, work: Work) -> None:
        """Keep a copy of someone's contact; the job's key is their id."""
        await self._delivery.refresh_contact(RefreshContact(UUID(work.key), work.ref))
