"""The result as people read it: fault × invariant, in markdown, and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.chaos.invariants import NAMES


@dataclass(slots=True)
class Result:
    """One round's line."""

    name: str
    accepted: int = 0
    repeats: int = 0
    copies: int = 0
    drained_s: float = 0.0
    wrong: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    """Newly wrong since the round before; what is wrong stays wrong, and counts once."""
    examples: list[str] = field(default_factory=list)
    retries: dict[str, int] = field(default_factory=dict)
    """Attempts that the load had to repeat, by the code of the answer."""
    seconds: float = 0.0
    note: str = ""
    broken: str = ""
    """What the fault met that must not be, beyond the invariants."""
    is_run: bool = True

    @property
    def is_clean(self) -> bool:
        return not self.broken and not any(self.wrong.values())


def markdown(results: Sequence[Result]) -> str:
    """The table."""
    heads = ["fault", "accepted", "sent twice", "events twice", "drained", *NAMES, "note"]
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join(['---', *['---:'] * (len(heads) - 2), '---'])}|"]
    return "\n".join([*lines, *(_line(result) for result in results), _sum(results)])


def _line(result: Result) -> str:
    note = f"**WRONG: {result.broken}** {result.note}" if result.broken else result.note
    if not result.is_run:
        return f"| {result.name} |{' |' * (4 + len(NAMES))} {note} |"
    numbers = [str(result.accepted), str(result.repeats), str(result.copies), f"{result.drained_s:.1f} s"]
    return f"| {' | '.join([result.name, *numbers, *(_count(result.wrong[name]) for name in NAMES), note])} |"


def _count(number: int) -> str:
    return f"**{number}**" if number else "0"


def _sum(results: Sequence[Result]) -> str:
    ran = [result for result in results if result.is_run]
    numbers = [sum(result.accepted for result in ran), sum(result.repeats for result in ran), sum(result.copies for result in ran)]
    longest = f"≤ {max((result.drained_s for result in ran), default=0.0):.1f} s"
    wrong = [_count(sum(result.wrong[name] for result in ran)) for name in NAMES]
    return f"| **together** | {' | '.join([*map(str, numbers), longest, *wrong, ''])} |"


def write(folder: Path, about: dict[str, object], results: Sequence[Result]) -> None:
    """Writes both forms."""
    folder.mkdir(parents=True, exist_ok=True)
    told = "\n".join(f"- {name}: {value}" for name, value in about.items())
    wrong = "\n".join(f"- {result.name}: {example}" for result in results for example in result.examples)
    parts = ["# Chaos", told, markdown(results), f"## What was wrong\n\n{wrong}" if wrong else ""]
    (folder / "table.md").write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    whole = {"about": about, "rounds": [asdict(result) for result in results]}
    (folder / "result.json").write_text(json.dumps(whole, indent=1, default=str), encoding="utf-8")
