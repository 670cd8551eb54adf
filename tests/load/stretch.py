"""One stretch of load: drivers in processes of their own, then a wait until everything has arrived, then what it took."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, process_time, time_ns

from tests.load.drained import Left, wait_until_drained
from tests.load.figures import Times, per, rate
from tests.load.job import Job, Outcome, Sent
from tests.load.own_stack import OwnStack
from tests.load.usage import Usage, memory_of, usage_of
from tests.load.way import ANSWER, Passed, Topics, columns, moment_of, ways

ROOT = Path(__file__).parents[2]
SEEN, IN_CASE, MAILED, PAGED = "accepted to seen by GetCase", "accepted to case", "accepted to mail", "urgent: sent to page delivered"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened."""

    outcomes: Mapping[str, Outcome]
    """By the driver's name."""
    ways: Mapping[str, Passed]
    used: Usage
    seconds: float
    """From the start of the drivers until everything had arrived."""
    left: Left
    load_average: float
    memory_mb: Mapping[str, float]
    own_cpu_s: float
    """Of this process, which looks on."""


async def load(stack: OwnStack, topics: Topics, jobs: Mapping[str, Job], after: Callable[[], Awaitable[None]] | None = None) -> Stretch:
    """Runs the jobs side by side.

    Args:
        after: is done when the drivers have ended, before everything must arrive.
    """
    await topics.read_on()
    before, began, since, own = usage_of(stack), monotonic(), time_ns(), process_time()
    with tempfile.TemporaryDirectory(prefix="wardmote-load-job-") as folder:
        found = await asyncio.gather(*(_drive(Path(folder), number, job) for number, job in enumerate(jobs.values())))
    if after is not None:
        await after()
    left = await wait_until_drained(stack)
    seconds, used = monotonic() - began, usage_of(stack).since(before)
    own, load_average, memory = process_time() - own, os.getloadavg()[0], memory_of(stack)
    await topics.read_on()
    passed = await asyncio.to_thread(ways, stack, topics, moment_of(since))
    return Stretch(dict(zip(jobs, found, strict=True)), passed, used, seconds, left, load_average, memory, own)


async def _drive(folder: Path, number: int, job: Job) -> Outcome:
    job_file, outcome_file = folder / f"{number}.job.json", folder / f"{number}.outcome.jsonl"
    job.write(job_file)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.load.driver", job_file, outcome_file, cwd=ROOT)
    if await process.wait():
        raise SystemExit(f"The driver ended with status {process.returncode}.")
    return Outcome.read(outcome_file)


def summary(stretch: Stretch) -> dict[str, object]:
    """The figures of a whole stretch."""
    sent = [one for outcome in stretch.outcomes.values() for one in outcome.sent]
    accepted = [one for one in sent if not one.refusal]
    count = len(accepted)
    drivers = sum(outcome.cpu_s for outcome in stretch.outcomes.values())
    cpu = {name: seconds for name, seconds in stretch.used.cpu_s.items() if name != "machine"}
    ours = sum(cpu.values()) + drivers + stretch.own_cpu_s
    return {
        "sent": len(sent),
        "accepted": count,
        "refusals": _refusals(stretch.outcomes.values()),
        "missing cases": stretch.left.reports,
        "missing mails": stretch.left.mails,
        **_rates(accepted, stretch.ways),
        "times ms": times_of(accepted, stretch.ways),
        "cpu ms a report": {name: round(1000 * share, 3) for name, share in per(cpu, count).items()},
        "cpu ms a report, all of the stack": round(1000 * sum(cpu.values()) / count, 3) if count else 0.0,
        "cpu ms a report, driver": round(1000 * drivers / count, 3) if count else 0.0,
        "processors busy, stack": round(sum(cpu.values()) / stretch.seconds, 2),
        "processors busy, others": round((stretch.used.cpu_s["machine"] - ours) / stretch.seconds, 2),
        "bytes a report": {name: round(share) for name, share in per(stretch.used.bytes, count).items()},
        "memory mb": dict(stretch.memory_mb),
        "load average": round(stretch.load_average, 2),
        "seconds": round(stretch.seconds, 1),
    }


def _refusals(outcomes: Iterable[Outcome]) -> dict[str, int]:
    found: dict[str, int] = {}
    for outcome in outcomes:
        for code, count in outcome.refusals.items():
            found[code] = found.get(code, 0) + count
    return found


def _rates(accepted: Sequence[Sent], passed: Mapping[str, Passed]) -> dict[str, float]:
    """From the first report sent until the last one was accepted, in a case, and told of by mail."""
    if not accepted:
        return {"accepted/s": 0.0, "cases/s": 0.0, "told/s": 0.0}
    began = min(one.sent_ns for one in accepted) / 1e6
    found = [passed[one.incident_id] for one in accepted if one.incident_id in passed]
    ends = {
        "accepted/s": [one.answered_ns / 1e6 for one in accepted],
        "cases/s": [way.in_case for way in found if way.in_case is not None],
        "told/s": [way.mailed for way in found if way.mailed is not None],
    }
    return {name: round(rate(len(times), (max(times) - began) / 1000), 1) if times else 0.0 for name, times in ends.items()}


def times_of(accepted: Sequence[Sent], passed: Mapping[str, Passed]) -> dict[str, dict[str, float]]:
    """Percentiles of each stage and of the whole way, over the reports given."""
    values: dict[str, list[float]] = {ANSWER: [one.answer_ms for one in accepted]}
    pairs = [(one, passed[one.incident_id]) for one in accepted if one.incident_id in passed]
    values |= columns(way.stages() for _, way in pairs)
    values[IN_CASE] = [way.in_case - one.answered_ns / 1e6 for one, way in pairs if way.in_case is not None]
    values[SEEN] = [(one.seen_ns - one.answered_ns) / 1e6 for one in accepted if one.seen_ns]
    values[MAILED] = [way.mailed - one.answered_ns / 1e6 for one, way in pairs if way.mailed is not None]
    values[PAGED] = [way.paged - one.intended_ns / 1e6 for one, way in pairs if one.is_urgent and way.paged is not None]
    return {name: Times.of(times).as_json() for name, times in values.items()}
