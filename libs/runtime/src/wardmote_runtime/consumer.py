"""The only Faust loop. Takes batches in and acknowledges them after they are kept; nothing else.

Faust loses events in its ordinary style in five ways (streaming.md §1.3), so this is the one shape that does not: raw bytes,
one stream, no exception leaves the loop, acknowledgement in order and only after COMMIT, and on an unknown fault the process
ends without acknowledging (crash-only).
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from time import time
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.types import EventT, StreamT

from wardmote_runtime.errors import is_passing
from wardmote_runtime.inbox import Inbox, Incoming
from wardmote_runtime.lifecycle import stop_process
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry

BATCH, WITHIN = 500, 0.02
"""``noack_take`` waits the whole of ``within`` seconds when a batch is not full: the price of a batch is at most 20 ms."""

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_LONGEST_STOP = 4.0

BAD_SHARE, BAD_WINDOW = 0.5, 200
"""When more than this share of this many events in a row becomes dead letters, the deploy is at fault: the consumer
stops. Each start can bury about one batch more, and whoever starts it waits longer each time."""


class Consumer:
    """Takes the topics of one service into its inbox."""

    def __init__(
        self,
        service: str,
        bootstrap: str,
        topics: Sequence[str],
        inbox: Inbox,
        metrics: Metrics,
        telemetry: Telemetry,
        give_up: Callable[[], None] = stop_process,
    ) -> None:
        """
        Args:
            give_up: called when the fault is ours or nobody's we know; ends the process.
        """
        self._give_up = give_up
        self._inbox = inbox
        self._metrics = metrics
        self._telemetry = telemetry
        self._service = service
        self._bootstrap = bootstrap
        self._topics = topics
        self._seen = self._bad = 0
        self._log = structlog.get_logger("consumer")
        self._app: faust.App | None = None
        self._folder = tempfile.TemporaryDirectory(prefix=f"wardmote-{service}-")  # faust insists on one; nothing of ours lies in it

    async def start(self) -> None:
        """Joins the consumer group; Kafka may be away, then it is joined when it is back."""
        self._running = asyncio.create_task(self._run(), name="consumer")

    async def stop(self) -> None:
        """Finishes the batch in flight and leaves the group.

        Raises:
            TimeoutError: Kafka is away and faust waits for it; the other parts are not to wait too.
        """
        self._running.cancel()
        await asyncio.wait([self._running])
        self._folder.cleanup()
        if self._app is None:
            return
        leaving = asyncio.create_task(self._app.stop(), name="consumer leaving")  # faust swallows a cancellation
        _, unfinished = await asyncio.wait([leaving], timeout=_LONGEST_STOP)
        if unfinished:
            raise TimeoutError

    async def _run(self) -> None:
        """Faust alone would neither try again when Kafka is away at the start, nor tell anybody when it crashes later."""
        try:
            app = await self._joined()
            await app.wait_until_stopped()
        except asyncio.CancelledError:
            raise
        except BaseException as fault:  # The edge: a consumer that is not running must not look like an idle one.
            self._give_up_for(fault)
            return
        if app.crashed:
            self._give_up_for(app.crash_reason)

    async def _joined(self) -> faust.App:
        wait = _FIRST_WAIT
        while True:
            app = self._app = self._build()
            try:
                await app.start()
            except KafkaError as fault:
                self._log.warning("Kafka is away; the group is joined when it is back.", error=type(fault).__name__, wait_s=wait)
                await app.stop()
            else:
                return app
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _give_up_for(self, fault: BaseException | None) -> None:
        try:
            self._log.critical("The consumer met a fault it does not know and stops the process.", error=type(fault).__name__)
        finally:  # A log that cannot be written must not keep a process alive that no longer consumes.
            self._give_up()

    def _build(self) -> faust.App:
        app = faust.App(
            f"wardmote-{self._service}",
            broker=";".join(f"kafka://{address}" for address in self._bootstrap.split(",")),
            datadir=self._folder.name,
            autodiscover=False, web_enabled=False, topic_disable_leader=True, topic_allow_declare=False, topic_partitions=1,
            store="memory://", key_serializer="raw", value_serializer="raw", processing_guarantee="at_least_once", stream_wait_empty=True,
            broker_session_timeout=10.0, broker_heartbeat_interval=3.0, broker_commit_interval=0.5, broker_max_poll_interval=300.0,
            broker_request_timeout=12.0, consumer_auto_offset_reset="earliest", stream_buffer_maxsize=16384,
        )  # fmt: skip
        source = app.topic(*self._topics, key_serializer="raw", value_serializer="raw")
        app.agent(source, name=f"{self._service}-inbox")(self._take)
        return app

    async def _take(self, stream: StreamT[bytes]) -> None:
        async for events in stream.noack_take(BATCH, within=WITHIN):  # type: ignore[attr-defined]  # missing in faust's StreamT
            try:
                await self._keep(events)
                for event in events:
                    await stream.ack(event)
            except asyncio.CancelledError:
                raise
            except BaseException as fault:  # The edge: whatever it is, nothing may be acknowledged.
                self._give_up_for(fault)
                raise

    async def _keep(self, events: Sequence[EventT[bytes]]) -> None:
        batch = [_incoming(event) for event in events]
        wait = _FIRST_WAIT
        while True:
            try:
                with self._telemetry.batch_span("take in", [_carrier(incoming) for incoming in batch]):
                    bad = await self._inbox.take_in(batch)
                break
            except Exception as fault:  # Only a passing fault is waited out; the rest goes to the edge above.
                if not is_passing(fault):
                    raise
                self._log.warning("The inbox cannot be written now; nothing is acknowledged.", error=type(fault).__name__, wait_s=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
        self._metrics.last_batch.set(time())
        self._watch_for_flood(len(batch), bad)

    def _watch_for_flood(self, seen: int, bad: int) -> None:
        self._seen += seen
        self._bad += bad
        if self._seen < BAD_WINDOW:
            return
        if self._bad > self._seen * BAD_SHARE:
            self._log.critical(
                "Most events are rejected: the deploy is at fault, not the data. The consumer stops.", seen=self._seen, bad=self._bad
            )
            self._give_up()
        self._seen = self._bad = 0


def _carrier(incoming: Incoming) -> dict[str, str]:
    return {name: value.decode(errors="replace") for name, value in incoming.headers if name == "traceparent" and value is not None}


def _incoming(event: EventT[Any]) -> Incoming:
    message = event.message
    headers = message.headers or ()
    pairs: Any = tuple(headers.items()) if isinstance(headers, dict) else tuple(headers)
    return Incoming(message.topic, message.partition, message.offset, message.key, message.value or b"", pairs)
