"""Waits until nothing is on its way any more."""

import asyncio
from time import monotonic

import psycopg
from kafka.errors import KafkaError

from tests.chaos.invariants import rows
from tests.chaos.ledger import Ledger
from tests.chaos.stack import SERVICES, ChaosStack
from tests.chaos.tail import Tail

LOOK_EVERY_S = 0.4
GIVE_UP_S = 200.0
"""A claim of a process that was killed runs out after 60 s, and a wait after many failures is at most 60 s more."""


async def wait_until_drained(stack: ChaosStack, ledger: Ledger, tail: Tail) -> tuple[float, str]:
    """Seconds until nothing was left, and what was left when we gave up; empty when nothing."""
    began = monotonic()
    while True:
        left = await asyncio.to_thread(whats_left, stack, ledger, tail)
        if not left or monotonic() - began > GIVE_UP_S:
            return monotonic() - began, left
        await asyncio.sleep(LOOK_EVERY_S)


def whats_left(stack: ChaosStack, ledger: Ledger, tail: Tail) -> str:
    """Where something still is on its way; empty when nowhere."""
    try:
        for service in SERVICES:
            for table in ("outbox", "work"):
                where = " WHERE NOT is_parked" if table == "work" else ""
                if count := _count(stack, service, f"SELECT count(*) AS n FROM {table}{where}"):
                    return f"{count} in the {table} of {service}"
        in_cases = {row["incident_id"] for row in rows(stack, "case-management", "SELECT incident_id FROM case_incident")}
        missing = sum(one.incident_id not in in_cases for one in list(ledger.accepted.values()))
        if missing:
            return f"{missing} reports without a case"
        told = "SELECT count(DISTINCT (tenant_id, about_id)) AS n FROM notification WHERE kind = 'case_opened'"
        untold = _count(stack, "case-management", "SELECT count(*) AS n FROM case_file") - _count(stack, "notification", told)
        if untold:
            return f"{untold} cases of which nobody was told"
        waiting = _count(stack, "notification", "SELECT count(*) AS n FROM notification WHERE status = 'waiting'")
        if waiting:
            return f"{waiting} notifications wait"
        return "" if tail.is_level() else "events that the tail has not read"
    except (psycopg.Error, KafkaError, OSError) as fault:
        return f"a server does not answer: {type(fault).__name__}"


def _count(stack: ChaosStack, service: str, query: str) -> int:
    return int(rows(stack, service, query)[0]["n"])
