"""The driver, a process of its own: sends the reports of one job, and writes what became of each.

``python -m tests.load.driver JOB OUTCOME``
"""

import asyncio
import random
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from time import time_ns
from typing import Any

import grpc
import uvloop

from tests.load.faces import Line, bearer, line_of
from tests.load.job import Job, Outcome, Sender, Sent
from tests.load.texts import LoadReport, report
from wardmote.case_management.v1.case_management_service_pb2 import GetCaseRequest
from wardmote.case_management.v1.case_management_service_pb2_grpc import CaseManagementServiceStub

LOOK_EVERY_S = 0.05
LOOK_FOR_S = 120.0


class Driver:
    """Sends by the job's loop and remembers."""

    def __init__(self, job: Job, line: Line, cases: Any) -> None:
        self._job = job
        self._line = line
        self._cases = cases
        self._chance = random.Random(job.seed)
        self._probing = 0
        self._probes: set[asyncio.Task[None]] = set()
        self.sent: list[Sent] = []

    async def run(self) -> None:
        """Returns when every report is answered and every one that was followed was seen."""
        await (self._open() if self._job.rate else self._closed())
        await asyncio.gather(*self._probes)

    async def _closed(self) -> None:
        drawn = self._drawn()
        await asyncio.gather(*(self._one_after_the_other(drawn) for _ in range(self._job.in_flight)))

    async def _one_after_the_other(self, drawn: Iterator[tuple[Sender, LoadReport]]) -> None:
        for sender, one in drawn:
            await self._submit(sender, one, time_ns())

    async def _open(self) -> None:
        """Each report is sent at its own time, however many are on their way: a slow answer delays no later report."""
        on_their_way: set[asyncio.Task[None]] = set()
        intended = time_ns()
        for sender, one in self._drawn():
            intended += int(self._chance.expovariate(self._job.rate) * 1e9)
            await asyncio.sleep(max(0.0, (intended - time_ns()) / 1e9))
            task = asyncio.create_task(self._submit(sender, one, intended))
            on_their_way.add(task)
            task.add_done_callback(on_their_way.discard)
        await asyncio.gather(*on_their_way)

    def _drawn(self) -> Iterator[tuple[Sender, LoadReport]]:
        end = time_ns() + int(self._job.seconds * 1e9)
        number = 0
        while (not self._job.count or number < self._job.count) and (not self._job.seconds or time_ns() < end):
            number += 1
            yield self._chance.choice(self._job.senders), report(self._chance, self._job.danger_share)

    async def _submit(self, sender: Sender, one: LoadReport, intended_ns: int) -> None:
        row = Sent(intended_ns, time_ns())
        answer = await self._line.submit(sender, one)
        row.answered_ns = time_ns()
        row.incident_id, row.is_urgent, row.refusal = answer.incident_id, answer.is_urgent, answer.refusal
        self.sent.append(row)
        if not row.refusal and self._probing < self._job.probes:
            self._probing += 1
            task = asyncio.create_task(self._follow(sender, row))
            self._probes.add(task)
            task.add_done_callback(self._probes.discard)

    async def _follow(self, sender: Sender, row: Sent) -> None:
        """Asks for the case as the console would. Few at a time: asking costs the services work too."""
        request = GetCaseRequest(incident_id=row.incident_id)
        end = row.answered_ns + int(LOOK_FOR_S * 1e9)
        try:
            while not row.seen_ns and time_ns() < end:
                try:
                    await self._cases.GetCase(request, timeout=8, metadata=bearer(sender.reader))
                    row.seen_ns = time_ns()
                except grpc.aio.AioRpcError:
                    await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._probing -= 1


async def drive(job: Job) -> Outcome:
    """Runs a job."""
    async with line_of(job) as line, grpc.aio.insecure_channel(job.cases) as channel:
        driver = Driver(job, line, CaseManagementServiceStub(channel))
        await driver.run()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Outcome(driver.sent, used.ru_utime + used.ru_stime)


if __name__ == "__main__":
    job_file, outcome_file = (Path(name) for name in sys.argv[1:])
    uvloop.run(drive(Job.read(job_file))).write(outcome_file)
