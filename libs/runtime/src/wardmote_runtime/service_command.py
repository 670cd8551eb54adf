"""The command line of a service, the same for each: which role to play, or ``migrate``."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, get_args

from wardmote_runtime.grpc_server import PortTaken
from wardmote_runtime.lifecycle import Part, run, run_until_stopped
from wardmote_runtime.logs import configure_logs
from wardmote_runtime.plumbing import ProcessRole
from wardmote_runtime.settings import ProcessSettings, SettingsError

Loaded = TypeVar("Loaded", bound=ProcessSettings)

MIGRATE_URL = "WARDMOTE_MIGRATE_DATABASE_URL"
"""Address of the migrate login, read by the role ``migrate`` alone: a serving process never holds it."""


def serve(
    service: str,
    settings: type[Loaded],
    parts: Callable[[ProcessRole, Loaded], Sequence[Part]],
    migrations: Path | None = None,
    roles: Sequence[ProcessRole] | None = None,
) -> None:
    """Runs the service in the role that the command line names.

    Args:
        parts: the composition root.
        migrations: the service's folder of revisions; None for a service without tables.
        roles: those that a process of this service can play; None for all.
    """
    parser = argparse.ArgumentParser(prog=f"wardmote-{service}")
    parser.add_argument("role", choices=[*(roles or get_args(ProcessRole)), *(["migrate"] if migrations else [])])
    role = parser.parse_args().role
    if role == "migrate" and migrations is not None:
        _migrate(migrations)
        return
    try:
        loaded = settings.load()
        configure_logs(service, loaded.log_level)
        run(lambda: run_until_stopped(parts(role, loaded)))
    except (SettingsError, PortTaken) as problem:
        sys.exit(str(problem))


def _migrate(migrations: Path) -> None:
    from wardmote_runtime.migrations import migrate  # noqa: PLC0415 - Alembic takes a second to import; no serving process needs it

    if MIGRATE_URL not in os.environ:
        sys.exit(f"Set {MIGRATE_URL} to the address of the migrate login.")
    migrate(migrations, os.environ[MIGRATE_URL])
