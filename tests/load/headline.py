"""The few figures that are committed and compared: from one measurement's file, and from the last one that was kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.load.figures import change
from tests.load.stretch import IN_CASE, MAILED, PAGED
from tests.load.way import ANSWER

Better = Literal["more", "less"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and which way is better."""

    value: float
    unit: str
    better: Better


def headline(found: Mapping[str, Any]) -> dict[str, Figure]:
    """By name, in the order in which they are told."""
    figures = {"sustained, report to mail": Figure(found["sustained reports/s"], "reports/s", "more")}
    for name, run in found["runs"].items():
        if name.startswith("closed"):
            figures[f"accepted: {name}"] = Figure(run["accepted/s"], "reports/s", "more")
            figures[f"to case: {name}"] = Figure(run["cases/s"], "reports/s", "more")
        else:
            figures[f"answer p95: {name}"] = Figure(run["times ms"][ANSWER]["p95"], "ms", "less")
            if run.get("rate"):  # Of a closed loop they would tell how long it went on: what waits grows until its end.
                figures[f"{IN_CASE} p95: {name}"] = Figure(run["times ms"][IN_CASE]["p95"], "ms", "less")
                figures[f"{MAILED} p95: {name}"] = Figure(run["times ms"][MAILED]["p95"], "ms", "less")
            figures[f"{PAGED} p99: {name}"] = Figure(run["times ms"][PAGED]["p99"], "ms", "less")
    return figures | _of_work(found) | _of_pile_on(found)


def _of_work(found: Mapping[str, Any]) -> dict[str, Figure]:
    wide = [run for name, run in found["runs"].items() if name.startswith("closed") and name.endswith("councils")]
    best = max(wide, key=lambda run: float(run["told/s"]))
    return {
        "processor time a report": Figure(best["cpu ms a report, all of the stack"], "ms", "less"),
        "bytes a report, databases": Figure(_sum(best["bytes a report"], "database"), "bytes", "less"),
        "bytes a report, topics": Figure(_sum(best["bytes a report"], "topic"), "bytes", "less"),
        "memory of the stack": Figure(round(sum(best["memory mb"].values()), 1), "MB", "less"),
    }


def _sum(amounts: Mapping[str, float], kind: str) -> float:
    return sum(amount for name, amount in amounts.items() if name.startswith(f"{kind} "))


def _of_pile_on(found: Mapping[str, Any]) -> dict[str, Figure]:
    quiet = found["pile-on"]
    return {
        f"quiet councils {when}: {what} p95": Figure(quiet[when][what]["p95"], "ms", "less")
        for what in (ANSWER, IN_CASE)
        for when in ("alone", "while it sends", "while it is worked off")
        if quiet[when][what]["count"]
    }


def ratios(found: Mapping[str, Any]) -> dict[str, float]:
    """What was reached, as a share of the machine's own limit in the same run."""
    raw, sustained = found["raw"], float(found["sustained reports/s"])
    accepted = max(float(run["accepted/s"]) for name, run in found["runs"].items() if name.startswith("closed"))
    limits = {name: float(value) for name, value in raw.items() if name != "bytes a report"}
    shares = {f"accepted of {name}": accepted / value for name, value in limits.items() if not name.startswith(("produce", "consume"))}
    return shares | {f"sustained of {name}": sustained / value for name, value in limits.items()}


def kept(file: Path, plan: str) -> dict[str, float]:
    """The last committed figures of a plan; empty when there are none yet."""
    if not file.exists():
        return {}
    told = json.loads(file.read_text(encoding="utf-8"))
    return {name: float(figure["value"]) for name, figure in told.get(plan, {}).get("figures", {}).items()}


def keep(file: Path, found: Mapping[str, Any]) -> None:
    """Makes this measurement the one that later ones of its plan are compared with."""
    told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    told[str(found["plan"])] = {
        "taken at": found["taken at"],
        "revision": found["revision"],
        "machine": found["machine"],
        "load average": {name: run["load average"] for name, run in found["runs"].items()},
        "ratios": {name: round(share, 5) for name, share in ratios(found).items()},
        "figures": {name: {"value": one.value, "unit": one.unit, "better": one.better} for name, one in headline(found).items()},
    }
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def verdict(figure: Figure, before: float | None) -> str:
    """How a figure stands beside the last one. Below a tenth it is noise: on two processors nothing is measured closer."""
    moved = None if before is None else change(figure.value, before)
    if moved is None:
        return ""
    if abs(moved) < 0.1:
        return f"{moved:+.0%}"
    return f"{moved:+.0%} {'better' if (moved > 0) == (figure.better == 'more') else 'worse'}"
