"""The services' databases: made where they are missing, and brought to the newest revision."""

import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.script import ScriptDirectory

from wardmote_local.addresses import SERVICES
from wardmote_local.child import inherited
from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.places import repository
from wardmote_local.services import module_of
from wardmote_runtime.provision import ServiceDatabase, provision
from wardmote_runtime.service_command import MIGRATE_URL

SHOWN_LINES = 15


def provision_all(admin_url: str, password: str) -> dict[str, ServiceDatabase]:
    """A database with its logins for each service."""
    return {service: provision(admin_url, service, password) for service in SERVICES}


def behind(databases: dict[str, ServiceDatabase]) -> list[str]:
    """The services whose database is not at the newest revision of its migrations."""
    return [service for service in SERVICES if _heads(service) != _current(databases[service])]


def migrations_of(service: str) -> Path:
    """A service's folder of revisions."""
    return repository() / "services" / service / "migrations"


def _heads(service: str) -> set[str]:
    if not (migrations_of(service) / "versions").is_dir():
        return set()
    config = Config()
    config.set_main_option("script_location", str(migrations_of(service)))
    return set(ScriptDirectory.from_config(config).get_heads())


def _current(database: ServiceDatabase) -> set[str]:
    with psycopg.connect(database.migrate_url) as connection:
        row = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
        if row is None or row[0] is None:
            return set()
        connection.execute("SET ROLE wardmote_owner")
        return {str(row[0]) for row in connection.execute("SELECT version_num FROM alembic_version")}


async def migrate_all(services: Iterable[str], databases: dict[str, ServiceDatabase]) -> None:
    """Runs each service's own ``migrate``, as many at once as there are processors.

    Raises:
        LocalError: with the last lines that the failed one wrote.
    """
    places = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(service: str) -> None:
        async with places:
            await _migrate(service, databases[service].migrate_url)

    async with asyncio.TaskGroup() as group:
        for service in services:
            group.create_task(one(service))


async def _migrate(service: str, url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module_of(service), "migrate", env={**inherited(), MIGRATE_URL: url},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode:
        lines = "\n".join(f"    {line}" for line in output.decode(errors="replace").splitlines()[-SHOWN_LINES:])
        raise LocalError(
            f"The database of {service} could not be migrated:\n{lines}", "Mend it, then run again; a revision is all or nothing."
        )
