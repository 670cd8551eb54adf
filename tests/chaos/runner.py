"""Runs the rounds: load with faults at random points, drain, verdict."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic

import httpx2
import psycopg

from tests.chaos.drained import wait_until_drained
from tests.chaos.ground import Broken, Fault, Ground
from tests.chaos.invariants import NAMES, SHOWN, judge, read_all
from tests.chaos.load import Load
from tests.chaos.plan import Round
from tests.chaos.table import Result
from tests.chaos.tail import Tail
from wardmote_local.servers.errors import LocalError

EARLIEST, LATEST = 0.1, 0.5
"""When a fault comes, as a share of the round's load."""


class Runner:
    """Knows what was wrong before, so that each wrong counts in the round that brought it."""

    def __init__(self, ground: Ground, load: Load, tail: Tail, tell: Callable[[str], None]) -> None:
        self._ground = ground
        self._load = load
        self._tail = tail
        self._tell = tell
        self._known: set[str] = set()
        self.results: list[Result] = []

    async def run(self, rounds: Sequence[Round]) -> None:
        """Runs all of them, whatever one of them finds."""
        for number, one in enumerate(rounds, start=1):
            result = await self._round(one)
            self.results.append(result)
            wrong = "" if result.is_clean else f"  WRONG {result.broken} {[*result.wrong.items()]}"
            self._tell(
                f"[{number:2}/{len(rounds)}] {one.name}: {result.accepted} accepted, drained in {result.drained_s:.1f} s, "
                f"{result.seconds:.0f} s in all. {result.note} {result.retries or ''}{wrong}"
            )
            for example in result.examples:
                self._tell(f"        {example}")

    async def _round(self, one: Round) -> Result:
        ledger, log = self._ground.ledger, self._tail.log
        result = Result(one.name)
        began, accepted, repeats, copies = monotonic(), len(ledger.accepted), ledger.repeats, log.copies
        retries = ledger.retries.copy()
        sending = asyncio.create_task(self._load.send(one.reports))
        outcomes = await asyncio.gather(*(self._inject(fault, one) for fault in one.faults))
        await sending
        result.note = "; ".join(note for note, _ in outcomes if note)
        result.broken = "; ".join(broken for _, broken in outcomes if broken)
        result.is_run = not (one.faults and all(note.startswith(("not run", "not built")) for note, _ in outcomes))
        result.drained_s, left = await wait_until_drained(self._ground.stack, ledger, self._tail)
        if left:
            result.broken = "; ".join(filter(None, [result.broken, f"not drained: {left}"]))
        result.accepted, result.repeats, result.copies = len(ledger.accepted) - accepted, ledger.repeats - repeats, log.copies - copies
        result.retries = dict(ledger.retries - retries)
        await self._judge(result)
        result.seconds = monotonic() - began
        return result

    async def _inject(self, fault: Fault, one: Round) -> tuple[str, str]:
        """The fault's note, and what it met that must not be."""
        length = one.reports / self._load.rate
        await asyncio.sleep(self._ground.chance.uniform(EARLIEST, LATEST) * length)
        try:
            return await fault.inject(self._ground), ""
        except (Broken, LocalError, psycopg.Error, httpx2.HTTPError, OSError, TimeoutError) as wrong:
            return "", f"{type(wrong).__name__}: {str(wrong).splitlines()[0] if str(wrong) else ''}"

    async def _judge(self, result: Result) -> None:
        kept = await asyncio.to_thread(read_all, self._ground.stack)
        with self._tail.lock:
            verdict = judge(kept, self._ground.ledger, self._tail.log)
        for name in NAMES:
            new = [what for what in verdict.wrong[name] if f"{name}: {what}" not in self._known]
            self._known.update(f"{name}: {what}" for what in new)
            result.wrong[name] = len(new)
            result.examples += [f"{name}: {what}" for what in new[:SHOWN]]
