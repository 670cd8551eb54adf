"""Runs a service's Alembic revisions, each of them SQL, as the owner that cannot log in."""

from importlib.resources import files
from pathlib import Path

import psycopg
from alembic import command, context
from alembic.config import Config
from sqlalchemy import create_engine, pool, text

OWNER = "wardmote_owner"


def delivery_sql(name: str) -> str:
    """The frozen SQL of the delivery tables, for a revision to execute; for example ``delivery_0001``."""
    return (files("wardmote_runtime") / "sql" / f"{name}.sql").read_text()


def migrate(migrations: Path, url: str, revision: str = "head") -> None:
    """Brings the database to ``revision``.

    Args:
        migrations: the service's ``migrations`` folder; its ``env.py`` calls :func:`run_here`.
        url: address of the migrate login, a member of the owner role.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["url"] = url
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def run_here() -> None:
    """The whole of a service's ``migrations/env.py``: one connection, one transaction, as the owner."""
    url = context.config.attributes["url"]
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"SET ROLE {OWNER}"))
        context.configure(connection=connection, transaction_per_migration=False)
        with context.begin_transaction():
            context.run_migrations()
