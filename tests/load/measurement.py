"""The whole measurement, in order: the machine's own limit, closed loops, open loops, and the pile-on."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import time_ns

from tests.load import raw
from tests.load.job import Face, Job
from tests.load.loading import Council, load_councils, senders_of, set_limit_of
from tests.load.own_stack import OwnStack
from tests.load.plan import FACES, Plan, closed_reports
from tests.load.stretch import IN_CASE, ROOT, Stretch, load, summary, times_of
from tests.load.usage import machine, memory_of
from tests.load.way import ANSWER, Passed, Topics
from wardmote_local.calls import Services
from wardmote_local.delivered import wait_until_delivered
from wardmote_local.loading import REPORTS_PER_MINUTE

OVER = 100
"""The flooding council sends so many times its limit (issue 4)."""

Say = Callable[[str], None]
Figures = dict[str, object]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run on one stack."""

    stack: OwnStack
    topics: Topics
    plan: Plan
    councils: Sequence[Council]
    say: Say

    def job(self, face: Face, councils: Sequence[Council], seed: int, danger_share: float = 0.0) -> Job:
        """A job without a loop yet."""
        addresses = self.stack.addresses
        return Job(
            face, addresses.rest("intake"), addresses.grpc("intake"), addresses.grpc("case-management"),
            senders_of(self.stack, councils), seed, danger_share,
        )  # fmt: skip

    async def stretch(self, name: str, jobs: Mapping[str, Job]) -> Stretch:
        """Runs the jobs and says how it went."""
        done = await load(self.stack, self.topics, jobs)
        self.say(_line(name, summary(done)))
        return done

    async def warm_up(self) -> int:
        """Fills pools and caches. Returns how many reports a closed loop shall send."""
        warm = replace(self.job("REST", self.councils, 1), in_flight=8, count=self.plan.warm_up)
        return closed_reports(self.plan, float(str(summary(await self.stretch("warm-up", {"": warm}))["told/s"])))

    async def closed(self, count: int) -> Figures:
        """Each face with one council and with all of them, as many reports on their way as fit."""
        found: Figures = {}
        for seed, (face, councils) in enumerate(((face, some) for face in FACES for some in (self.councils[:1], self.councils)), 10):
            name = f"closed, {face}, {len(councils)} council{'s' if len(councils) > 1 else ''}"
            job = replace(self.job(face, councils, seed), in_flight=self.plan.in_flight, count=count)
            found[name] = summary(await self.stretch(name, {"": job}))
        return found

    async def open(self, sustained: float) -> Figures:
        """All councils at half of what was sustained and at nine tenths of it, danger among the reports."""
        found: Figures = {}
        for seed, share in enumerate((0.5, 0.9), 20):
            name = f"open, gRPC unary, {len(self.councils)} councils, {share:.0%} of sustained"
            job = self.job("gRPC unary", self.councils, seed, self.plan.danger_share)
            job = replace(job, rate=share * sustained, seconds=self.plan.open_s)
            found[name] = summary(await self.stretch(name, {"": job})) | {"rate": round(share * sustained, 1)}
        return found

    async def full_load(self, count: int) -> Figures:
        """Urgent pages while everything is busy: a closed loop that leaves no processor idle, danger among the reports."""
        job = replace(self.job("gRPC unary", self.councils, 30, self.plan.danger_share), in_flight=self.plan.in_flight)
        name = f"full load, gRPC unary, {len(self.councils)} councils, danger mixed in"
        return {name: summary(await self.stretch(name, {"": replace(job, count=count)}))}

    async def pile_on(self, accepted: float) -> Figures:
        """Quiet councils alone, then beside one council that floods: first while it sends, then while its work waits in the slower lane.

        The flooding council's limit is a hundredth of what is accepted of one council. Worked at that rate the flood would take a
        hundred times as long as it was sent; so in the end the limit is lifted, and then all of it must arrive.

        Args:
            accepted: reports a second of one council in a closed loop.
        """
        flooding, quiet = self.councils[:1], self.councils[1 : 1 + self.plan.quiet_councils]
        trickle = replace(self.job("gRPC unary", quiet, 40), rate=self.plan.quiet_rate, seconds=self.plan.quiet_s, probes=2)
        alone = await self.stretch("quiet councils alone", {"quiet": trickle})
        limit = max(1, round(60 * accepted / OVER))
        await self._limit(flooding[0], limit)
        flood = replace(self.job("gRPC unary", flooding, 41), in_flight=self.plan.in_flight, seconds=self.plan.flood_s, probes=0)
        trickle = replace(trickle, seed=42, senders=senders_of(self.stack, quiet))
        lifted_ns: list[int] = []

        async def lift() -> None:
            lifted_ns.append(time_ns())
            await self._limit(flooding[0], REPORTS_PER_MINUTE)

        both = await load(self.stack, self.topics, {"quiet": trickle, "flood": flood}, lift)
        self.say(_line("quiet councils beside a flood", summary(both)))
        return {
            "quiet rate": self.plan.quiet_rate,
            "limit of the flood/s": round(limit / 60, 2),
            "flood accepted/s": round(len(both.outcomes["flood"].accepted) / self.plan.flood_s, 1),
            "alone": times_of(alone.outcomes["quiet"].accepted, alone.ways),
            **_beside_the_flood(both, lifted_ns[0]),
        }

    async def _limit(self, council: Council, reports_per_minute: int) -> None:
        async with Services(self.stack.addresses) as services:
            await set_limit_of(self.stack, services, council.tenant_id, reports_per_minute)
        await wait_until_delivered(self.stack.postgres, self.stack.kafka, lambda: None)


def _beside_the_flood(both: Stretch, lifted_ns: int) -> Figures:
    quiet, flooded = both.outcomes["quiet"].accepted, both.outcomes["flood"].accepted
    flood_ended = max(one.answered_ns for one in both.outcomes["flood"].sent)
    worked = [way for way in _of(both, "flood") if way.in_case is not None and way.in_case * 1e6 <= lifted_ns]
    return {
        "flood reports": len(flooded),
        "flood in a case when the limit was lifted": len(worked),
        "refusals": summary(both)["refusals"],
        "while it sends": times_of([one for one in quiet if one.intended_ns <= flood_ended], both.ways),
        "while it is worked off": times_of([one for one in quiet if flood_ended < one.intended_ns], both.ways),
        "the flood itself": times_of(flooded, both.ways),
        "both": summary(both),
    }


def _of(stretch: Stretch, driver: str) -> list[Passed]:
    return [stretch.ways[one.incident_id] for one in stretch.outcomes[driver].accepted if one.incident_id in stretch.ways]


async def measure(stack: OwnStack, plan: Plan, say: Say) -> Figures:
    """Everything, as it is kept in a file."""
    began = datetime.now(UTC)
    say(f"Stack ready after {stack.start_s:.1f} s. Loading {plan.councils} councils through tenancy's API.")
    idle = memory_of(stack)
    loaded = await load_councils(stack, plan.councils)
    say(f"{plan.councils} councils taken in {loaded.accepted_s:.1f} s, known to every service after {loaded.known_s:.1f} s.")
    limits = await raw.measure(stack, plan.raw_s)
    say("The machine's own limit: " + "; ".join(f"{name} {value:,.0f}" for name, value in limits.items()))
    async with Topics(stack.kafka) as topics:
        run = Measurement(stack, topics, plan, loaded.councils, say)
        count = await run.warm_up()
        closed = await run.closed(count)
        sustained = sustained_of(closed, len(loaded.councils))
        say(f"Sustained, all councils: {sustained:.0f} reports/s from report to mail.")
        runs = closed | await run.open(sustained) | await run.full_load(count)
        pile_on = await run.pile_on(accepted_of_one(closed))
    return {
        "taken at": began.isoformat(timespec="seconds"), "seconds": round((datetime.now(UTC) - began).total_seconds()), "plan": plan.name,
        "revision": _revision(), "machine": machine(),
        "councils": {"count": plan.councils, "accepted s": round(loaded.accepted_s, 1), "known s": round(loaded.known_s, 1)},
        "memory mb, idle": idle, "raw": {name: round(value, 1) for name, value in limits.items()},
        "sustained reports/s": sustained, "runs": runs, "pile-on": pile_on,
    }  # fmt: skip


def sustained_of(closed: Mapping[str, object], councils: int) -> float:
    """The highest rate, over all councils, at which reports went the whole way to the mail."""
    rates = [figures["told/s"] for name, figures in closed.items() if name.endswith(f"{councils} councils") and isinstance(figures, dict)]
    return float(max(rates))


def accepted_of_one(closed: Mapping[str, object]) -> float:
    """The rate at which the reports of one council were accepted over gRPC."""
    figures = closed["closed, gRPC unary, 1 council"]
    assert isinstance(figures, dict)
    return float(figures["accepted/s"])


def _revision() -> str:
    told = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip()


def _line(name: str, figures: Figures) -> str:
    times = figures["times ms"]
    assert isinstance(times, dict)
    answer, case = times[ANSWER], times[IN_CASE]
    return (
        f"{name}: {figures['accepted']} accepted at {figures['accepted/s']}/s, cases {figures['cases/s']}/s, told {figures['told/s']}/s; "
        f"answer p50 {answer['p50']:.0f} p95 {answer['p95']:.0f} ms, accepted to case p95 {case['p95']:.0f} ms; "
        f"refused {figures['refusals'] or 0}, missing {figures['missing cases']}+{figures['missing mails']}; "
        f"load {figures['load average']}, processors: stack {figures['processors busy, stack']}, "
        f"others {figures['processors busy, others']}"
    )
