"""Faults of Kafka and PostgreSQL, and of everything at once."""

import asyncio
import os
import signal

import psycopg

from tests.chaos.ground import Broken, Fault, Ground
from wardmote_local.servers.kafka_ready import wait_until_ready

AWAY_S = 5.0
CUTS = 3
PAUSE_BETWEEN_CUTS_S = 0.7
_CUT = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
READY_WITHIN_S = 60.0


async def _kafka_restarted(ground: Ground) -> str:
    kafka = ground.stack.kafka
    by_itself = await asyncio.to_thread(kafka.stop)
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(kafka.start)
    return "" if by_itself else "Kafka had to be killed"


async def _kafka_paused(ground: Ground) -> str:
    pid = ground.stack.kafka.pid
    if pid is None:
        raise Broken("Kafka does not run")
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(ground.pause_s)
    finally:
        os.kill(pid, signal.SIGCONT)
    await asyncio.to_thread(wait_until_ready, ground.stack.kafka.bootstrap, READY_WITHIN_S)
    return f"paused {ground.pause_s:.0f} s"


async def _postgres_restarted(ground: Ground) -> str:
    await asyncio.to_thread(ground.stack.postgres.stop)
    await asyncio.to_thread(ground.stack.postgres.start)
    return ""


async def _connections_cut(ground: Ground) -> str:
    cut = 0
    for _ in range(CUTS):
        cut += await asyncio.to_thread(_cut, ground.stack.postgres.admin_dsn)
        await asyncio.sleep(PAUSE_BETWEEN_CUTS_S)
    return f"{cut} connections cut"


def _cut(admin_dsn: str) -> int:
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        row = connection.execute(_CUT).fetchone()
    return int(row[0]) if row else 0


async def _all_restarted(ground: Ground) -> str:
    """Everything is told to stop at once, then the servers go; they come back first."""
    stack = ground.stack
    await asyncio.gather(*(role.stop() for role in stack.roles.values()))
    await stack.stop_servers()
    await stack.start_servers()
    for role in stack.roles.values():
        await role.start()
    await stack.wait_until_ready()
    return ""


KAFKA_RESTARTED = Fault("Kafka stopped and started", _kafka_restarted, frozenset({"kafka"}))
KAFKA_PAUSED = Fault("Kafka paused (SIGSTOP)", _kafka_paused, frozenset({"kafka"}))
POSTGRES_RESTARTED = Fault("PostgreSQL restarted", _postgres_restarted, frozenset({"postgres"}))
CONNECTIONS_CUT = Fault("connections cut", _connections_cut, frozenset({"postgres"}))
ALL_RESTARTED = Fault("whole stack restarted", _all_restarted, frozenset({"kafka", "postgres", "all"}))
