"""What was tested, for the head of the table."""

import os
import platform
import re
import subprocess
from importlib.metadata import version

import psycopg

from tests.chaos.stack import ChaosStack
from wardmote_local.servers.places import kafka_folder, repository

PACKAGES = ("wardmote-runtime", "faust-streaming", "aiokafka", "kafka-python", "grpcio", "psycopg", "protobuf")


def versions(stack: ChaosStack) -> dict[str, object]:
    """Of our code, of what it stands on, and of the machine."""
    with psycopg.connect(stack.postgres.admin_dsn) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    kafka = re.search(r"kafka_2\.13:([\d.]+)", (kafka_folder() / "jgo.toml").read_text(encoding="utf-8"))
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=repository(), capture_output=True, text=True, check=False)
    return {
        "commit": commit.stdout.strip() or "unknown",
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "servers": f"PostgreSQL {row[0] if row else '?'}, Kafka {kafka[1] if kafka else '?'}",
        "machine": f"{os.cpu_count()} processors, Python {platform.python_version()}",
    }
