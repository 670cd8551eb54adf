"""The jobs that classification gives itself."""

from collections.abc import Mapping

from wardmote_classification.application.commands import AssessAgain
from wardmote_classification.application.handlers import Handlers
from wardmote_classification.application.jobs import ASSESS_AGAIN
from wardmote_runtime.dispatcher import Handler
from wardmote_runtime.work import Work


def work_handlers(handlers: Handlers) -> Mapping[str, Handler]:
    """Kind of job to handler. A job carries no payload: its id says what it is about."""

    async def assess_again(work: Work) -> None:
        await handlers.assess_again(AssessAgain(work.ref, work.ref.event_id))

    return {ASSESS_AGAIN: assess_again}
