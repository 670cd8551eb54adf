"""Makes a service's database and its logins on a server. Idempotent. Used by the local stack, the tests and the deploy job."""

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

GROUPS = ("wardmote_owner", "wardmote_app", "wardmote_pipeline", "wardmote_relay")
"""Roles without login. Policies and grants name them; a service's own logins are their members."""

_SMALL: LiteralString = " NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION"
_IS_SMALL = "SELECT NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication) FROM pg_roles WHERE rolname = %s"


@dataclass(frozen=True, slots=True)
class ServiceDatabase:
    """The addresses a service is given."""

    app_url: str
    pipeline_url: str
    relay_url: str
    migrate_url: str


def provision(admin_url: str, service: str, password: str, database: str | None = None) -> ServiceDatabase:
    """Makes database ``wardmote_<service>`` (or ``database``) and its four logins, where they are missing.

    Args:
        admin_url: address of a superuser.
        service: the service's name, for example ``case-management``.
        password: given to each login; an existing login gets it anew.

    Only this service's logins may connect to the database. None of them is superuser or may bypass row-level security; one that
    was made so by somebody is made small again.
    """
    stem = f"wardmote_{service.replace('-', '_')}"
    name = database or stem
    logins = {kind: f"{stem}_{kind}" for kind in ("app", "pipeline", "relay", "migrate")}
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for group in GROUPS:
            _make_role(connection, group, "NOLOGIN")
        for kind, login in logins.items():
            _make_role(connection, login, "LOGIN")
            group = "wardmote_owner" if kind == "migrate" else f"wardmote_{kind}"
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(password)))
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(login)))
        _make_database(connection, name)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO wardmote_owner").format(sql.Identifier(name)))
        for login in logins.values():
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), sql.Identifier(login)))
    _open_schema(make_conninfo(admin_url, dbname=name))
    urls = {kind: make_conninfo(admin_url, dbname=name, user=login, password=password) for kind, login in logins.items()}
    return ServiceDatabase(urls["app"], urls["pipeline"], urls["relay"], urls["migrate"])


def _make_role(connection: psycopg.Connection[tuple[object, ...]], role: str, login: LiteralString) -> None:
    row = connection.execute(_IS_SMALL, [role]).fetchone()
    if row is None:
        try:
            connection.execute(sql.SQL("CREATE ROLE {} " + login + _SMALL).format(sql.Identifier(role)))
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            return
    elif not row[0]:
        connection.execute(sql.SQL("ALTER ROLE {} " + login + _SMALL).format(sql.Identifier(role)))


def _make_database(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _open_schema(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute("GRANT USAGE ON SCHEMA public TO wardmote_app, wardmote_pipeline, wardmote_relay")
        connection.execute("GRANT USAGE, CREATE ON SCHEMA public TO wardmote_owner")
