"""The measurement as an SVG picture: bars of rates, and where the time of a report goes."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from tests.load.way import ANSWER, STAGES

WIDTH, LABEL, BAR, ROW = 1040, 360, 560, 20
INK, FAINT = "#1b1b1b", "#5a5a5a"
COLOURS = ("#1d5f4a", "#5a2a6e", "#a15c00", "#0b5394", "#7f6000", "#741b47", "#38761d", "#444444", "#990000")


def picture(found: Mapping[str, Any]) -> str:
    """The whole SVG document."""
    parts, height = [], 40
    for draw in (_rates, _stages, _quiet):
        drawn, used = draw(found, height)
        parts += drawn
        height += used + 30
    title = f"Wardmote under load: {found['plan']} run of {found['taken at']}, revision {found['revision']}"
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(20, 24, title, weight="bold"),
    ]
    return "\n".join([*head, *parts, "</svg>", ""])


def _rates(found: Mapping[str, Any], top: int) -> tuple[list[str], int]:
    rows = [
        (name, [(run["accepted/s"], "accepted"), (run["cases/s"], "in a case"), (run["told/s"], "told by mail")])
        for name, run in found["runs"].items()
        if name.startswith("closed")
    ]
    most = max(float(value) for _, bars in rows for value, _ in bars)
    parts = [_text(20, top + 12, "Reports a second, closed loops", weight="bold"), *_legend(["accepted", "in a case", "told by mail"], top)]
    at = top + 24
    for name, bars in rows:
        parts.append(_text(20, at + 20, name))
        for number, (value, what) in enumerate(bars):
            parts += _bar(LABEL, at + 10 * number + 2, float(value) / most * BAR, 9, COLOURS[number], f"{name}, {what}: {value}/s")
            parts.append(_text(LABEL + float(value) / most * BAR + 6, at + 10 * number + 10, f"{value:.0f}", size=10))
        at += 38
    return parts, at - top


def _stages(found: Mapping[str, Any], top: int) -> tuple[list[str], int]:
    """Medians beside each other: they add up to about the median of the whole way, not exactly."""
    stages = [ANSWER, *STAGES]
    runs = [(name, run["times ms"]) for name, run in found["runs"].items() if not name.startswith("closed")]
    most = max(sum(times[stage]["p50"] for stage in stages) for _, times in runs) or 1.0
    parts = [_text(20, top + 12, "Where the time of a report goes: medians of each stage, ms", weight="bold")]
    at = top + 24
    for name, times in runs:
        parts.append(_text(20, at + 14, name, size=11))
        left = float(LABEL)
        for number, stage in enumerate(stages):
            width = times[stage]["p50"] / most * BAR
            parts += _bar(left, at, width, 18, COLOURS[number], f"{name}, {stage}: {times[stage]['p50']} ms")
            left += width
        parts.append(_text(left + 6, at + 14, f"{sum(times[stage]['p50'] for stage in stages):.0f}", size=11))
        at += ROW + 6
    for number, stage in enumerate(stages):
        column, line = number % 3, number // 3
        parts += _bar(20 + column * 330, at + 4 + line * 18, 12, 12, COLOURS[number], stage)
        parts.append(_text(38 + column * 330, at + 14 + line * 18, stage, size=11))
    return parts, at + 18 * 3 + 8 - top


def _quiet(found: Mapping[str, Any], top: int) -> tuple[list[str], int]:
    pile_on = found["pile-on"]
    whens = ("alone", "while it sends", "while it is worked off")
    whats = (ANSWER, "accepted to case")
    most = max(pile_on[when][what]["p95"] for when in whens for what in whats) or 1.0
    parts = [_text(20, top + 12, "Quiet councils beside one that floods: p95, ms", weight="bold")]
    at = top + 24
    for what in whats:
        for number, when in enumerate(whens):
            value, count = pile_on[when][what]["p95"], pile_on[when][what]["count"]
            parts.append(_text(20, at + 12, f"{what}: {when}", size=11))
            parts += _bar(LABEL, at, value / most * BAR, 14, COLOURS[number], f"{what}, {when}: {value} ms")
            parts.append(_text(LABEL + value / most * BAR + 6, at + 12, f"{value:.0f}" if count else "no report", size=11))
            at += ROW
        at += 6
    return parts, at - top


def _legend(names: Sequence[str], top: int) -> Iterator[str]:
    for number, name in enumerate(names):
        yield from _bar(LABEL + number * 110, top + 3, 10, 10, COLOURS[number], name)
        yield _text(LABEL + number * 110 + 14, top + 12, name, size=11, colour=FAINT)


def _bar(left: float, top: float, width: float, height: float, colour: str, title: str) -> list[str]:
    place = f'x="{left:.1f}" y="{top:.1f}" width="{max(width, 0.5):.1f}" height="{height}"'
    return [f'<rect {place} fill="{colour}"><title>{escape(title)}</title></rect>']


def _text(left: float, top: float, words: str, *, size: int = 12, weight: str = "normal", colour: str = INK) -> str:
    return f'<text x="{left:.1f}" y="{top:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}">{escape(words)}</text>'
