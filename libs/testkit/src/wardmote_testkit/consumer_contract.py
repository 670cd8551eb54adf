"""What any consumer must keep, whatever it is built on: nothing lost, nothing doubled, in order for each aggregate.

A test module makes a class of ``ConsumerContract`` and gives it two fixtures: ``stage``, on a topic of one partition, where offsets
can be counted, and ``wide_stage``, on several.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import pytest

from wardmote_kernel.identity import TenantId
from wardmote_testkit.consumer_program import KEPT
from wardmote_testkit.consumer_stage import Stage
from wardmote_testkit.groups import Sent
from wardmote_testkit.incidents import incident_event, message
from wardmote_testkit.own_process import PATIENCE_S, OwnProcess
from wardmote_testkit.wait import eventually

LONGEST_STOP_S = 15.0
"""A process drains in under ten seconds (``wardmote_runtime.lifecycle``); the rest is for a busy machine."""


Events = Sequence[tuple[str, UUID]]
"""Aggregate and event id, in order."""


def complaints(sent: Events, kept: Events) -> list[str]:
    """What was lost, doubled or put out of order; empty when nothing was. Order counts within an aggregate alone."""
    there = set(kept)
    wrong = [f"lost {event_id} of {key}" for key, event_id in sent if (key, event_id) not in there]
    wrong += [f"kept {count} times: {event_id} of {key}" for (key, event_id), count in Counter(kept).items() if count > 1]
    if not wrong:
        ours, theirs = _per_aggregate(kept), _per_aggregate(sent)
        wrong = [f"out of order: {key}" for key in theirs if ours[key] != theirs[key]]
    return wrong


def _per_aggregate(events: Events) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    for key, event_id in events:
        found.setdefault(key, []).append(event_id)
    return found


async def nothing_lost_or_doubled_and_in_order(stage: Stage) -> None:
    """Waits until as much is kept as was sent, and looks at what it is."""
    await stage.all_kept()
    assert complaints(stage.sent, await stage.kept()) == []


def bad_messages(stage: Stage) -> dict[str, Sent]:
    """One message for each way to be unreadable, by the reason that its dead letter must give."""
    other = TenantId(uuid4())
    key, value, headers = message(stage.topic, incident_event(stage.tenant, uuid4()), stage.tenant)
    return {
        "header-missing": (key, value, []),
        "headers-not-text": (key, value, [*headers, ("x", b"a\0b")]),
        "key-of-another-tenant": (f"{other}/{uuid4()}".encode(), value, headers),
        "value-not-decodable": (key, b"\xff", headers),
        "value-of-another-event": (key, value, _renamed(headers)),
        "value-of-another-tenant": (key, incident_event(other, uuid4()).SerializeToString(), _renamed(headers)),
    }


def _renamed(headers: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The same with an event id of its own, so that it is no duplicate."""
    return [(name, str(uuid4()).encode() if name == "ce_id" else value) for name, value in headers]


async def killed_before_a_batch_is_kept(stage: Stage, member: OwnProcess) -> None:
    async with stage.shelf.held():
        await stage.send(stage.events(100))
        await stage.shelf.batch_in_flight()
        member.kill()
        await member.ended()
    assert await stage.committed() is None


async def killed_after_a_batch_is_kept(stage: Stage, member: OwnProcess) -> None:
    await stage.send(stage.events(100))
    await member.says(KEPT)
    member.kill()
    await member.ended()
    assert await stage.kept() != []
    assert await stage.committed() is None


async def killed_anywhere(stage: Stage, member: OwnProcess) -> None:
    await stage.send(stage.events(100))
    await stage.all_kept(1)
    sending = asyncio.create_task(stage.send(stage.events(2000)))
    await stage.all_kept(len(stage.sent) // 4)
    member.kill()
    await member.ended()
    await sending


KILLS: dict[str, Callable[[Stage, OwnProcess], Awaitable[None]]] = {
    "before a batch is kept": killed_before_a_batch_is_kept,
    "after a batch is kept": killed_after_a_batch_is_kept,
    "anywhere": killed_anywhere,
}


class ConsumerContract:
    """The tests. Each plays on a topic, a group and a council of its own."""

    async def test_everything_arrives_in_order_and_is_acknowledged(self, wide_stage: Stage) -> None:
        async with wide_stage.member():
            await wide_stage.send(wide_stage.events(600))
            await nothing_lost_or_doubled_and_in_order(wide_stage)
            await wide_stage.commits(600)
        assert await wide_stage.shelf.dead(wide_stage.topic) == {}

    async def test_a_duplicate_is_absorbed_within_a_batch_and_across_batches(self, stage: Stage) -> None:
        events = stage.events(20)
        await stage.send(events + events)
        async with stage.member():
            await stage.commits(40)
            await stage.send(events)
            await stage.commits(60)
        await nothing_lost_or_doubled_and_in_order(stage)

    async def test_bad_data_becomes_dead_letters_and_stops_nothing(self, stage: Stage) -> None:
        bad = bad_messages(stage)
        await stage.send([one for pair in ((stage.event(), worst) for worst in bad.values()) for one in pair])
        async with stage.member() as member:
            await stage.commits(2 * len(bad))
            assert member.is_running()
        await nothing_lost_or_doubled_and_in_order(stage)
        assert sorted((await stage.shelf.dead(stage.topic)).values()) == sorted(bad)

    async def test_what_follows_bad_data_of_its_aggregate_is_parked(self, stage: Stage) -> None:
        incident = uuid4()
        key, _, headers = message(stage.topic, incident_event(stage.tenant, incident), stage.tenant)
        await stage.send([(key, b"\xff", headers), stage.event(incident), stage.event()])
        async with stage.member():
            await stage.commits(3)
        assert await stage.shelf.parked(stage.topic) == [stage.sent[0][1]]

    async def test_sigterm_finishes_the_batch_in_flight_and_acknowledges_it(self, stage: Stage) -> None:
        async with stage.member() as member:
            async with stage.shelf.held():
                await stage.send(stage.events(100))
                await stage.shelf.batch_in_flight()
                member.terminate()
                await member.says("Stopping")
            assert await member.ended(LONGEST_STOP_S) == 0
        kept = await stage.kept()
        assert kept == stage.sent[: len(kept)] != []
        assert await stage.committed() == len(kept)
        async with stage.member():
            await nothing_lost_or_doubled_and_in_order(stage)

    async def test_sigterm_with_a_batch_that_cannot_be_finished_ends_in_time_and_acknowledges_nothing(self, stage: Stage) -> None:
        await stage.send(stage.events(20))
        async with stage.shelf.held(), stage.member() as member:
            await stage.shelf.batch_in_flight()
            member.terminate()
            await member.ended(LONGEST_STOP_S)
            assert await stage.committed() is None
        async with stage.member():
            await nothing_lost_or_doubled_and_in_order(stage)

    @pytest.mark.parametrize("where", KILLS)
    async def test_kill_and_restart(self, stage: Stage, where: str) -> None:
        async with stage.member(hangs_when_kept=where == "after a batch is kept") as member:
            await KILLS[where](stage, member)
        async with stage.member():
            await stage.send(stage.events(20))
            await nothing_lost_or_doubled_and_in_order(stage)
            await stage.commits(len(stage.sent))

    async def test_the_database_may_be_away_for_a_while(self, stage: Stage) -> None:
        async with stage.member() as member:
            await stage.send(stage.events(20))
            await stage.commits(20)
            async with stage.shelf.away():
                await stage.send(stage.events(20))
                await stage.commits_no_more_than(20)
            await nothing_lost_or_doubled_and_in_order(stage)
            await stage.commits(40)
            assert member.is_running()

    async def test_a_second_member_comes_and_the_first_goes(self, wide_stage: Stage) -> None:
        stage = wide_stage
        async with stage.member() as first:
            await stage.send(stage.events(400))
            await stage.all_kept(1)
            async with stage.member() as second:
                sending = asyncio.create_task(stage.send(stage.events(2000)))
                await eventually(lambda: _are(stage, 2), PATIENCE_S, "two members with partitions")
                await sending
                await stage.send(stage.events(100))
                first.terminate()
                await first.ended(LONGEST_STOP_S)
                await stage.send(stage.events(100))
                await nothing_lost_or_doubled_and_in_order(stage)
                await stage.commits(len(stage.sent))
                assert second.is_running()


async def _are(stage: Stage, owners: int) -> bool:
    found = await stage.broker.owners(stage.group)
    assert found == owners, f"{found} members with partitions"
    return True
