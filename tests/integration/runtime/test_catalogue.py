"""No table of any service lets one council see another's rows; and the check that says so sees every way to break it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from wardmote_runtime.provision import ServiceDatabase
from wardmote_testkit.catalogue import violations, violations_seen_by
from wardmote_testkit.databases import make_service_database
from wardmote_testkit.source import ROOT

SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/migrations"))

GOOD = """
CREATE TABLE probe (tenant_id uuid NOT NULL, probe_id uuid NOT NULL, words text, PRIMARY KEY (tenant_id, probe_id));
ALTER TABLE probe ENABLE ROW LEVEL SECURITY;
ALTER TABLE probe FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON probe TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE UNIQUE INDEX probe_words ON probe (tenant_id, words);
CREATE VIEW probe_view WITH (security_invoker = true) AS SELECT * FROM probe;
CREATE FUNCTION probe_count() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS 'SELECT count(*) FROM probe';
REVOKE ALL ON FUNCTION probe_count FROM PUBLIC;
CREATE TABLE probe_directory (slug text PRIMARY KEY, tenant_id uuid);
COMMENT ON TABLE probe_directory IS 'public directory';
"""

BAD = {
    "probe has no tenant_id.": "ALTER TABLE probe DROP COLUMN tenant_id CASCADE",
    "probe does not enable row-level security.": "ALTER TABLE probe DISABLE ROW LEVEL SECURITY",
    "probe does not force row-level security on its owner.": "ALTER TABLE probe NO FORCE ROW LEVEL SECURITY",
    "probe has no policy.": "DROP POLICY own ON probe",
    "probe.everyone has a policy that names no role.": (
        "CREATE POLICY everyone ON probe USING (tenant_id::text = current_setting('wardmote.tenant'))"
    ),
    "probe.open has a policy that does not ask for the council.": "CREATE POLICY open ON probe TO wardmote_app USING (true)",
    "probe.put has a policy that does not ask for the council.": "CREATE POLICY put ON probe FOR INSERT TO wardmote_app WITH CHECK (true)",
    "probe.moving lets the relay see more than what it moves.": "CREATE POLICY moving ON probe TO wardmote_relay USING (true)",
    **{
        f"{index} is a unique index that does not begin with tenant_id.": statement
        for index, statement in {
            "probe_global": "CREATE UNIQUE INDEX probe_global ON probe (words)",
            "probe_turned": "CREATE UNIQUE INDEX probe_turned ON probe (words, tenant_id)",
            "probe_made": "CREATE UNIQUE INDEX probe_made ON probe ((lower(words)), tenant_id)",
            "probe_unique": "ALTER TABLE probe ADD CONSTRAINT probe_unique UNIQUE (words)",
            "second_pkey": "CREATE TABLE second (id int PRIMARY KEY, tenant_id uuid NOT NULL)",
        }.items()
    },
    "probe_of_global_fkey is a foreign key without tenant_id.": (
        "CREATE UNIQUE INDEX g ON probe (probe_id); CREATE TABLE probe_of (tenant_id uuid NOT NULL, probe_id uuid,"
        " CONSTRAINT probe_of_global_fkey FOREIGN KEY (probe_id) REFERENCES probe (probe_id))"
    ),
    "kept is a materialised view: row-level security does not reach it.": "CREATE MATERIALIZED VIEW kept AS SELECT * FROM probe",
    "seen is a view that reads with its owner's rights.": "CREATE VIEW seen AS SELECT * FROM probe",
    "off is a view that reads with its owner's rights.": "CREATE VIEW off WITH (security_invoker = false) AS SELECT * FROM probe",
    "loose is a SECURITY DEFINER function without a fixed search_path.": (
        "CREATE FUNCTION loose() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    ),
    "stray is not owned by wardmote_owner.": "RESET ROLE; CREATE TABLE stray (tenant_id uuid NOT NULL)",
    "probe is granted to PUBLIC.": "GRANT SELECT ON probe TO PUBLIC",
    "probe.words is granted to PUBLIC.": "GRANT SELECT (words) ON probe TO PUBLIC",
    "probe_directory is granted to PUBLIC.": "GRANT SELECT ON probe_directory TO PUBLIC",
    "schema public is granted to PUBLIC.": "RESET ROLE; GRANT USAGE ON SCHEMA public TO PUBLIC",
    "probe_called is granted to PUBLIC.": "CREATE FUNCTION probe_called() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "hidden.probe is a table outside the schema public.": "CREATE SCHEMA hidden; CREATE TABLE hidden.probe (id int)",
}


def admin_of(admin_dsn: str, addresses: ServiceDatabase) -> str:
    return make_conninfo(admin_dsn, dbname=str(conninfo_to_dict(addresses.app_url)["dbname"]))


def as_owner(connection: psycopg.Connection[Any], statements: str) -> None:
    connection.execute("SET ROLE wardmote_owner")
    for statement in statements.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("RESET ROLE")


@pytest.fixture(scope="module")
def good(postgres_server: str) -> str:
    """A database with one good table of each kind."""
    admin = admin_of(postgres_server, make_service_database(postgres_server, "intake"))
    with psycopg.connect(admin) as connection:
        as_owner(connection, GOOD)
    return admin


@pytest.mark.parametrize("service", SERVICES)
def test_no_table_of_a_service_breaks_the_separation_of_councils(service: str, postgres_server: str) -> None:
    assert violations(admin_of(postgres_server, make_service_database(postgres_server, service))) == []


def test_every_service_with_migrations_is_looked_at() -> None:
    assert {"intake", "classification", "case-management", "notification", "tenancy"} <= set(SERVICES)
    assert all(list(Path(ROOT / "services" / service / "migrations" / "versions").glob("*.py")) for service in SERVICES)


def test_what_is_good_is_not_complained_about(good: str) -> None:
    assert violations(good) == []


@pytest.fixture
def undone(good: str) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's transaction that leaves nothing behind."""
    with psycopg.connect(good) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("complaint", BAD)
def test_each_violation_is_seen(complaint: str, undone: psycopg.Connection[Any]) -> None:
    """The twin: each rule is fed what it forbids."""
    as_owner(undone, BAD[complaint])
    assert complaint in violations_seen_by(undone)


def test_an_open_database_and_a_mighty_login_are_seen(undone: psycopg.Connection[Any]) -> None:
    name = undone.info.dbname
    undone.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO PUBLIC").format(sql.Identifier(name)))
    undone.execute("CREATE ROLE wardmote_probe_login LOGIN BYPASSRLS")
    assert violations_seen_by(undone) == [
        f"database {name} is granted to PUBLIC.",
        "wardmote_probe_login is a login that may do more than a login should.",
    ]
