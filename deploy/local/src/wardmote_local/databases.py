"""The services' databases: made where they are missing, and brought to the newest revision."""

from collections.abc import Iterable
from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from wardmote_local.addresses import SERVICES
from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.places import repository
from wardmote_runtime.migrations import migrate
from wardmote_runtime.provision import ServiceDatabase, provision


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


def migrate_all(services: Iterable[str], databases: dict[str, ServiceDatabase]) -> None:
    """Does what each service's own ``migrate`` does, one after the other: here Alembic is loaded once and not once a service.

    Raises:
        LocalError: a revision failed; it is undone as a whole, and the databases before it stay as they are now.
    """
    for service in services:
        try:
            migrate(migrations_of(service), databases[service].migrate_url)
        except (SQLAlchemyError, psycopg.Error, CommandError) as error:
            what = f"The database of {service} could not be migrated: {error}"
            raise LocalError(
                what, f"Mend services/{service}/migrations, or delete the stack's folder to begin anew; then run again."
            ) from error
