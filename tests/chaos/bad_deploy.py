"""A deploy of classification's work that rejects every incident: ``python -m tests.chaos.bad_deploy work``.

All of it is the real service but for the handler, which fails as a programmer's mistake would.
"""

from collections.abc import Sequence

from wardmote_classification.settings import ClassificationSettings

from wardmote_contracts.topics import INCIDENT_EVENTS
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole
from wardmote_runtime.service_command import serve
from wardmote_runtime.tenant_copy import SUBSCRIPTION
from wardmote_runtime.work import Work


async def broken(work: Work) -> None:
    """What a deploy does that was never tried."""
    raise KeyError(work.ref.kind)


def parts(role: ProcessRole, settings: ClassificationSettings) -> Sequence[Part]:
    """As classification's own, for the role ``work`` alone."""
    plumbing = Plumbing.of("classification", settings)
    handlers = {SUBSCRIPTION.topic: plumbing.tenants.handle, INCIDENT_EVENTS.name: broken}
    return plumbing.parts(role, {"work": [plumbing.dispatcher(handlers)]})


if __name__ == "__main__":
    serve("classification", ClassificationSettings, parts, roles=("work",))
