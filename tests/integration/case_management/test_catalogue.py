"""What the database itself enforces: row-level security on every table, the tenant first in every key."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from wardmote_kernel.identity import TenantId
from wardmote_runtime.migrations import migrate
from wardmote_runtime.tenancy import tenant_scope
from wardmote_testkit.databases import make_service_database

Desk = Any
"""See conftest.py."""
OWN = ("case_file", "case_incident", "case_timeline")

TABLES = """
SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS is_forced,
    (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'"""
FIRST_COLUMNS = """
SELECT c.relname AS name, i.indexrelid::regclass::text AS index, a.attname AS first
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE n.nspname = 'public' AND i.indisunique AND c.relname <> 'alembic_version'"""


async def test_every_table_forces_row_level_security_and_has_a_policy(desk: Desk, tenant: TenantId) -> None:
    rows = await desk.rows(tenant, TABLES)
    assert set(OWN) <= {row["name"] for row in rows}
    assert [row["name"] for row in rows if not row["is_forced"] or not row["policies"]] == []


async def test_every_unique_index_begins_with_the_tenant(desk: Desk, tenant: TenantId) -> None:
    rows = await desk.rows(tenant, FIRST_COLUMNS)
    assert {row["name"] for row in rows} >= set(OWN)
    assert [row["index"] for row in rows if row["first"] != "tenant_id"] == []


@pytest.mark.parametrize("table", OWN)
async def test_a_council_sees_changes_and_adds_its_own_rows_alone(desk: Desk, tenant: TenantId, other_tenant: TenantId, table: str) -> None:
    await desk.assess(tenant)
    assert len(await desk.rows(tenant, f"SELECT 1 FROM {table}")) == 1
    assert await desk.rows(other_tenant, f"SELECT 1 FROM {table}") == []
    columns = [row["name"] for row in await desk.rows(tenant, COLUMNS.format(table=table))]
    stolen = ", ".join(f"'{tenant}'::uuid" if column == "tenant_id" else f"{table}.{column}" for column in columns)
    await desk.assess(other_tenant)
    with tenant_scope(other_tenant), pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with desk.database.tenant_transaction() as connection:
            await connection.execute(f"INSERT INTO {table} SELECT {stolen} FROM {table}")


COLUMNS = "SELECT attname AS name FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"


@pytest.mark.parametrize("statement", ["DELETE FROM case_file", "DELETE FROM case_timeline", "UPDATE case_timeline SET kind = 'x'"])
async def test_the_application_may_not_remove_a_case_or_rewrite_what_happened(desk: Desk, tenant: TenantId, statement: str) -> None:
    await desk.assess(tenant)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await desk.rows(tenant, f"{statement} RETURNING 1")


async def test_a_row_without_its_case_is_refused(desk: Desk, tenant: TenantId) -> None:
    statement = f"INSERT INTO case_timeline VALUES ('{tenant}', '{uuid4()}', 1, now(), 'opened', '') RETURNING 1"
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await desk.rows(tenant, statement)


def test_the_revisions_can_be_undone_and_done_again(postgres_server: str) -> None:
    addresses = make_service_database(postgres_server, "case-management")
    for revision in ("base", "head"):
        migrate(Path("services/case-management/migrations"), addresses.migrate_url, revision)
    with psycopg.connect(addresses.migrate_url) as connection:
        count = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = ANY(%s)", [list(OWN)]).fetchone()
    assert count == (len(OWN),)
