"""Faust loses events in its ordinary style, on a real Kafka. When an upgrade changes one of these, it is to be seen here."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from tests.chaos.losses.conftest import Outcomes
from tests.chaos.losses.naive import BAD, work
from tests.chaos.losses.table import MESSAGES, Outcome, never_given_again
from wardmote_testkit.groups import Broker
from wardmote_testkit.own_process import PATIENCE_S, OwnProcess, own_process
from wardmote_testkit.wait import eventually

HANGS_S = 4.0
"""A worker that has not ended so long after SIGTERM is said to hang; an idle one ends in about one second."""

ALL_BUT_M2 = [0, 1, 3, 4, 5, 6, 7]


class NaiveWorker:
    """One worker with its topic and group."""

    def __init__(self, broker: Broker, topic: str, process: OwnProcess) -> None:
        self._broker, self._topic, self._process = broker, topic, process

    async def committed(self) -> int:
        """What the group has committed, once it has committed everything."""
        await eventually(self._all, PATIENCE_S, "everything committed")
        return MESSAGES

    async def _all(self) -> bool:
        found = await self._broker.committed(self._topic, self._topic)
        assert found == MESSAGES, f"{found} committed"
        return True

    def handled(self) -> list[int]:
        return [int(number) for number in re.findall(r"^handled m(\d)$", self._process.log(), re.M)]

    async def terminated(self) -> str:
        self._process.terminate()
        try:
            return f"exit {await self._process.ended(HANGS_S)}"
        except AssertionError:
            self._process.kill()
            await self._process.ended()
            return "hangs after SIGTERM"

    async def killed(self) -> str:
        self._process.kill()
        await self._process.ended()
        return "SIGKILL"


@asynccontextmanager
async def naive(agent: str, broker: Broker, folder: Path, bad: int | None = 2) -> AsyncIterator[NaiveWorker]:
    """A worker on a topic of eight messages, of which one is bad. Its group has the topic's name."""
    topic = await broker.make_topic()
    values = [BAD if number == bad else f"m{number}".encode() for number in range(MESSAGES)]
    await broker.send(topic, [(None, value, []) for value in values])
    async with own_process(folder / f"{uuid4().hex}.log", work, agent, broker.bootstrap, topic, topic) as process:
        yield NaiveWorker(broker, topic, process)


async def outcome(worker: NaiveWorker, *, kill: bool = False) -> Outcome:
    committed = await worker.committed()
    end = await (worker.killed() if kill else worker.terminated())
    handled = worker.handled()
    return Outcome(handled, committed, end, never_given_again(handled, committed))


async def test_a_handler_that_raises_loses_its_event(broker: Broker, tmp_path: Path, outcomes: Outcomes) -> None:
    """Acknowledging stands in a ``finally`` around the ``yield``: it runs when the agent dies."""
    async with naive("one by one", broker, tmp_path) as worker:
        found = outcomes["raises", "naive faust"] = await outcome(worker)
    assert found == Outcome(ALL_BUT_M2, 8, "exit 0", [2])


async def test_a_handler_of_batches_that_raises_loses_the_rest_of_its_batch(broker: Broker, tmp_path: Path, outcomes: Outcomes) -> None:
    async with naive("in batches", broker, tmp_path) as worker:
        found = outcomes["batch raises", "naive faust"] = await outcome(worker)
    assert found == Outcome([0, 1, 5, 6, 7], 8, "exit 0", [2, 3, 4])


async def test_a_later_acknowledgement_passes_over_a_batch_that_was_not_acknowledged(
    broker: Broker, tmp_path: Path, outcomes: Outcomes
) -> None:
    """Nothing was committed before, so faust does not look for the gap. It then waits for the lost batch and never ends."""
    async with naive("in batches, acknowledged by hand", broker, tmp_path) as worker:
        found = outcomes["next batch", "naive faust"] = await outcome(worker)
    assert found == Outcome([5, 6, 7], 8, "hangs after SIGTERM", [0, 1, 2, 3, 4])


async def test_with_two_at_once_a_kill_loses_the_slower_one(broker: Broker, tmp_path: Path, outcomes: Outcomes) -> None:
    async with naive("two at once", broker, tmp_path, bad=None) as worker:
        found = outcomes["killed", "naive faust"] = await outcome(worker, kill=True)
    assert found == Outcome([1, 2, 3, 4, 5, 6, 7], 8, "SIGKILL", [0])


async def test_a_codec_that_raises_loses_its_message(broker: Broker, tmp_path: Path, outcomes: Outcomes) -> None:
    """It is acknowledged before anybody is told that it could not be decoded."""
    async with naive("with a codec", broker, tmp_path) as worker:
        found = outcomes["undecodable", "naive faust"] = await outcome(worker)
    assert found == Outcome(ALL_BUT_M2, 8, "exit 0", [2])
