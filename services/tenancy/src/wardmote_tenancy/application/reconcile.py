"""The proof that no report of a council was lost and none was done twice: asks every service what it holds, and compares."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wardmote_kernel.clock import Clock
from wardmote_tenancy.application.ports import ReceiptPage, ReportWay
from wardmote_tenancy.domain.proof import Backlog, Comparison, Holdings, Proof, ServiceName

LOOKS_BACK = timedelta(days=1)
"""Which reports are looked at when nobody says since when."""


PART = 5000
PART_TAKES = timedelta(seconds=4)
"""A part ends after so many receipts, or so long: no call may take longer than ten seconds (streaming.md §6)."""

_MARGIN = timedelta(seconds=30)
"""A report may be accepted so long before it can be seen: the request that keeps it ends within ten seconds."""


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Prove this of the current council. What is None is as usual."""

    since: datetime | None = None
    grace: timedelta | None = None
    cursor: str = ""
    """From the part before; empty for the first."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was found."""

    since: datetime
    asked_at: datetime
    proof: Proof
    next_cursor: str = ""
    """Empty: there are no more receipts."""

    @property
    def oldest_age(self) -> timedelta:
        """Age of the oldest of the gap; nothing when there is no gap."""
        return self.proof.oldest_age(self.asked_at)

    @property
    def settled_until(self) -> datetime:
        """Everything received before this moment came through, once, and need not be looked at again soon."""
        if self.proof.doubles:
            return self.since
        return max(self.since, min(self.proof.oldest_unfinished_at or self.asked_at, self.asked_at) - _MARGIN)


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The query with what it needs."""

    way: ReportWay
    clock: Clock
    grace: timedelta
    """For a report that is not through, unless the query says otherwise."""

    async def reconcile(self, query: Reconcile) -> Reconciliation:
        """Looks at all of the current council's receipts.

        Raises:
            Unavailable: a service does not answer. There is no proof then, not half of one.
            NotFound: a service does not know the council.
            NotPermitted: the council is suspended.
        """
        found = await self.part(query)
        while found.next_cursor:
            more = await self.part(Reconcile(found.since, query.grace, found.next_cursor))
            found = replace(more, asked_at=found.asked_at, proof=found.proof.joined(more.proof))
        return found

    async def part(self, query: Reconcile) -> Reconciliation:
        """Looks at some of them, page by page, so that a busy council's day fits into one call after the other.

        Raises:
            Unavailable, NotFound, NotPermitted: as above.
            Invalid: the cursor is none of ours.
        """
        now = self.clock.now()
        since = query.since or now - LOOKS_BACK
        grace = self.grace if query.grace is None else query.grace
        proof, cursor = Proof(), query.cursor
        while True:
            page = await self.way.receipts(since, cursor)
            cursor = page.next_cursor
            if page.receipts:
                proof = proof.joined(await self._prove(page, grace))
            if not cursor or proof.received >= PART or self.clock.now() - now >= PART_TAKES:
                return Reconciliation(since, now, proof, cursor)

    async def backlogs(self) -> Sequence[Backlog]:
        """What waits in each service for the current council, whatever its age.

        Raises:
            Unavailable: a service does not answer.
        """
        return await asyncio.gather(*(self.way.backlog(service) for service in ServiceName))

    async def _prove(self, page: ReceiptPage, grace: timedelta) -> Proof:
        """Asks in the order of the way: what moves on meanwhile is seen later, never twice passed by."""
        incidents = [receipt.incident_id for receipt in page.receipts]
        assessed = await self.way.assessed(incidents)
        in_cases = await self.way.in_cases(incidents)
        cases = {one.case_id for one in in_cases}
        told = await self.way.told(sorted(cases))
        has_case_workers = cases <= {one.case_id for one in told} or await self.way.has_case_workers()
        comparison = Comparison(Holdings(page.receipts, frozenset(assessed), in_cases, told, has_case_workers))
        tracks = [track for service, ids in comparison.about().items() for track in await self.way.tracks(service, sorted(ids))]
        return comparison.proof(tracks, self.clock.now(), grace)
