"""Faults of one role's process."""

import asyncio
import signal
from collections.abc import Sequence
from time import monotonic

from tests.chaos.ground import Broken, Fault, Ground
from tests.chaos.kept import Kept

KILLS = 2
LONGEST_BETWEEN_S = 1.5
DRAINS_WITHIN_S = 10.0
CLEAN, FORCED = 0, 70
"""A process that drained, and one that had to end itself by force because a server it waits for is away."""

FIND_WITHIN_S = 30.0
LOOK_EVERY_S = 0.05


def kill(names: Sequence[str], title: str = "") -> Fault:
    """kill -9, twice with a random pause; a role of several at a time, one after the other."""

    async def inject(ground: Ground) -> str:
        for name in names:
            for _ in range(KILLS if len(names) == 1 else 1):
                await killed(ground.stack.roles[name])
                await asyncio.sleep(ground.chance.uniform(0, LONGEST_BETWEEN_S))
        await ground.stack.wait_until_ready(names)
        return ""

    return Fault(f"kill -9 {title or names[0]}", inject, frozenset(names))


async def killed(role: Kept) -> None:
    """Kills what runs, as soon as something runs."""
    end = monotonic() + FIND_WITHIN_S
    while not role.send(signal.SIGKILL):
        if monotonic() > end:
            raise Broken(f"{role.name} does not run")
        await asyncio.sleep(LOOK_EVERY_S)


def terminate(names: Sequence[str], title: str = "") -> Fault:
    """SIGTERM under load, with the time to the end."""

    async def inject(ground: Ground) -> str:
        notes = []
        for name in names:
            ended = await ground.stack.roles[name].terminated()
            if ended is None:
                raise Broken(f"{name} does not run")
            if ended.seconds >= DRAINS_WITHIN_S or ended.status not in (CLEAN, FORCED):
                raise Broken(f"{name} ended after {ended.seconds:.1f} s with status {ended.status}")
            notes.append(f"{ended.seconds:.1f} s" + (" by force" if ended.status == FORCED else ""))
            if len(names) > 1:
                notes[-1] = f"{name} {notes[-1]}"
        await ground.stack.wait_until_ready(names)
        return "drained in " + ", ".join(notes)

    return Fault(f"SIGTERM {title or names[0]}", inject, frozenset(names))
