"""The measurement as lines for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.load.headline import headline, ratios, verdict


def lines_of(found: Mapping[str, Any], before: Mapping[str, float]) -> Iterator[str]:
    """Everything worth reading at the end of a run."""
    machine = found["machine"]
    yield f"{found['plan']} run of {found['taken at']}, revision {found['revision']}, {machine['processors']} × {machine['model']}"
    yield ""
    yield from _runs(found["runs"])
    for name, run in found["runs"].items():
        if not name.startswith("closed"):
            yield from _times(name, run["times ms"])
    yield from _pile_on(found["pile-on"])
    yield from _work(found["runs"])
    yield from _ratios(found)
    yield from _headline(found, before)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell; all but the first to the right."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    for row in (head, *rows):
        yield "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
    yield ""


def _runs(runs: Mapping[str, Any]) -> Iterator[str]:
    head = ("run", "accepted/s", "cases/s", "told/s", "refused", "missing", "cpu ms", "driver", "load", "others")
    rows = [
        (
            name, f"{run['accepted/s']}", f"{run['cases/s']}", f"{run['told/s']}", str(sum(run["refusals"].values())),
            str(run["missing cases"] + run["missing mails"]), f"{run['cpu ms a report, all of the stack']:.1f}",
            f"{run['cpu ms a report, driver']:.1f}", f"{run['load average']}", f"{run['processors busy, others']}",
        )
        for name, run in runs.items()
    ]  # fmt: skip
    yield from table(head, rows)
    yield "cpu ms: processor time of the whole stack for one report; driver: of the process that sends; others: processors that programs"
    yield "beside this measurement kept busy."
    yield ""


def _times(name: str, times: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    rows = [
        (stage, f"{one['count']:.0f}", f"{one['p50']:.0f}", f"{one['p95']:.0f}", f"{one['p99']:.0f}", f"{one['most']:.0f}")
        for stage, one in times.items()
        if one["count"]
    ]
    yield from table((f"{name} (ms)", "reports", "p50", "p95", "p99", "most"), rows)


def _pile_on(found: Mapping[str, Any]) -> Iterator[str]:
    whens = ("alone", "while it sends", "while it is worked off", "the flood itself")
    rows = [(stage, *(_pair(found[when][stage]) for when in whens)) for stage in found["alone"] if found["alone"][stage]["count"]]
    yield (
        f"Pile-on: quiet councils at {found['quiet rate']}/s together; one council floods with {found['flood reports']} reports at "
        f"{found['flood accepted/s']}/s against a limit of {found['limit of the flood/s']}/s, of which "
        f"{found['flood in a case when the limit was lifted']} were in a case when the limit was lifted. Refused: {found['refusals'] or 0}."
    )
    yield from table(("p50 / p95 in ms", *(f"quiet, {when}" if when != whens[-1] else when for when in whens)), rows)


def _pair(times: Mapping[str, float]) -> str:
    return f"{times['p50']:.0f} / {times['p95']:.0f}" if times["count"] else "none"


def _work(runs: Mapping[str, Any]) -> Iterator[str]:
    run = next(run for name, run in reversed(list(runs.items())) if name.startswith("closed"))
    names = sorted(run["cpu ms a report"], key=lambda name: -float(run["cpu ms a report"][name]))
    rows = [(name, f"{run['cpu ms a report'][name]:.2f}", f"{run['memory mb'][name]:.0f}") for name in names]
    yield from table(("process (last closed run)", "cpu ms a report", "memory MB"), rows)
    yield from table(("growth", "bytes a report"), [(name, f"{size:,}") for name, size in run["bytes a report"].items()])


def _ratios(found: Mapping[str, Any]) -> Iterator[str]:
    yield from table(("the machine's own limit, same run", "reports/s"), [(name, f"{value:,.0f}") for name, value in found["raw"].items()])
    yield from table(("reached", "share"), [(name, f"{share:.2%}") for name, share in ratios(found).items()])


def _headline(found: Mapping[str, Any], before: Mapping[str, float]) -> Iterator[str]:
    figures = headline(found)
    rows = [
        (name, f"{one.value:,.1f} {one.unit}", f"{before[name]:,.1f}" if name in before else "", verdict(one, before.get(name)))
        for name, one in figures.items()
    ]
    yield from table(("figure", "now", "committed", "change"), rows)
    if not before:
        yield "Nothing is committed for this plan yet: ARGS=--keep writes docs/performance.json."
