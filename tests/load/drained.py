"""Waits until everything that was accepted has become a case and everybody was told."""

import asyncio
from dataclasses import dataclass
from time import monotonic

import psycopg

from tests.load.own_stack import OwnStack

LOOK_EVERY_S = 0.2
GIVE_UP_S = 240.0


@dataclass(frozen=True, slots=True)
class Left:
    """What has not arrived yet."""

    reports: int
    """Accepted, and in no case."""
    mails: int
    """Notifications that still wait, and cases of which nobody was told yet."""

    @property
    def is_nothing(self) -> bool:
        return not self.reports and not self.mails


async def wait_until_drained(stack: OwnStack) -> Left:
    """What is left when nothing is, or when we give up waiting."""
    end = monotonic() + GIVE_UP_S
    while True:
        left = await asyncio.to_thread(whats_left, stack)
        if left.is_nothing or monotonic() > end:
            return left
        await asyncio.sleep(LOOK_EVERY_S)


def whats_left(stack: OwnStack) -> Left:
    """Counted in the databases."""
    reports = _count(stack, "intake", "SELECT count(*) FROM report")
    in_cases = _count(stack, "case-management", "SELECT count(*) FROM case_incident")
    cases = _count(stack, "case-management", "SELECT count(*) FROM case_file")
    told = _count(stack, "notification", "SELECT count(DISTINCT (tenant_id, about_id)) FROM notification WHERE kind = 'case_opened'")
    waiting = _count(stack, "notification", "SELECT count(*) FROM notification WHERE status = 'waiting'")
    return Left(reports - in_cases, waiting + cases - told)


def _count(stack: OwnStack, service: str, query: str) -> int:
    with psycopg.connect(stack.database(service)) as connection:
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0
