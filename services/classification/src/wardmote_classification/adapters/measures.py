"""What is counted and logged of the shadow. Codes only."""

import structlog
from prometheus_client import CollectorRegistry, Counter


class PrometheusShadowMeasures:
    """One counter, and a log line for each fault."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._shadowed = Counter(
            "wardmote_shadowed", "Assessed incidents by what became of the candidate's judging them.", ["result"], registry=registry
        )
        self._log = structlog.get_logger("shadow")

    def compared(self) -> None:
        self._shadowed.labels("compared").inc()

    def passed_over(self) -> None:
        self._shadowed.labels("passed-over").inc()

    def failed(self, fault: BaseException) -> None:
        self._shadowed.labels("failed").inc()
        self._log.warning("The candidate did not judge. Nothing else is touched by it.", error=type(fault).__name__)
