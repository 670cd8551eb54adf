"""What is shown of the proof: gauges over all councils, and a log line for a council with a gap. Ids and codes only."""

from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, Gauge

from wardmote_runtime.tenancy import current_tenant
from wardmote_tenancy.application.ports import RoundSums
from wardmote_tenancy.domain.proof import Double, Missing, Proof

MOST_NAMED = 20
"""Ids in one log line; the command names all."""


class PrometheusProofMeasures:
    """Tenancy's own metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gap = Gauge(
            "wardmote_reconcile_gap",
            "Reports of the last day that are not through and had the time for it, all councils.",
            registry=registry,
        )
        self._oldest_age = Gauge("wardmote_reconcile_oldest_age_seconds", "Age of the oldest of these reports; 0: none.", registry=registry)
        self._doubled = Gauge("wardmote_reconcile_doubled", "Cases and notifications made twice, all councils.", registry=registry)
        self._unproved = Gauge(
            "wardmote_reconcile_unproved", "Active councils of which nothing could be said at the last look.", registry=registry
        )
        self._ended = Gauge(
            "wardmote_reconcile_last_timestamp_seconds", "When all councils were last looked at (Unix time).", registry=registry
        )
        self._log = structlog.get_logger("reconcile")

    def gap(self, found: Proof, oldest_age: timedelta) -> None:
        self._log.error(
            "Reports are not through, or something was done twice. `wardmote reconcile` names all.",
            tenant_id=str(current_tenant()), gap=found.gap, oldest_age_s=round(oldest_age.total_seconds(), 1), doubled=len(found.doubles),
            missing=[_missing(one) for one in found.missing[:MOST_NAMED]],
            doubles=[_double(one) for one in sorted(found.doubles, key=lambda one: one.about_id)[:MOST_NAMED]],
        )  # fmt: skip

    def round(self, sums: RoundSums) -> None:
        self._gap.set(sums.gap)
        self._oldest_age.set(sums.oldest_age.total_seconds())
        self._doubled.set(sums.doubled)
        self._unproved.set(sums.unproved)
        self._ended.set_to_current_time()

    def broken_off(self, unproved: int) -> None:
        self._unproved.set(unproved)


def _missing(one: Missing) -> str:
    return f"{one.incident_id} lacks {one.lacks}: {one.place} in {one.service}"


def _double(one: Double) -> str:
    return f"{one.stage} of {one.about_id}"
