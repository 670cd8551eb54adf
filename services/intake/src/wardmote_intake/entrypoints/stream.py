"""What intake takes from Kafka, and which handler does it."""

from collections.abc import Mapping

from wardmote_runtime.dispatcher import Handler
from wardmote_runtime.tenant_copy import SUBSCRIPTION, TenantCopy

SUBSCRIPTIONS = (SUBSCRIPTION,)


def work_handlers(tenants: TenantCopy) -> Mapping[str, Handler]:
    """Kind of work to handler."""
    return {SUBSCRIPTION.topic: tenants.handle}
