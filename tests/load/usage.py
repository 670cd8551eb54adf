"""What a stretch of load used: processor time and memory of each process, bytes in databases, topics, traces and logs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from tests.load.own_stack import OwnStack
from wardmote_local.addresses import SERVICES
from wardmote_local.services import module_of

_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts that only grow. The difference of two is what happened between them."""

    cpu_s: Mapping[str, float]
    """Of each process of the stack; ``machine`` is all processors, whoever used them."""
    bytes: Mapping[str, float]

    def since(self, before: "Usage") -> "Usage":
        """What was used between the two."""
        return Usage(_minus(self.cpu_s, before.cpu_s), _minus(self.bytes, before.bytes))


def _minus(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {name: amount - before.get(name, 0.0) for name, amount in now.items()}


def usage_of(stack: OwnStack) -> Usage:
    """The counts now."""
    cpu = {name: _cpu(pid) for name, pid in stack.pids.items()}
    times = psutil.cpu_times()
    cpu["machine"] = float(sum(getattr(times, name, 0.0) for name in _BUSY))
    return Usage(cpu, _database_bytes(stack) | _topic_bytes(stack.folders.kafka / "data") | _file_bytes(stack))


def _cpu(pid: int) -> float:
    """Of a process and of its children, those that have ended too: PostgreSQL works in children."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return float(total)


def memory_of(stack: OwnStack) -> dict[str, float]:
    """Megabytes of each process now. What processes share is shared out among them (PSS), so that PostgreSQL's children add up."""
    return {name: round(_megabytes(pid), 1) for name, pid in stack.pids.items()}


def _megabytes(pid: int) -> float:
    process = psutil.Process(pid)
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            full = one.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        total += getattr(full, "pss", full.rss)
    return total / 1e6


def _database_bytes(stack: OwnStack) -> dict[str, float]:
    with psycopg.connect(stack.postgres) as connection:
        sizes = {
            f"database {service}": float(_one(connection, "SELECT pg_database_size(%s)", module_of(service)))
            for service in SERVICES
            if service != "console"
        }
        return sizes | {"write-ahead log": float(_one(connection, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s)", "0/0"))}


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str, argument: str) -> int:
    row = connection.execute(query.encode(), [argument]).fetchone()
    return int(str(row[0]).partition(".")[0]) if row else 0


def _topic_bytes(data: Path) -> dict[str, float]:
    """Of the records alone: Kafka makes room for indexes ahead."""
    sizes: dict[str, float] = {}
    for log in data.glob("*/*.log"):
        topic = log.parent.name.rpartition("-")[0]
        if topic and not topic.startswith("__"):
            sizes[f"topic {topic}"] = sizes.get(f"topic {topic}", 0.0) + log.stat().st_size
    return sizes


def _file_bytes(stack: OwnStack) -> dict[str, float]:
    return {name: float(_folder_bytes(folder)) for name, folder in (("traces", stack.folders.traces), ("logs", stack.folders.logs))}


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?"
    )
    return {"processors": psutil.cpu_count(), "model": model, "memory_gb": round(psutil.virtual_memory().total / 1e9, 1)}
