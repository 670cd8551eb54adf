"""Faust loses events in its ordinary style, on a real Kafka. When an upgrade changes one of these, it is to be seen here."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.chaos.losses.conftest import Outcomes
from tests.chaos.losses.naive import BAD, work
from tests.chaos.losses.table import MESSAGES, Outcome, never_given_again
from wardmote_testkit.groups import Broker
from wardmote_testkit.own_process import PATIENCE_S, OwnProcess, own_process
from wardmote_testkit.wait import eventually

HANGS_S = 3.0
"""A worker that has not ended so long after SIGTERM is said to hang; an idle one ends in about one second."""

ALL_BUT_M2 = [0, 1, 3, 4, 5, 6, 7]


@dataclass(frozen=True, slots=True)
class Trap:
    """One way to lose events, and exactly what it loses."""

    agent: str
    expected: Outcome
    bad: int | None = 2
    """Which message is bad."""


TRAPS = {
    # Acknowledging stands in a ``finally`` around the ``yield``: it runs when the agent dies.
    "raises": Trap("one by one", Outcome(ALL_BUT_M2, 8, "exit 0", [2])),
    "batch raises": Trap("in batches", Outcome([0, 1, 5, 6, 7], 8, "exit 0", [2, 3, 4])),
    # Nothing was committed before, so faust does not look for the gap. It then waits for the lost batch and never ends.
    "next batch": Trap("in batches, acknowledged by hand", Outcome([5, 6, 7], 8, "hangs after SIGTERM", [0, 1, 2, 3, 4])),
    "killed": Trap("two at once", Outcome([1, 2, 3, 4, 5, 6, 7], 8, "SIGKILL", [0]), bad=None),
    # It is acknowledged before anybody is told that it could not be decoded.
    "undecodable": Trap("with a codec", Outcome(ALL_BUT_M2, 8, "exit 0", [2])),
}


async def sprung(trap: Trap, broker: Broker, folder: Path) -> Outcome:
    """Runs a worker on a topic of eight messages until it has committed them all, or has had its time, and ends it."""
    topic = await broker.make_topic()
    values = [BAD if number == trap.bad else f"m{number}".encode() for number in range(MESSAGES)]
    await broker.send(topic, [(None, value, []) for value in values])
    async with own_process(folder / f"{uuid4().hex}.log", work, trap.agent, broker.bootstrap, topic, topic) as process:
        with suppress(AssertionError):  # An upgrade may have mended it; the row then says what is committed instead.
            await eventually(lambda: _all_committed(broker, topic), PATIENCE_S, "everything committed")
        end = await (_killed(process) if trap.expected.end == "SIGKILL" else _terminated(process))
        handled = [int(number) for number in re.findall(r"^handled m(\d)$", process.log(), re.M)]
    committed = await broker.committed(topic, topic)
    return Outcome(handled, committed, end, never_given_again(handled, committed or 0))


async def _all_committed(broker: Broker, topic: str) -> bool:
    return await broker.committed(topic, topic) == MESSAGES


async def _terminated(process: OwnProcess) -> str:
    process.terminate()
    with suppress(AssertionError):
        return f"exit {await process.ended(HANGS_S)}"
    await _killed(process)
    return "hangs after SIGTERM"


async def _killed(process: OwnProcess) -> str:
    process.kill()
    await process.ended()
    return "SIGKILL"


@pytest.fixture(scope="session")
async def naive_outcomes(broker: Broker, tmp_path_factory: pytest.TempPathFactory, outcomes: Outcomes) -> dict[str, Outcome]:
    """What came of each trap. All run at once: they wait more than they work."""
    folder = tmp_path_factory.mktemp("naive")
    found = dict(zip(TRAPS, await asyncio.gather(*(sprung(trap, broker, folder) for trap in TRAPS.values())), strict=True))
    outcomes.update({(scenario, "naive faust"): outcome for scenario, outcome in found.items()})
    return found


@pytest.mark.parametrize("scenario", TRAPS)
async def test_naive_faust_loses_exactly_this(scenario: str, naive_outcomes: dict[str, Outcome]) -> None:
    assert naive_outcomes[scenario] == TRAPS[scenario].expected
