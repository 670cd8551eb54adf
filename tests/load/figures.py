"""Figures from many times: percentiles and rates. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in milliseconds, over ``count`` reports."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Times":
        """Nearest-rank percentiles; zeros when there are no values.

        >>> Times.of([4.0, 1.0, 3.0, 2.0]).p50
        2.0
        """
        ranked = sorted(values)
        return cls(len(ranked), *(round(percentile(ranked, share), 2) for share in (0.5, 0.95, 0.99, 1.0)))

    def as_json(self) -> dict[str, float]:
        return asdict(self)


def percentile(ranked: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of sorted values.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.95)
    4.0
    """
    return ranked[max(0, ceil(len(ranked) * share) - 1)] if ranked else 0.0


def rate(count: int, seconds: float) -> float:
    """So many a second; 0 when no time passed."""
    return count / seconds if seconds > 0 else 0.0


def per(amounts: Mapping[str, float], count: int) -> dict[str, float]:
    """Each amount shared out over ``count`` reports."""
    return {name: amount / count if count else 0.0 for name, amount in amounts.items()}


def change(now: float, before: float) -> float | None:
    """By how much of ``before`` it changed; None when there is nothing to compare with.

    >>> change(110.0, 100.0)
    0.1
    """
    return round(now / before - 1, 4) if before else None
