"""Faults of the machine: full disks, a clock that is set back, and a relay that was started twice."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

from tests.chaos.councils import load_one
from tests.chaos.ground import Broken, Fault, Ground
from tests.chaos.kept import Kept
from tests.chaos.load import Load
from wardmote_local.calls import Services
from wardmote_local.delivered import wait_until_delivered

FULL_S, BITES_WITHIN_S = 3.0, 20.0
NEW_COUNCIL = 1_000_000
ANSWER_WITHIN_S = 60.0
TWICE_S, ALONE_S = 4.0, 3.0
SET_BACK_S = 6.0
FAKETIME = "libfaketime.so.1"
NO_DISK = "not run: this account may not mount a tmpfs"


def _full_database(service: str) -> Fault:
    async def inject(ground: Ground) -> str:
        room = ground.stack.rooms[f"database of {service}"]
        if not room.is_small:
            return NO_DISK
        before = _refusals(ground)
        room.fill()
        try:
            await ground.until(lambda: _refusals(ground) > before, BITES_WITHIN_S)
            await asyncio.sleep(FULL_S)
            refused = _refusals(ground) - before
        finally:
            room.empty()
        return f"{refused} statements refused"

    return Fault(f"disk full: database of {service}", inject, frozenset({"postgres", "disk"}), reports=160)


def _refusals(ground: Ground) -> int:
    return ground.stack.postgres.log_file.read_text(errors="replace").count("No space left on device")


async def _full_keyring(ground: Ground) -> str:
    """A council that has no key yet reports: it must get no receipt before its key is safe, and leave no half key behind."""
    room = ground.stack.rooms["keyring of intake"]
    if not room.is_small:
        return NO_DISK
    stack = ground.stack
    async with Services(stack.addresses) as services:
        council = await load_one(stack, services, NEW_COUNCIL + ground.chance.randrange(NEW_COUNCIL))
    await wait_until_delivered(stack.postgres.admin_dsn, stack.kafka.bootstrap, lambda: None)
    room.fill()
    async with Load(stack.addresses, [council], ground.ledger, ground.chance, rate=100.0) as load:
        sending = asyncio.create_task(load.send(1))
        await asyncio.sleep(FULL_S)
        too_early = sending.done()
        room.empty()
        await asyncio.wait_for(sending, ANSWER_WITHIN_S)
    halves = [file.name for file in room.folder.iterdir() if file.suffix != ".key"]
    if too_early or halves:
        raise Broken(f"{len(halves)} half keys left" if halves else "a receipt was given without a key")
    return "no receipt while full"


async def _relay_twice(ground: Ground) -> str:
    """A second relay of two services works beside the first; then the first is killed and the second goes on alone."""
    stack = ground.stack
    firsts = [stack.roles[name] for name in ("intake/relay", "classification/relay")]
    seconds = [
        Kept(f"{first.name} again", first.module, first.arguments, {**first.environment, "WARDMOTE_OPS_LISTEN": "127.0.0.1:0"},
             first.folder.with_name(f"{first.folder.name}-again"))
        for first in firsts
    ]  # fmt: skip
    try:
        await asyncio.gather(*(second.start() for second in seconds))
        await asyncio.sleep(TWICE_S)
        for first in firsts:
            first.send(signal.SIGKILL)
        await asyncio.sleep(ALONE_S)
    finally:
        await asyncio.gather(*(second.stop() for second in seconds))
    return "the first killed meanwhile"


def _clock_set_back(name: str, back: str) -> Fault:
    async def inject(ground: Ground) -> str:
        library = _library()
        if library is None:
            return "not run: no libfaketime here (Debian's package faketime has it)"
        role, file = ground.stack.roles[name], ground.stack.folders.var / "clock"
        file.write_text("+0")
        await role.replace(_faked(library, file))
        await ground.stack.wait_until_ready([name])
        file.write_text(f"-{back}")
        await asyncio.sleep(SET_BACK_S)
        file.write_text("+0")
        await role.replace()
        await ground.stack.wait_until_ready([name])
        return f"{back} back while it runs, then right again"

    return Fault(f"clock set back: {name}", inject, frozenset({name}), reports=160)


def _library() -> Path | None:
    return next(iter(Path("/usr/lib").glob(f"*/faketime/{FAKETIME}")), None)


def _faked(library: Path, file: Path) -> dict[str, str]:
    """The clock that tells the time of day is shifted, as when somebody sets it; the one that measures spans is not."""
    return {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }  # fmt: skip


FULL_DATABASE = _full_database("classification")
FULL_KEYRING = Fault("disk full: keyring of intake", _full_keyring, frozenset({"disk", "kafka", "tenancy"}))
RELAY_TWICE = Fault("relay started twice", _relay_twice, frozenset({"intake/relay", "classification/relay"}), reports=240)
CLOCKS = [
    _clock_set_back("intake/grpc", "10m"), _clock_set_back("classification/work", "10m"), _clock_set_back("case-management", "10m"),
    _clock_set_back("notification", "10m"),
]  # fmt: skip


async def _no_evidence(ground: Ground) -> str:
    return "not built yet: there is no evidence folder"


FULL_EVIDENCE = replace(FULL_KEYRING, name="disk full: evidence folder", inject=_no_evidence, touches=frozenset())
