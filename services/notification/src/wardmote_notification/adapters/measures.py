"""What is counted and logged of paging and delivery. Ids and codes only."""

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from wardmote_notification.application.commands import DeliveryOutcome, SignalOutcome, SignalPath, Telling
from wardmote_notification.domain.notification import Kind
from wardmote_notification.domain.urgent_signal import SignalStatus
from wardmote_runtime.tenancy import current_tenant

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class PrometheusMeasures:
    """The service's own metrics, and its log lines about people who were not reached."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._signals = Counter(
            "wardmote_urgent_signals", "Urgent signals that arrived, by path and whom they paged.", ["path", "result"], registry=registry
        )
        self._ended = Histogram(
            "wardmote_notification_seconds",
            "From making a notification to its end.",
            ["kind", "result"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._unknown = Counter("wardmote_unknown_facts", "Facts of a kind this version does not know.", ["topic"], registry=registry)
        self._log = structlog.get_logger("notification")

    def signal(self, path: SignalPath, outcome: SignalOutcome) -> None:
        self._signals.labels(path, outcome.status if outcome.is_first else "repeated").inc()
        if not outcome.is_first:
            return
        about = {"tenant_id": str(current_tenant()), "signal_id": str(outcome.signal_id), "reason": outcome.status}
        if outcome.status is SignalStatus.CASE_WORKERS:
            self._log.warning("The council has nobody on call; its case workers are paged.", **about)
        elif outcome.status is SignalStatus.NOBODY:
            self._log.error("The council has nobody to page. Register a person; they are paged then.", **about)

    def telling(self, telling: Telling) -> None:
        if not telling.case_workers:
            self._log.warning("The council has no case worker to tell.", tenant_id=str(current_tenant()), case_id=str(telling.case_id))

    def delivery(self, outcome: DeliveryOutcome) -> None:
        self._ended.labels(outcome.kind, outcome.failure or "delivered").observe(outcome.waited.total_seconds())
        if outcome.failure is None:
            return
        about = {"tenant_id": str(current_tenant()), "notification_id": str(outcome.notification_id), "reason": outcome.failure}
        if outcome.kind is Kind.PAGE:
            self._log.error("A page did not reach its person. Call them.", **about)
        else:
            self._log.warning("A notification did not reach its person.", **about)

    def unknown_fact(self, topic: str) -> None:
        self._unknown.labels(topic).inc()
