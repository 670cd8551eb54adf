"""What is measured, in which order and how long: the quick plan and the full one."""

from dataclasses import dataclass

from tests.load.job import Face

FACES: tuple[Face, ...] = ("REST", "gRPC unary", "gRPC stream")


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of one measurement."""

    name: str
    councils: int
    raw_s: float
    """For each of the machine's own limits."""
    in_flight: int
    warm_up: int
    closed_s: float
    """About so long each closed loop takes, with the wait until everything is worked off: how many reports that is, the warm-up tells."""
    open_s: float
    """Of each open loop."""
    danger_share: float
    quiet_rate: float
    """Reports a second of all quiet councils together."""
    quiet_councils: int
    quiet_s: float
    flood_s: float
    """The quiet councils go on for the rest of ``quiet_s``, while the flood is worked off."""


FULL = Plan(
    "full", councils=400, raw_s=3.0, in_flight=32, warm_up=200, closed_s=22.0, open_s=25.0, danger_share=0.02, quiet_rate=8.0,
    quiet_councils=399, quiet_s=30.0, flood_s=12.0,
)  # fmt: skip
QUICK = Plan(
    "quick", councils=40, raw_s=1.0, in_flight=32, warm_up=80, closed_s=6.0, open_s=6.0, danger_share=0.02, quiet_rate=8.0,
    quiet_councils=39, quiet_s=8.0, flood_s=2.5,
)  # fmt: skip

FEWEST, MOST = 60, 10_000


def closed_reports(plan: Plan, told_a_second: float) -> int:
    """How many reports a closed loop sends, when so many went the whole way in each second of the warm-up."""
    return max(FEWEST, min(MOST, round(plan.closed_s * told_a_second)))
