"""Does the claimed work: each piece in its council's scope and trace, with one verdict for each way it can end."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from time import perf_counter

import structlog

from wardmote_kernel.errors import AlreadyHandled, WardmoteError
from wardmote_runtime.errors import is_passing
from wardmote_runtime.faults import where
from wardmote_runtime.lifecycle import stop_process
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import Claimed, Work, WorkQueue

Handler = Callable[[Work], Awaitable[None]]
"""Does one piece of work and settles it in the transaction that keeps what was done."""

_PAUSE_SHORTEST, _PAUSE_LONGEST = 0.03, 0.25
"""Seconds between looks at a queue that had no more to give; doubles while nothing comes. A hint of this process, or the end of a
piece, ends the pause at once: only what another process adds, or what falls due, waits for it."""

RENEW_SECONDS = 5.0
"""A third of the lease: two renewals may fail before a claim runs out."""

_FIRST_WAIT, _LONGEST_WAIT, _LONGEST_WAIT_FOR_QUEUE = 0.25, 60.0, 5.0

_KEPT_WITHIN, _KEPT_PAUSE = 3, 0.2
"""So often, with pauses of so many seconds, the end of a piece of work is tried to be kept. Its connection is often cut together with
the handler's; given up at once, the piece, which may be a page, would wait until its claim runs out."""

FLOOD = 50
"""So many rejects in a row, with nothing done between, mean that we are at fault and not the data: the process stops
(arroyo's DlqLimit is the model)."""


URGENT_SLOTS = 4
"""Slots that only urgent work may take, beside the ordinary ones: a page never waits behind mails that hang."""


class Dispatcher:
    """Claims work and runs the handler of its kind, ``concurrency`` at a time, and urgent work beside it.

    A broken rule makes the work a dead letter; a passing fault gives it back to be tried again, for ever, with growing
    waits; an unknown fault makes it a dead letter too, so that one event cannot stop every council. A flood of rejects stops
    the process.
    """

    def __init__(
        self,
        queue: WorkQueue,
        handlers: Mapping[str, Handler],
        *,
        concurrency: int,
        per_tenant: int,
        metrics: Metrics,
        telemetry: Telemetry,
        wake: Wake,
        give_up: Callable[[], None] = stop_process,
        renew_s: float = RENEW_SECONDS,
    ) -> None:
        """
        Args:
            concurrency: ordinary pieces at once.
            per_tenant: of one council, over all processes.
            give_up: called when the fault is ours, not the data's; ends the process.
            renew_s: so often the claims of what is in flight are renewed.
        """
        self._queue = queue
        self._handlers = handlers
        self._concurrency = concurrency
        self._per_tenant = per_tenant
        self._metrics = metrics
        self._telemetry = telemetry
        self._woken = asyncio.Event()
        self._pause = _PAUSE_SHORTEST
        self._give_up = give_up
        self._stopping = asyncio.Event()
        self._running: dict[asyncio.Task[None], Claimed] = {}
        """What is in flight."""
        self._loop_task: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._renew_s = renew_s
        self._rejects_in_a_row = 0
        self._log = structlog.get_logger("dispatcher")
        wake.listen(self._woken.set)

    async def start(self) -> None:
        self._loop_task = asyncio.create_task(self._loop(), name="dispatcher")
        self._renewing = asyncio.create_task(self._renew(), name="renewing claims")

    async def stop(self) -> None:
        """Claims no more and finishes what is in flight."""
        self._stopping.set()
        self._woken.set()
        if self._loop_task is not None:
            await self._loop_task
        if self._running:
            await asyncio.wait(self._running, timeout=7)
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])

    async def _renew(self) -> None:
        """Keeps the claims of what is in flight. A renewal that fails is no fault of the work: its claim may run out, no more."""
        while True:
            await asyncio.sleep(self._renew_s)
            if not self._running:
                continue
            try:
                await self._queue.renew(list(self._running.values()))
            except Exception as fault:
                self._log.warning("Claims could not be renewed; they are tried again.", error=type(fault).__name__)

    async def _loop(self) -> None:
        wait = _FIRST_WAIT
        while not self._stopping.is_set():
            try:
                if await self._claim_more():
                    self._pause = _PAUSE_SHORTEST
                wait = _FIRST_WAIT
            except asyncio.CancelledError:
                raise
            except BaseException as fault:  # The edge: a passing fault waits, any other one stops the process.
                if not is_passing(fault):
                    self._log.critical("The dispatcher met a fault it does not know and stops the process.", error=type(fault).__name__)
                    self._give_up()
                    raise
                self._log.warning("The work queue cannot be read now.", error=type(fault).__name__, wait_s=wait)
                await self._stopped_within(wait)
                wait = min(wait * 2, _LONGEST_WAIT_FOR_QUEUE)
                continue
            await self._rest()  # A claim takes all there is or all there is room for: to look again at once would find nothing.

    async def _stopped_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _claim_more(self) -> int:
        busy = sum(piece.is_urgent for piece in self._running.values())
        free, urgent = self._concurrency - (len(self._running) - busy), URGENT_SLOTS - busy
        if free <= 0 and urgent <= 0:
            return 0
        pieces = await self._queue.claim(ordinary=max(0, free), urgent=max(0, urgent), per_tenant=self._per_tenant)
        if pieces:
            for piece, work in zip(pieces, await self._carried_by(pieces), strict=True):
                task = asyncio.create_task(self._do(piece, work))
                self._running[task] = piece
                task.add_done_callback(self._done)
        return len(pieces)

    async def _carried_by(self, pieces: Sequence[Claimed]) -> Sequence[Work | BaseException]:
        """What the pieces carry, or why each cannot be done: a fault here has its verdict as one of the handler has."""
        try:
            works = await self._queue.read_all(pieces)
        except Exception as fault:  # The edge: claimed pieces left without a verdict would wait until their claims run out.
            return [fault] * len(pieces)
        return [work or AlreadyHandled("The claim on this work has run out.") for work in works]

    def _done(self, task: "asyncio.Task[None]") -> None:
        del self._running[task]
        self._woken.set()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._pause)
        except TimeoutError:
            self._pause = min(self._pause * 2, _PAUSE_LONGEST)
            return
        self._woken.clear()
        self._pause = _PAUSE_SHORTEST

    async def _do(self, piece: Claimed, work: Work | BaseException) -> None:
        began = perf_counter()
        kind = piece.ref.kind
        try:
            if isinstance(work, BaseException):
                raise work
            span = self._telemetry.span(f"work {kind}", parent=work.headers, kind="consumer", attempts=piece.ref.attempts)
            with tenant_scope(piece.tenant_id), span:
                await self._handlers[kind](work)
            result = "done"
            self._rejects_in_a_row = 0
        except BaseException as fault:  # The edge: every way a handler can end has its verdict.
            result = await self._verdict(piece, fault)
        self._metrics.worked.labels(kind, result).inc()
        self._metrics.work_seconds.labels(kind).observe(perf_counter() - began)

    async def _verdict(self, piece: Claimed, fault: BaseException) -> str:
        if isinstance(fault, AlreadyHandled):
            return "already-handled"
        if isinstance(fault, asyncio.CancelledError):
            raise fault
        try:
            if is_passing(fault):
                await self._keep(lambda: self._queue.later(piece, _wait(piece.ref.attempts)))
                return "later"
            return await self._reject(piece, fault)
        except Exception as second:  # The database is away too: the claim runs out and the work is tried again.
            self._log.warning("The end of a piece of work could not be kept.", kind=piece.ref.kind, error=type(second).__name__)
            return "left"

    @staticmethod
    async def _keep(end: Callable[[], Awaitable[None]]) -> None:
        """Keeps how a piece ended; keeping it twice changes nothing, because the first takes the claim away."""
        for _ in range(_KEPT_WITHIN - 1):
            try:
                return await end()
            except Exception as fault:
                if not is_passing(fault):
                    raise
            await asyncio.sleep(_KEPT_PAUSE)
        return await end()

    async def _reject(self, piece: Claimed, fault: BaseException) -> str:
        reason = fault.reason if isinstance(fault, WardmoteError) else f"fault-{type(fault).__name__}"
        self._rejects_in_a_row += 1
        if self._rejects_in_a_row > FLOOD:
            self._log.critical("Too many rejects in a row: the fault is ours. The process stops and the work stays.", reason=reason)
            self._give_up()
            return "left"
        self._log.error(
            "A piece of work became a dead letter.", kind=piece.ref.kind, event_id=str(piece.ref.event_id), tenant_id=str(piece.tenant_id),
            reason=reason, where=where(fault),
        )  # fmt: skip
        await self._keep(lambda: self._queue.bury(piece, reason))
        self._metrics.dead_letters.labels(piece.ref.kind, reason).inc()
        return "dead-letter"


def _wait(attempts: int) -> timedelta:
    longest: float = min(_FIRST_WAIT * 2 ** min(attempts - 1, 12), _LONGEST_WAIT)
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing
