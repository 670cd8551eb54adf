"""Faust as its documentation shows it: five agents, each of which loses events in its own way. Nothing of ours is like them.

Every agent says ``handled m3`` when it has done what it had to do with message m3.
"""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from typing import Any

import faust

BAD = b"bad"
"""The value that a handler or a codec cannot take."""


def refuse_bad(value: bytes) -> None:
    if value == BAD:
        raise ValueError


def say_handled(value: bytes) -> None:
    os.write(1, b"handled " + value + b"\n")


async def one_by_one(stream: Any) -> None:
    async for event in stream.events():
        refuse_bad(event.value)
        say_handled(event.value)


async def in_batches(stream: Any) -> None:
    async for events in stream.take_events(5, within=1):
        for event in events:
            refuse_bad(event.value)
            say_handled(event.value)


async def in_batches_acknowledged_by_hand(stream: Any) -> None:
    """A batch is one transaction: all of it is handled, or nothing."""
    async for events in stream.noack_take(5, within=1):
        for event in events:
            refuse_bad(event.value)
        for event in events:
            say_handled(event.value)
        for event in events:
            await stream.ack(event)


async def first_takes_for_ever(stream: Any) -> None:
    async for event in stream.events():
        if event.value == b"m0":
            await asyncio.Event().wait()
        say_handled(event.value)


class RefusingCodec(faust.Codec):
    """Stands for a codec that decodes a schema, and meets what it cannot decode."""

    def _dumps(self, obj: Any) -> bytes:
        raise NotImplementedError

    def _loads(self, s: bytes) -> bytes:
        refuse_bad(s)
        return s


AGENTS: dict[str, Callable[[Any], Awaitable[None]]] = {
    "one by one": one_by_one,
    "in batches": in_batches,
    "in batches, acknowledged by hand": in_batches_acknowledged_by_hand,
    "two at once": first_takes_for_ever,
    "with a codec": one_by_one,
}


def work(agent: str, bootstrap: str, topic: str, group: str) -> None:
    """Runs a worker with this agent until a signal."""
    with tempfile.TemporaryDirectory() as folder:
        app = faust.App(
            group, broker=f"kafka://{bootstrap}", datadir=folder, autodiscover=False, web_enabled=False, topic_disable_leader=True,
            topic_allow_declare=False, topic_partitions=1, store="memory://", key_serializer="raw", value_serializer="raw",
            broker_commit_interval=0.3, consumer_auto_offset_reset="earliest",
        )  # fmt: skip
        codec = RefusingCodec() if agent == "with a codec" else "raw"
        source = app.topic(topic, key_serializer="raw", value_serializer=codec)
        app.agent(source, concurrency=2 if agent == "two at once" else 1)(AGENTS[agent])
        faust.Worker(app, loglevel="CRITICAL", redirect_stdouts=False).execute_from_commandline()
