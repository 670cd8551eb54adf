"""What demo and latency print: plain tables that can be copied."""

from collections.abc import Sequence

from wardmote_local.demo import Became
from wardmote_local.latency import Sample, percentile
from wardmote_local.stages import Stages


def demo_lines(became: Sequence[Became]) -> list[str]:
    """A table that stays copyable: one line for each report, the link last."""
    lines: list[str] = []
    for one in became:
        if not lines or one.council not in lines:
            lines += [one.council]
        urgent = "paged" if one.is_urgent else ""
        lines.append(f"  {one.kind:<35} {one.outcome:<10} {one.severity:<3} {urgent:<6} {one.link}")
    return lines


def latency_lines(samples: Sequence[Sample], stages: Sequence[Stages]) -> list[str]:
    """p50 and p95 of the whole and of each stage."""
    whole = [sample.accepted_to_visible_ms for sample in samples]
    lines = [f"{'':<48}{'p50 ms':>8}{'p95 ms':>8}", _row("Report accepted to case in the list", whole), ""]
    lines += (
        [f"Where the time goes, from the traces of {len(stages)} of {len(samples)} reports"] if stages else ["No whole trace was found."]
    )
    for name in stages[0] if stages else ():
        lines.append(_row(f"  {name}", [one[name] for one in stages]))
    return lines


def _row(name: str, values: Sequence[float]) -> str:
    return f"{name:<48}{percentile(values, 0.5):>8.1f}{percentile(values, 0.95):>8.1f}"
