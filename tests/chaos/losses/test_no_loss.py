"""What faust loses in its ordinary style, our consumer does not lose, and neither does the oracle."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from tests.chaos.losses.conftest import Outcomes
from tests.chaos.losses.table import MESSAGES, Outcome
from wardmote_runtime.lifecycle import EXIT_CRASHED
from wardmote_testkit.consumer_program import Engine
from wardmote_testkit.consumer_stage import Stage
from wardmote_testkit.groups import Sent

CONSUMER = {"faust": "Wardmote", "aiokafka": "oracle"}
CRASHED = f"exit {EXIT_CRASHED}"


@pytest.fixture(params=["faust", "aiokafka"])
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.param
    return chosen


@pytest.fixture
def messages(stage: Stage) -> list[Sent]:
    """m0 to m7, each of an incident of its own."""
    return [stage.event() for _ in range(MESSAGES)]


def ids(stage: Stage) -> list[UUID]:
    return [event_id for _, event_id in stage.sent]


def numbers(stage: Stage, event_ids: Sequence[UUID]) -> list[int]:
    order = ids(stage)
    return [order.index(event_id) for event_id in event_ids]


async def handled(stage: Stage) -> list[int]:
    """What is kept, as work or as a dead letter, each as often as it is kept."""
    kept = [event_id for _, event_id in await stage.kept()]
    return sorted(numbers(stage, [*kept, *await stage.shelf.dead(stage.topic)]))


async def outcome(stage: Stage, end: str) -> Outcome:
    """How it stands now, and what is still missing after a new process without a fault has taken everything in."""
    before, committed = await handled(stage), await stage.committed()
    async with stage.member():
        await stage.commits(MESSAGES)
    after = await handled(stage)
    assert len(after) == len(set(after)), "nothing may be kept twice"
    return Outcome(before, committed, end, sorted(set(range(MESSAGES)) - set(after)))


async def test_an_unknown_fault_ends_the_process_before_anything_is_acknowledged(
    stage: Stage, messages: list[Sent], outcomes: Outcomes
) -> None:
    await stage.send(messages[:2])
    async with stage.member(breaks_on=[ids(stage)[2]]) as member:
        await stage.commits(2)
        await stage.send(messages[2:])
        end = f"exit {await member.ended()}"
    found = outcomes["raises", CONSUMER[stage.engine]] = await outcome(stage, end)
    assert found == Outcome([0, 1], 2, CRASHED, [])


async def test_an_unknown_fault_keeps_nothing_of_its_batch(stage: Stage, messages: list[Sent], outcomes: Outcomes) -> None:
    await stage.send(messages)
    async with stage.member(breaks_on=ids(stage)) as member:
        end = f"exit {await member.ended()}"
    found = outcomes["batch raises", CONSUMER[stage.engine]] = await outcome(stage, end)
    assert found == Outcome([], None, CRASHED, [])


async def test_no_later_batch_is_taken_while_one_fails(stage: Stage, messages: list[Sent], outcomes: Outcomes) -> None:
    """However often a supervisor starts it again."""
    await stage.send(messages[:5])
    async with stage.member(breaks_on=ids(stage)[:5]) as member:
        assert await member.ended() == EXIT_CRASHED
    await stage.send(messages[5:])
    async with stage.member(breaks_on=ids(stage)[:5]) as member:
        end = f"exit {await member.ended()}"
    found = outcomes["next batch", CONSUMER[stage.engine]] = await outcome(stage, end)
    assert found == Outcome([], None, CRASHED, [])


async def test_while_an_event_is_in_flight_nothing_behind_it_is_acknowledged(
    stage: Stage, messages: list[Sent], outcomes: Outcomes
) -> None:
    async with stage.shelf.held(), stage.member() as member:
        await stage.send(messages[:1])
        await stage.shelf.batch_in_flight()
        await stage.send(messages[1:])
        await stage.commits_no_more_than(None)
        member.kill()
        await member.ended()
    found = outcomes["killed", CONSUMER[stage.engine]] = await outcome(stage, "SIGKILL")
    assert found == Outcome([], None, "SIGKILL", [])


async def test_what_cannot_be_decoded_becomes_a_dead_letter(stage: Stage, messages: list[Sent], outcomes: Outcomes) -> None:
    key, _, headers = messages[2]
    await stage.send([*messages[:2], (key, b"\xff", headers), *messages[3:]])
    async with stage.member() as member:
        await stage.commits(MESSAGES)
        member.terminate()
        end = f"exit {await member.ended()}"
    found = outcomes["undecodable", CONSUMER[stage.engine]] = await outcome(stage, end)
    assert found == Outcome(list(range(MESSAGES)), MESSAGES, "exit 0", [])
    assert await stage.shelf.dead(stage.topic) == {ids(stage)[2]: "value-not-decodable"}


async def test_a_full_disk_under_the_log_changes_none_of_this(stage: Stage, messages: list[Sent]) -> None:
    """Otherwise a process that cannot say why it ends would live on: a member of its group that consumes nothing."""
    await stage.send(messages[:1])
    async with stage.member(breaks_on=ids(stage)[1:5]) as member:
        await stage.commits(1)
        member.may_write_no_more()
        await stage.send(messages[1:5])
        assert await member.ended() == EXIT_CRASHED
    await stage.send(messages[5:])
    assert await outcome(stage, CRASHED) == Outcome([0], 1, CRASHED, [])
