"""``wardmote local``: the one-command stack for one machine.

What a command needs beyond what all need is imported when it runs: servers, gRPC and Kafka take seconds to load, and ``status`` has
no use for them.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from wardmote_local import background
from wardmote_local.addresses import INBOX, OFFSETS, PROGRAMS, Addresses
from wardmote_local.api_keys import read_api_keys
from wardmote_local.councils import COUNCILS
from wardmote_local.folders import Folders
from wardmote_local.lock import holder
from wardmote_local.log_lines import Follower, short
from wardmote_local.progress import write_lines
from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.process import last_lines
from wardmote_local.settings import LocalSettings
from wardmote_local.state import READY, StackState, read_state
from wardmote_local.status import lines_of, readiness, status_of

app = typer.Typer(help="Starts everything Wardmote needs on this machine, with two invented councils.", no_args_is_help=True)

FOLLOW_EVERY_S = 0.2
LOGS = ("stack", "postgres", "kafka", *PROGRAMS)


@contextmanager
def _told(console: Console) -> Iterator[None]:
    """Turns a problem of this machine into its sentence and exit status 1."""
    try:
        yield
    except LocalError as problem:
        write_lines(console, [str(problem)])
        raise typer.Exit(1) from None


@app.command("run")
def run_here() -> None:
    """Starts the stack, shows its logs, and stops it with Ctrl-C."""
    from wardmote_local.run import run_stack  # noqa: PLC0415

    console = Console()
    with _told(console):
        run_stack(LocalSettings.load(), console, show_logs=True, stop_hint="Stop: press Ctrl-C\n")


@app.command()
def up() -> None:
    """Starts the stack in the background and returns when it is ready."""
    console = Console()
    with _told(console):
        background.start(LocalSettings.load(), lambda line: write_lines(console, [line]))


@app.command()
def down() -> None:
    """Stops the stack. What it keeps stays for the next start."""
    console = Console()
    with _told(console):
        began = time.monotonic()
        stopped = background.stop(LocalSettings.load())
        write_lines(console, [f"Stopped in {time.monotonic() - began:.1f} s." if stopped else "No stack runs here."])


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For scripts; holds the demo councils' API keys.")] = False) -> None:
    """Tells whether the stack is ready and where everything is. Exit status 1 when it is not ready."""
    console = Console()
    with _told(console):
        folders = Folders(LocalSettings.load().var)
        state = running_state(folders)
        ready = asyncio.run(readiness(Addresses(state.port_base))) if state else {}
        if as_json:
            answer = status_of(state, ready, folders, read_api_keys(folders)) if state else {"ready": False, "phase": "down"}
            sys.stdout.write(json.dumps(answer, indent=1) + "\n")
        else:
            write_lines(console, _lines(state, ready, folders))
    raise typer.Exit(0 if state and ready and all(ready.values()) else 1)


def running_state(folders: Folders) -> StackState | None:
    """The state of the stack that runs now; None when none does, whatever an ended one left."""
    return read_state(folders.state_file) if holder(folders.lock_file) else None


def _lines(state: StackState | None, ready: dict[str, bool], folders: Folders) -> list[str]:
    if state is None:
        return [f"No stack runs in {folders.var}. Start one: .venv/bin/wardmote local up"]
    services = [f"  {service:<16} {'ready' if is_ready else 'not ready'}" for service, is_ready in ready.items()]
    return [f"The stack is {state.phase}.", *services, "", *lines_of(Addresses(state.port_base))]


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help=f"One of: {', '.join(LOGS)}. Left out: all.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option(help="Last lines of each.")] = 20,
) -> None:
    """Shows the logs of one part or of all."""
    console = Console()
    with _told(console):
        folders = Folders(LocalSettings.load().var)
        if service and service not in LOGS:
            raise LocalError(f"There is no log of {service!r}.", f"Say one of: {', '.join(LOGS)}.")
        files = {name: folders.log(name) for name in ([service] if service else LOGS)}
        follower = Follower(files, from_end=True)
        for name, file in files.items():
            write_lines(console, [short(name, line) for line in last_lines(file, lines)])
        while follow:
            write_lines(console, [short(name, line) for name, line in follower.new_lines()])
            time.sleep(FOLLOW_EVERY_S)


@app.command()
def key(council: Annotated[str, typer.Argument(help="Slug of a demo council, for example northshire.")]) -> None:
    """Prints the API key of a demo council, for use in a command line."""
    console = Console()
    with _told(console):
        keys = read_api_keys(Folders(LocalSettings.load().var))
        if council not in keys:
            raise LocalError(f"There is no key of {council!r}.", f"Start the stack once; then there are: {', '.join(keys) or 'keys'}.")
        sys.stdout.write(keys[council] + "\n")


@app.command()
def ports() -> None:
    """Prints the port table."""
    console = Console()
    with _told(console):
        addresses = Addresses(LocalSettings.load().port_base)
        write_lines(console, [f"{addresses.port(what)}  {what}" for what in OFFSETS])


@app.command()
def demo() -> None:
    """Sends six realistic reports of different kinds to both councils and prints the links to what became of them."""
    from wardmote_local.demo import run_demo  # noqa: PLC0415
    from wardmote_local.keys import Keys  # noqa: PLC0415
    from wardmote_local.tables import demo_lines  # noqa: PLC0415

    console = Console()
    with _told(console):
        folders, addresses = _ready_stack()
        console.print()
        became = asyncio.run(run_demo(addresses, Keys(folders.keys), read_api_keys(folders), lambda line: write_lines(console, [line, ""])))
        write_lines(console, demo_lines(became))
        people = "; ".join(f"{council.people[0].name} ({council.name})" for council in COUNCILS)
        write_lines(console, ["", f"Sign in to see them as {people}.", f"What was mailed: {addresses.url(INBOX)}"])


@app.command()
def latency(count: Annotated[int, typer.Option(min=1, help="How many reports to send.")] = 200) -> None:
    """Measures from report accepted to case in the list, over many reports on the running stack."""
    from wardmote_local.keys import Keys  # noqa: PLC0415
    from wardmote_local.latency import AT_ONCE, measure  # noqa: PLC0415
    from wardmote_local.stages import stages_of  # noqa: PLC0415
    from wardmote_local.tables import latency_lines  # noqa: PLC0415

    console = Console()
    with _told(console):
        folders, addresses = _ready_stack()
        state = read_state(folders.state_file)
        council = COUNCILS[0]
        write_lines(console, [f"Sending {count} reports to {council.name}, {AT_ONCE} at once."])
        samples = asyncio.run(measure(addresses, Keys(folders.keys), council, read_api_keys(folders)[council.slug], count))
        write_lines(console, latency_lines(samples, stages_of(samples, folders.traces, state.kafka) if state else []))


def _ready_stack() -> tuple[Folders, Addresses]:
    """Where the running stack is.

    Raises:
        LocalError: none is ready.
    """
    folders = Folders(LocalSettings.load().var)
    state = running_state(folders)
    if state is None or state.phase != READY:
        raise LocalError(f"No stack is ready in {folders.var}.", "Start one: .venv/bin/wardmote local up")
    return folders, Addresses(state.port_base)
