"""A database of its own for each test module, made and migrated as in production."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from wardmote_runtime.database import Database
from wardmote_runtime.migrations import migrate
from wardmote_runtime.provision import ServiceDatabase, provision

PASSWORD = "only-for-tests"  # noqa: S105 - of a server that a test run starts for itself
REPOSITORY = Path(__file__).parents[4]


def make_service_database(admin_dsn: str, service: str, migrations: Path | None = None) -> ServiceDatabase:
    """A new, migrated database for ``service``.

    Args:
        migrations: folder of revisions; None takes ``services/<service>/migrations``.
    """
    name = f"wardmote_{service.replace('-', '_')}_{uuid4().hex[:12]}"
    made = provision(admin_dsn, service, PASSWORD, database=name)
    migrate(migrations or REPOSITORY / "services" / service / "migrations", made.migrate_url)
    return made


@asynccontextmanager
async def open_database(addresses: ServiceDatabase, size: int = 4) -> AsyncIterator[Database]:
    """The pools of a service on a test's database."""
    database = Database(addresses.app_url, addresses.pipeline_url, addresses.relay_url, size)
    await database.start()
    try:
        yield database
    finally:
        await database.stop()
