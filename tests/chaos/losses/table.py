"""The table of losses: what each consumer had handled and committed when it ended, and what it never handled."""

from collections.abc import Sequence
from dataclasses import dataclass

MESSAGES = 8

SCENARIOS = {
    "raises": "A handler raises on m2",
    "batch raises": "A handler of batches raises",
    "next batch": "A batch raises, the next one does not",
    "killed": "m0 takes long, the process is killed",
    "undecodable": "m2 cannot be decoded",
}
"""The five rows of the study before the build, in its order."""

CONSUMERS = ("naive faust", "Wardmote", "oracle")
HEADINGS = ("Scenario", "Consumer", "Handled before the end", "Committed", "End", "Lost")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario went for one consumer. Messages are numbers: m0 is 0."""

    handled: Sequence[int]
    committed: int | None
    end: str
    lost: Sequence[int]

    def cells(self) -> list[str]:
        committed = "none" if self.committed is None else str(self.committed)
        return [named(self.handled), committed, self.end, f"**{named(self.lost)}**" if self.lost else "none"]


def never_given_again(handled: Sequence[int], committed: int) -> list[int]:
    """What lies before the committed offset and was not handled: the group is not given it again."""
    return sorted(set(range(committed)) - set(handled))


def named(numbers: Sequence[int]) -> str:
    """``m0, m3 to m7``: in order, with runs of three or more drawn together."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"m{run[0]} to m{run[-1]}" if len(run) > 2 else ", ".join(f"m{number}" for number in run) for run in runs]
    return ", ".join(parts) or "none"


def markdown(outcomes: dict[tuple[str, str], Outcome]) -> str:
    """The table of what was measured, as it stands in docs/losses.md."""
    rows = [
        [title if consumer == CONSUMERS[0] else "", consumer, *outcomes[scenario, consumer].cells()]
        for scenario, title in SCENARIOS.items()
        for consumer in CONSUMERS
        if (scenario, consumer) in outcomes
    ]
    lines = [list(HEADINGS), ["---"] * len(HEADINGS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
