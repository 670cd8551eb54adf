"""The test oracle: a consumer with the same contract as ``wardmote_runtime.consumer.Consumer``, on aiokafka and nothing above it.

What the contract asks of faust it asks of this one too. Where only one of them fails, the fault is in that one; where both fail,
it is in the inbox or in the contract. For tests: it does not wait for a Kafka that is away when it starts.
"""

import asyncio
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from wardmote_runtime.errors import is_passing
from wardmote_runtime.inbox import Inbox, Incoming
from wardmote_runtime.lifecycle import stop_process
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry

_Record = ConsumerRecord[bytes, bytes]

_BATCH, _WITHIN_MS = 500, 200
_FIRST_WAIT, _LONGEST_WAIT, _LONGEST_STOP = 0.1, 5.0, 4.0


class AiokafkaConsumer:
    """Takes the topics of one service into its inbox: one batch after the other, committed after it is kept."""

    def __init__(
        self,
        service: str,
        bootstrap: str,
        topics: Sequence[str],
        inbox: Inbox,
        _metrics: Metrics,
        _telemetry: Telemetry,
        give_up: Callable[[], None] = stop_process,
    ) -> None:
        self._give_up = give_up
        self._inbox = inbox
        self._stopping = False
        self._topics = topics
        self._settings = {
            "bootstrap_servers": bootstrap, "group_id": f"wardmote-{service}", "enable_auto_commit": False, "auto_offset_reset": "earliest",
            "session_timeout_ms": 10_000, "heartbeat_interval_ms": 1_000,
        }  # fmt: skip

    async def start(self) -> None:
        self._kafka: AIOKafkaConsumer = AIOKafkaConsumer(*self._topics, **self._settings)
        await self._kafka.start()
        self._running = asyncio.create_task(self._run(), name="aiokafka-consumer")

    async def stop(self) -> None:
        """Finishes the batch in flight, or leaves it after some seconds, and leaves the group."""
        self._stopping = True
        await asyncio.wait([self._running], timeout=_LONGEST_STOP)
        self._running.cancel()
        await asyncio.wait([self._running])
        await self._kafka.stop()

    async def _run(self) -> None:
        try:
            while not self._stopping:
                await self._take(await self._kafka.getmany(timeout_ms=_WITHIN_MS, max_records=_BATCH))
        except asyncio.CancelledError:
            raise
        except BaseException:
            self._give_up()
            raise

    async def _take(self, found: dict[TopicPartition, list[_Record]]) -> None:
        if found:
            await self._keep([_incoming(record) for records in found.values() for record in records])
            await self._commit(found)

    async def _commit(self, found: dict[TopicPartition, list[_Record]]) -> None:
        try:
            await self._kafka.commit({place: records[-1].offset + 1 for place, records in found.items()})
        except (CommitFailedError, IllegalStateError):
            return  # The group rebalanced meanwhile: another member is given the batch again, and its inbox knows it.

    async def _keep(self, batch: Sequence[Incoming]) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                await self._inbox.take_in(batch)
            except Exception as fault:
                if is_passing(fault):
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, _LONGEST_WAIT)
                    continue
                raise
            return


class CarelessConsumer(AiokafkaConsumer):
    """The twin of the contract: it acknowledges before it keeps, and the contract must see that."""

    async def _take(self, found: dict[TopicPartition, list[_Record]]) -> None:
        if found:
            await self._commit(found)
        await super()._take(found)


def _incoming(record: _Record) -> Incoming:
    return Incoming(record.topic, record.partition, record.offset, record.key, record.value or b"", tuple(record.headers))
