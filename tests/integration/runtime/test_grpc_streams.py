"""Streams pass the same chain as single calls, each in its own arity."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import grpc
from structlog.testing import capture_logs

from wardmote_kernel.taxonomy import Role
from wardmote_testkit.rpc import STREAMS, WORDS, House, calling, refused
from wardmote_testkit.wait import eventually


def mine(house: House, timeout: float = 5.0) -> dict[str, Any]:
    return {"timeout": timeout, "metadata": house.as_role(Role.REPORTER)}


async def test_streams_of_every_arity_pass_the_chain(house: House, channel: Any) -> None:
    tenant = str(house.tenant).encode()
    assert await channel.stream_unary(f"/{STREAMS}/Collect")(iter([b"a", b"b"]), **mine(house)) == b"ab" + tenant
    assert [answer async for answer in channel.unary_stream(f"/{STREAMS}/Repeat")(b"x", **mine(house))] == [b"x"] * 3
    assert [answer async for answer in channel.stream_stream(f"/{STREAMS}/Echo")(iter([b"a", b"b"]), **mine(house))] == [b"a", b"b", tenant]


async def test_streams_of_every_arity_are_refused_in_their_own_arity(house: House, channel: Any) -> None:
    """A refusal of another arity would look like INTERNAL to the client."""
    calls: list[Awaitable[Any]] = [
        channel.stream_unary(f"/{STREAMS}/Collect")(iter([b"a"]), timeout=5),
        channel.unary_stream(f"/{STREAMS}/Repeat")(b"x", timeout=5).read(),
        channel.stream_stream(f"/{STREAMS}/Echo")(iter([b"a"]), timeout=5).read(),
    ]
    assert [(await refused(call)).code() for call in calls] == [grpc.StatusCode.UNAUTHENTICATED] * 3


async def test_a_fault_in_the_middle_of_a_stream_is_internal_without_its_text(house: House, channel: Any) -> None:
    call = channel.unary_stream(f"/{STREAMS}/Repeat")(b"fault", timeout=5, metadata=house.as_role(Role.REPORTER))
    got = [await call.read() for _ in range(3)]
    with capture_logs():
        fault = await refused(call.read())
    assert got == [b"fault"] * 3
    assert fault.code() is grpc.StatusCode.INTERNAL
    assert WORDS not in str(fault)


async def test_a_handler_that_writes_by_itself_passes_the_chain(house: House, channel: Any) -> None:
    call = channel.unary_stream(f"/{STREAMS}/Write")(b"x", **mine(house))
    assert [answer async for answer in call] == [b"x", str(house.tenant).encode()]


async def test_a_stream_lasts_as_long_as_its_caller_says(house: House) -> None:
    """The house's limit is for single calls: a stream would be cut off in the middle."""
    async with calling(house.make("127.0.0.1:0", longest_seconds=0.05)) as channel:
        echo: Any = channel.stream_stream(f"/{STREAMS}/Echo")  # type: ignore[call-arg]
        call = echo(**mine(house, timeout=60))
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - began < 0.2:
            await call.write(b"a")
            assert await call.read() == b"a"
        await call.done_writing()
        assert await call.read() == str(house.tenant).encode()


async def test_a_stream_that_its_caller_breaks_off_ends_here_too(house: House, channel: Any) -> None:
    """With its span, its count and its council put away in the task in which they began."""
    call = channel.unary_stream(f"/{STREAMS}/Endless")(b"x", **mine(house))
    with capture_logs() as logs:
        assert [await call.read() for _ in range(3)] == [b"x"] * 3
        call.cancel()

        async def ended() -> bool:
            return house.counted() == {("Endless", "CANCELLED"): 1}

        await eventually(ended, 5, "the stream counted as cancelled")
    assert logs == []
    assert [span["name"] for span in house.spans()] == [f"{STREAMS}/Endless"]


async def test_a_stream_ends_at_its_callers_deadline_and_its_work_with_it(house: House, channel: Any) -> None:
    call = channel.stream_stream(f"/{STREAMS}/Echo")(timeout=0.3, metadata=house.as_role(Role.REPORTER))
    await call.write(b"a")
    assert await call.read() == b"a"
    fault = await refused(call.read())
    assert fault.code() is grpc.StatusCode.DEADLINE_EXCEEDED
