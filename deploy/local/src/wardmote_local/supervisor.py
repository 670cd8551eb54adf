"""Watches what runs. Restarts nothing: when one ends, it says which and why, and everything stops."""

import asyncio
from collections.abc import Mapping

from wardmote_local.child import Watched, start_in_thread
from wardmote_local.log_lines import short
from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.process import last_lines

LOOK_EVERY_S = 0.2


class ChildDied(LocalError):
    """A process of the stack ended by itself."""


class Supervisor:
    """Holds the running processes in the layers in which they were started."""

    def __init__(self) -> None:
        self._layers: list[dict[str, Watched]] = []

    async def start(self, children: Mapping[str, Watched]) -> None:
        """Starts a layer, its children side by side."""
        self._layers.append(dict(children))
        async with asyncio.TaskGroup() as group:
            for child in children.values():
                group.create_task(start_in_thread(child))

    def require_alive(self) -> None:
        """
        Raises:
            ChildDied: one has ended, with the last lines of its log.
        """
        for name, child in self._all():
            if child.exit_status is not None:
                raise death_of(name, child)

    async def watch(self) -> None:
        """Returns never.

        Raises:
            ChildDied: one has ended.
        """
        while True:
            self.require_alive()
            await asyncio.sleep(LOOK_EVERY_S)

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {name: child.pid for name, child in self._all() if child.pid}

    async def stop(self) -> None:
        """Ends everything, the last layer first, each layer side by side."""
        while self._layers:
            layer = self._layers.pop()
            await asyncio.gather(*(asyncio.to_thread(child.stop) for child in layer.values()))

    def _all(self) -> list[tuple[str, Watched]]:
        return [(name, child) for layer in self._layers for name, child in layer.items()]


def death_of(name: str, child: Watched) -> ChildDied:
    """What is said of a process that ended by itself."""
    status = child.exit_status
    how = f"was ended by signal {-status}" if status is not None and status < 0 else f"ended by itself with status {status}"
    lines = "\n".join(f"    {short(name, line)}" for line in last_lines(child.log_file)) or "    (it wrote nothing)"
    return ChildDied(
        f"{name} {how}. The last lines of {child.log_file}:\n{lines}",
        "Everything was stopped. Read the log, then start again; nothing is restarted silently.",
    )
