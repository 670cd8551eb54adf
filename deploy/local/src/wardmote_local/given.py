"""Servers that the environment gives us to use instead of our own."""

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.kafka_ready import wait_until_ready

PATIENCE_S = 10


def require_superuser(admin_url: str) -> None:
    """Makes sure that the database server answers and lets us make databases and roles."""
    try:
        with psycopg.connect(admin_url, connect_timeout=PATIENCE_S) as connection:
            row = connection.execute("SELECT current_setting('is_superuser')").fetchone()
    except psycopg.Error as error:
        raise LocalError(
            f"The PostgreSQL of WARDMOTE_DATABASE_ADMIN_URL ({without_password(admin_url)}) does not answer: {type(error).__name__}.",
            "Start it, or unset WARDMOTE_DATABASE_ADMIN_URL to use one of our own.",
        ) from None
    if row is None or row[0] != "on":
        raise LocalError("WARDMOTE_DATABASE_ADMIN_URL names an account that is no superuser.", "Name a superuser's address.")


def require_broker(bootstrap: str) -> None:
    """Makes sure that the broker answers."""
    if not wait_until_ready(bootstrap, deadline_s=PATIENCE_S):
        raise LocalError(
            f"The Kafka of WARDMOTE_KAFKA, {bootstrap}, does not answer.", "Start it, or unset WARDMOTE_KAFKA to use one of our own."
        )


def without_password(url: str) -> str:
    """A database address as it may be shown.

    >>> without_password("postgresql://admin:s3cret@db.example:5432/postgres")
    'user=admin dbname=postgres host=db.example port=5432'
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "(an address that cannot be read)"
    return make_conninfo("", **{name: value for name, value in parts.items() if name not in ("password", "sslpassword")})
