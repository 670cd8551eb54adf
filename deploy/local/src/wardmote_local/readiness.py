"""Waits until what was started answers."""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic

import httpx2

from wardmote_local.servers.errors import LocalError

ASK_EVERY_S = 0.05
DEADLINE_S = 60.0


async def wait_until_answers(urls: Mapping[str, str], require_alive: Callable[[], None], deadline_s: float = DEADLINE_S) -> None:
    """Returns when each address answers 200.

    Args:
        urls: by the name of who answers there.
        require_alive: raises when a process has ended; waiting for it would be in vain.

    Raises:
        LocalError: one did not answer in time; names it and what it said last.
    """
    end = monotonic() + deadline_s
    waiting = dict(urls)
    async with httpx2.AsyncClient(timeout=2, trust_env=False) as client:
        while waiting:
            require_alive()
            said = dict(zip(waiting, await asyncio.gather(*(_ask(client, url) for url in waiting.values())), strict=True))
            waiting = {name: url for name, url in waiting.items() if said[name]}
            if waiting and monotonic() > end:
                lines = "\n".join(f"  {name}: {said[name]}" for name in waiting)
                raise LocalError(f"Not ready within {deadline_s:.0f} s:\n{lines}", "Look into their logs: `wardmote local logs`.")
            if waiting:
                await asyncio.sleep(ASK_EVERY_S)


async def _ask(client: httpx2.AsyncClient, url: str) -> str:
    """Empty when it is ready, else what it said."""
    try:
        answer = await client.get(url)
    except httpx2.HTTPError as error:
        return type(error).__name__
    return "" if answer.status_code == httpx2.codes.OK else f"{answer.status_code} {answer.text[:200]}"
