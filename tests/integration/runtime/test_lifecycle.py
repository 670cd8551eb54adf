"""A process of parts: started in order, stopped in the other, by a signal or by a part that fails."""

import asyncio
import json
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from wardmote_runtime.grpc_server import PortTaken
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import COLLECT_AFTER, EXIT_CRASHED
from wardmote_testkit.ports import free_port

PROGRAM = """
import asyncio, threading
from wardmote_runtime.lifecycle import run, run_until_stopped, stop_process
from wardmote_runtime.logs import configure_logs

WORDS = "I know where you live"

class Part:
    def __init__(self, name, starting=None, stopping=None):
        self.name, self.starting, self.stopping = name, starting, stopping

    async def start(self):
        print("start", self.name, flush=True)
        if self.starting:
            await self.starting()

    async def stop(self):
        print("stop", self.name, flush=True)
        if self.stopping:
            await self.stopping()
        print("stopped", self.name, flush=True)

async def fail():
    raise ValueError(WORDS)

async def hang():
    await asyncio.Event().wait()

async def leave_a_thread():
    threading.Thread(target=threading.Event().wait).start()
    await hang()

async def crash():
    stop_process()

configure_logs("probe", "info")
"""


@asynccontextmanager
async def process(program: str, *arguments: str, environment: dict[str, str] | None = None) -> AsyncIterator[Any]:
    """A Python process; killed at the end if it still runs."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def output_until(started: Any, word: str) -> list[str]:
    """Lines up to the one that holds the word; a line of the log as its sentence."""
    lines: list[str] = []
    while not lines or word not in lines[-1]:
        raw = (await asyncio.wait_for(started.stdout.readline(), 20)).decode()
        assert raw, (lines, (await started.stderr.read()).decode())
        lines.append(sentence(raw))
    return lines


async def rest_of(started: Any) -> tuple[list[str], str, int]:
    output, errors = await asyncio.wait_for(started.communicate(), 20)
    return [sentence(line) for line in output.decode().splitlines()], errors.decode(), started.returncode


def sentence(line: str) -> str:
    return str(json.loads(line)["event"]) if line.startswith("{") else line.strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_parts_in_the_other_order(number: signal.Signals) -> None:
    async with process(PROGRAM + 'run(lambda: run_until_stopped([Part("a"), Part("b"), Part("c")]))') as started:
        assert await output_until(started, "Ready") == ["start a", "start b", "start c", "Ready."]
        started.send_signal(number)
        lines, errors, status = await rest_of(started)
    parts = [line for name in "cba" for line in (f"stop {name}", f"stopped {name}")]
    assert lines == ["Stopping: finishing what is in flight.", *parts, "Stopped."]
    assert (errors, status) == ("", 0)


async def test_a_part_that_fails_to_start_stops_those_before_it() -> None:
    async with process(PROGRAM + 'run(lambda: run_until_stopped([Part("a"), Part("b"), Part("c", fail), Part("d")]))') as started:
        lines, _, status = await rest_of(started)
    assert lines == ["start a", "start b", "start c", "stop b", "stopped b", "stop a", "stopped a"]
    assert status not in (0, None)


async def test_a_part_that_fails_to_stop_keeps_no_other_from_it() -> None:
    async with process(PROGRAM + 'run(lambda: run_until_stopped([Part("a"), Part("b", None, fail), Part("c")]))') as started:
        await output_until(started, "Ready")
        started.send_signal(signal.SIGTERM)
        lines, errors, status = await rest_of(started)
    assert lines[1:] == ["stop c", "stopped c", "stop b", "A part did not stop well.", "stop a", "stopped a", "Stopped."]
    assert (errors, status) == ("", EXIT_CRASHED)


@pytest.mark.parametrize("hanging", ["hang", "leave_a_thread"])
async def test_a_part_that_hangs_does_not_hold_the_process(hanging: str) -> None:
    program = PROGRAM + f'run(lambda: run_until_stopped([Part("a"), Part("b", None, {hanging})], drain_seconds=0.2))'
    async with process(program) as started:
        await output_until(started, "Ready")
        started.send_signal(signal.SIGTERM)
        lines, errors, status = await rest_of(started)
    assert lines[1:] == ["stop b", "Not everything had stopped in time.", "Stopped."]
    assert (errors, status) == ("", EXIT_CRASHED)


async def test_a_signal_while_starting_is_not_lost() -> None:
    program = PROGRAM + textwrap.dedent("""
        import os, signal
        async def told_to_stop():
            os.kill(os.getpid(), signal.SIGTERM)
        run(lambda: run_until_stopped([Part("a", told_to_stop), Part("b")]))
    """)
    async with process(program) as started:
        lines, _, status = await rest_of(started)
    assert [line for line in lines if line.startswith("stopped")] == ["stopped b", "stopped a"]
    assert status == 0


async def test_a_crash_ends_the_process_at_once() -> None:
    async with process(PROGRAM + 'run(lambda: run_until_stopped([Part("a"), Part("b", crash)]))') as started:
        lines, errors, status = await rest_of(started)
    assert lines == ["start a", "start b"]
    assert (errors, status) == ("", EXIT_CRASHED)


SERVED = """
import asyncio
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import run, run_until_stopped

released = asyncio.Event()

async def slow(request):
    print("entered", flush=True)
    await released.wait()
    return PlainTextResponse("whole")

class Release:
    async def start(self):
        print(server.port, flush=True)

    async def stop(self):
        asyncio.get_running_loop().call_later(0.2, released.set)

server = HttpServer("127.0.0.1:0", Starlette(routes=[Route("/slow", slow)]))
run(lambda: run_until_stopped([server, Release()]))
"""


async def test_a_request_in_flight_is_answered_before_the_process_ends() -> None:
    async with process(SERVED) as started, httpx2.AsyncClient() as client:
        (port,) = await output_until(started, "")
        answer = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/slow"))
        await output_until(started, "entered")
        started.send_signal(signal.SIGTERM)
        assert (await answer).text == "whole"
        _, _, status = await rest_of(started)
    assert status == 0


async def test_a_port_in_use_is_told_with_the_setting_to_change() -> None:
    first = HttpServer("127.0.0.1:0", Starlette())
    await first.start()
    with pytest.raises(PortTaken, match="WARDMOTE_OPS_LISTEN"):
        await HttpServer(f"127.0.0.1:{first.port}", Starlette(), "WARDMOTE_OPS_LISTEN").start()
    await first.stop()


async def test_a_server_that_has_started_answers() -> None:
    server = HttpServer(f"127.0.0.1:{free_port()}", Starlette())
    await server.start()
    async with httpx2.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{server.port}/")).status_code == 404
    await server.stop()


COMMAND = """
from wardmote_runtime.service_command import serve
from wardmote_runtime.settings import ServiceSettings
from wardmote_runtime.http_server import HttpServer
from pathlib import Path
from starlette.applications import Starlette

def parts(role, settings):
    print(role, flush=True)
    return [HttpServer(settings.http_listen, Starlette())]

serve("probe", ServiceSettings, parts, Path("migrations"))
"""


def full_environment(**changed: str) -> dict[str, str]:
    names = ("DATABASE_URL", "PIPELINE_DATABASE_URL", "RELAY_DATABASE_URL", "KAFKA_BOOTSTRAP", "TRUSTED_ISSUERS_FILE", "SIGNING_KEY_FILE")
    usual = {f"WARDMOTE_{name}": "x" for name in (*names, "KEYRING_FOLDER")}
    return usual | {f"WARDMOTE_{name}": value for name, value in changed.items()}


async def test_the_command_plays_the_role_it_is_given_until_it_is_stopped() -> None:
    async with process(COMMAND, "http", environment=full_environment()) as started:
        assert await output_until(started, "Ready") == ["http", "Ready."]
        started.send_signal(signal.SIGTERM)
        assert (await rest_of(started))[1:] == ("", 0)


async def test_what_was_made_at_the_start_is_not_looked_through_again() -> None:
    program = (
        PROGRAM
        + """
import gc
async def look():
    print("frozen", gc.get_freeze_count() > 0, "threshold", gc.get_threshold()[0], flush=True)
run(lambda: run_until_stopped([Part("a", None, look)]))
"""
    )
    async with process(program) as started:
        await output_until(started, "Ready")
        started.send_signal(signal.SIGTERM)
        lines, _, _ = await rest_of(started)
    assert f"frozen True threshold {COLLECT_AFTER}" in lines
