"""Every way round row-level security that was probed (streaming.md §5.3), against our own roles and our own pools."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.provision import GROUPS, ServiceDatabase, provision
from wardmote_runtime.tenancy import NoTenant, tenant_scope
from wardmote_testkit.databases import PASSWORD, make_service_database, open_database

OURS, THEIRS = TenantId(uuid4()), TenantId(uuid4())
POLICY = """
CREATE POLICY own ON {table} TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))"""


def probe_table(table: str, *, forced: bool) -> list[str]:
    return [
        f"CREATE TABLE {table} (tenant_id uuid NOT NULL, words text NOT NULL, PRIMARY KEY (tenant_id, words))",
        f"INSERT INTO {table} VALUES ('{OURS}', 'ours'), ('{THEIRS}', 'theirs')",
        f"CREATE VIEW {table}_view AS SELECT * FROM {table}",
        f"CREATE VIEW {table}_invoker WITH (security_invoker = true) AS SELECT * FROM {table}",
        f"CREATE FUNCTION {table}_definer() RETURNS SETOF {table} LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM {table}'",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        *([f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"] if forced else []),
        POLICY.format(table=table),
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wardmote_app",
        f"GRANT SELECT ON {table}_view, {table}_invoker TO wardmote_app",
    ]


@pytest.fixture(scope="module")
def probed(postgres_server: str) -> ServiceDatabase:
    """A migrated database with probes as the owner would make them, and one that a superuser made."""
    made = make_service_database(postgres_server, "intake")
    with psycopg.connect(admin_of(postgres_server, made)) as connection:
        connection.execute("SET ROLE wardmote_owner")
        for statement in [*probe_table("forced", forced=True), *probe_table("enabled", forced=False)]:
            connection.execute(statement)
        connection.execute("CREATE UNIQUE INDEX enabled_global ON enabled (words)")
        connection.execute("RESET ROLE")
        connection.execute("CREATE MATERIALIZED VIEW forced_kept AS SELECT * FROM forced")
        connection.execute("GRANT SELECT ON forced_kept TO wardmote_app")
    return made


@pytest.fixture
async def pools(probed: ServiceDatabase) -> AsyncIterator[Database]:
    """Pools of one connection: whatever a transaction leaves behind meets the next one."""
    async with open_database(probed, size=1) as opened:
        yield opened


def admin_of(admin_dsn: str, addresses: ServiceDatabase) -> str:
    return make_conninfo(admin_dsn, dbname=str(conninfo_to_dict(addresses.app_url)["dbname"]))


async def all_of(connection: Connection, statement: str, arguments: list[Any] | None = None) -> list[Any]:
    """The first column."""
    return [next(iter(row.values())) for row in await (await connection.execute(statement, arguments)).fetchall()]


async def seen_by_us(pools: Database, source: str) -> list[str]:
    with tenant_scope(OURS):
        async with pools.tenant_transaction() as connection:
            return await all_of(connection, f"SELECT words FROM {source} ORDER BY words")


PROBES = {
    "table": ("{}", ["ours"], ["ours"]),
    "plain view": ("{}_view", ["ours", "theirs"], []),
    "security_invoker view": ("{}_invoker", ["ours"], ["ours"]),
    "SECURITY DEFINER function": ("{}_definer()", ["ours", "theirs"], []),
}


@pytest.mark.parametrize("name", PROBES)
async def test_what_leaks_when_only_enabled_is_shut_when_forced(name: str, pools: Database) -> None:
    """The owner has no policy: what runs with its rights sees nothing when forced, and everything when not."""
    source, enabled, forced = PROBES[name]
    assert await seen_by_us(pools, source.format("enabled")) == enabled
    assert await seen_by_us(pools, source.format("forced")) == forced


async def test_a_materialised_view_leaks_whatever_is_forced(pools: Database) -> None:
    """Why the catalogue check bans them."""
    assert await seen_by_us(pools, "forced_kept") == ["ours", "theirs"]


async def test_a_global_unique_index_is_an_oracle_and_ours_are_none(pools: Database) -> None:
    with tenant_scope(OURS):
        with pytest.raises(errors.UniqueViolation):
            async with pools.tenant_transaction() as connection:
                await connection.execute("INSERT INTO enabled VALUES (%s, 'theirs')", [OURS])
        async with pools.tenant_transaction() as connection:
            await connection.execute("INSERT INTO forced VALUES (%s, 'theirs')", [OURS])
            await connection.execute("DELETE FROM forced WHERE words = 'theirs'")
    with tenant_scope(THEIRS):
        async with pools.tenant_transaction() as connection:
            assert await all_of(connection, "SELECT words FROM forced") == ["theirs"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO forced VALUES (%(theirs)s, 'new')",
        "UPDATE forced SET tenant_id = %(theirs)s",
        "INSERT INTO forced SELECT %(theirs)s, words FROM forced",
        "INSERT INTO forced VALUES (%(theirs)s, 'theirs') ON CONFLICT (tenant_id, words) DO UPDATE SET words = 'x'",
    ],
)
async def test_nothing_is_written_for_another_council(statement: str, pools: Database) -> None:
    with tenant_scope(OURS), pytest.raises(errors.InsufficientPrivilege):
        async with pools.tenant_transaction() as connection:
            await connection.execute(statement, {"theirs": THEIRS})


async def test_nothing_of_another_council_is_changed_or_removed(pools: Database) -> None:
    with tenant_scope(OURS):
        async with pools.tenant_transaction() as connection:
            for statement in ("UPDATE forced SET words = 'x' WHERE words = 'theirs'", "DELETE FROM forced WHERE words = 'theirs'"):
                assert (await connection.execute(statement)).rowcount == 0


async def test_a_bulk_copy_is_refused(pools: Database) -> None:
    """PostgreSQL takes no COPY FROM into such a table; batches go by unnest."""
    with tenant_scope(OURS), pytest.raises(errors.FeatureNotSupported):
        async with pools.tenant_transaction() as connection, connection.cursor().copy("COPY forced FROM STDIN"):
            pytest.fail("It was taken.")


async def test_after_its_first_use_the_setting_reads_empty_and_yields_no_rows(pools: Database) -> None:
    """An empty text is no uuid: without nullif in the policy the query would fail."""
    assert await seen_by_us(pools, "forced") == ["ours"]
    async with pools.directory_transaction() as connection:
        assert await all_of(connection, "SELECT current_setting('wardmote.tenant', true)") == [""]
        assert await all_of(connection, "SELECT words FROM forced") == []
        with pytest.raises(errors.InsufficientPrivilege):
            async with connection.transaction():
                await connection.execute("INSERT INTO forced VALUES (%s, 'x')", [OURS])


async def test_a_setting_that_is_no_council_fails_closed(pools: Database) -> None:
    async with pools.directory_transaction() as connection:
        await connection.execute("SELECT set_config('wardmote.tenant', 'northshire', true)")
        with pytest.raises(errors.InvalidTextRepresentation):
            async with connection.transaction():
                await connection.execute("SELECT words FROM forced")


async def left_behind(pools: Database) -> tuple[int, list[Any], list[Any]]:
    """Which connection of PostgreSQL the next transaction gets, what it reads of the settings, and which rows."""
    async with pools.directory_transaction() as connection:
        settings = await all_of(
            connection, "SELECT unnest(ARRAY[current_setting('wardmote.tenant', true), current_setting('wardmote.tenants', true)])"
        )
        return (
            connection.info.backend_pid,
            [setting for setting in settings if setting],
            await all_of(connection, "SELECT words FROM forced"),
        )


async def our_transaction(pools: Database, statement: str = "SELECT 1", fault: Exception | None = None) -> None:
    with tenant_scope(OURS):
        async with pools.tenant_transaction() as connection:
            assert await all_of(connection, "SELECT words FROM forced") == ["ours"]
            await connection.execute(statement)
            if fault is not None:
                raise fault


async def test_the_setting_is_forgotten_after_commit(pools: Database) -> None:
    before, _, _ = await left_behind(pools)
    await our_transaction(pools)
    assert await left_behind(pools) == (before, [], [])


async def test_the_setting_is_forgotten_after_an_exception(pools: Database) -> None:
    before, _, _ = await left_behind(pools)
    with pytest.raises(KeyError):
        await our_transaction(pools, fault=KeyError())
    assert await left_behind(pools) == (before, [], [])


async def test_the_setting_is_forgotten_after_an_error_of_the_database(pools: Database) -> None:
    before, _, _ = await left_behind(pools)
    with pytest.raises(errors.DivisionByZero):
        await our_transaction(pools, "SELECT 1 / 0")
    assert await left_behind(pools) == (before, [], [])


@pytest.mark.parametrize("statement", [f"SET wardmote.tenant = '{THEIRS}'", f"SELECT set_config('wardmote.tenant', '{THEIRS}', false)"])
async def test_a_setting_for_the_whole_session_does_not_reach_the_next_transaction(statement: str, pools: Database) -> None:
    """The pool hands it on: this is why each transaction sets both settings anew, whatever it is for."""
    async with pools.directory_transaction() as connection:
        mine = connection.info.backend_pid
        await connection.execute(statement)
        assert await all_of(connection, "SELECT words FROM forced") == ["theirs"]
    assert await left_behind(pools) == (mine, [], [])


async def test_the_pipelines_set_is_forgotten_too(pools: Database) -> None:
    async with pools.pipeline_transaction([OURS]) as connection:
        mine = connection.info.backend_pid
        await connection.execute("SET wardmote.tenant = 'x'")
        await connection.execute(f"SET SESSION wardmote.tenants = '{{{THEIRS}}}'")
    async with pools.pipeline_transaction([]) as connection:
        assert connection.info.backend_pid == mine
        assert await all_of(connection, "SELECT current_setting('wardmote.tenants', true)") == ["{}"]
        assert await all_of(connection, "SELECT current_setting('wardmote.tenant', true)") == [""]


async def test_a_transaction_without_a_council_is_not_opened(pools: Database) -> None:
    with pytest.raises(NoTenant):
        async with pools.tenant_transaction():
            pytest.fail("It was opened.")


IN_THE_PIPELINE = {
    "inbox": "INSERT INTO inbox (tenant_id, consumer, event_id) VALUES (%(tenant)s, 'test', %(id)s)",
    "work": "INSERT INTO work (tenant_id, event_id, kind, key) VALUES (%(tenant)s, %(id)s, 'test', 'k')",
    "dead_letter": (
        "INSERT INTO dead_letter (tenant_id, event_id, kind, key, headers, value, reason)"
        " VALUES (%(tenant)s, %(id)s, 'test', 'k', '{}', '', 'r')"
    ),
}


@pytest.mark.parametrize("table", IN_THE_PIPELINE)
async def test_the_pipeline_writes_and_sees_the_councils_of_its_set_alone(table: str, pools: Database) -> None:
    ours, theirs, third = (TenantId(uuid4()) for _ in range(3))
    async with pools.pipeline_transaction([ours, theirs]) as connection:
        for tenant in (ours, theirs):
            await connection.execute(IN_THE_PIPELINE[table], {"tenant": tenant, "id": uuid4()})
    async with pools.pipeline_transaction([theirs, third]) as connection:
        assert await all_of(connection, f"SELECT tenant_id FROM {table}") == [theirs]
    for chosen in ([], [third]):
        async with pools.pipeline_transaction(chosen) as connection:
            assert await all_of(connection, f"SELECT tenant_id FROM {table}") == []
        with pytest.raises(errors.InsufficientPrivilege):
            async with pools.pipeline_transaction(chosen) as connection:
                await connection.execute(IN_THE_PIPELINE[table], {"tenant": ours, "id": uuid4()})


async def test_a_batch_with_one_council_outside_its_set_keeps_nothing(pools: Database) -> None:
    ours, theirs = TenantId(uuid4()), TenantId(uuid4())

    async def batch() -> None:
        async with pools.pipeline_transaction([ours]) as connection:
            for tenant in (ours, theirs):
                await connection.execute(IN_THE_PIPELINE["work"], {"tenant": tenant, "id": uuid4()})

    with pytest.raises(errors.InsufficientPrivilege):
        await batch()
    async with pools.pipeline_transaction([ours, theirs]) as connection:
        assert await all_of(connection, "SELECT tenant_id FROM work WHERE tenant_id = ANY(%s)", [[ours, theirs]]) == []


DOMAIN = ("report", "item", "incident_key", "reading", "forced")
REFUSED = {
    "app": [
        "DELETE FROM outbox", "UPDATE outbox SET topic = 'x'", "DELETE FROM inbox", "UPDATE request SET response = ''",
        "DELETE FROM pace", f"INSERT INTO pace (tenant_id, full_at) VALUES ('{OURS}', now())",
        "DELETE FROM tenant_copy", "DELETE FROM report", "UPDATE item SET text_sealed = ''", "TRUNCATE forced", "DROP TABLE forced",
        f"INSERT INTO inbox (tenant_id, consumer, event_id) VALUES ('{OURS}', 'c', '{OURS}')",
        "ALTER TABLE forced DISABLE ROW LEVEL SECURITY", "DROP POLICY own ON forced", "CREATE TABLE mine (id int)", "CREATE SCHEMA mine",
        "SET ROLE wardmote_owner", "SET ROLE wardmote_pipeline", "SET ROLE wardmote_relay", "SET SESSION AUTHORIZATION postgres",
    ],
    "pipeline": [
        *(f"SELECT 1 FROM {table}" for table in (*DOMAIN, "outbox", "request")),
        *(f"SELECT {column} FROM tenant_copy" for column in ("slug", "status", "revoked_keys", "*", "tenant_copy")),
        "UPDATE tenant_copy SET reports_per_minute = 0", "DELETE FROM pace",
        *(f"{order} {table}" for table in ("inbox", "work", "dead_letter") for order in ("DELETE FROM", "TRUNCATE")),
        "UPDATE work SET claim = NULL", "CREATE TABLE mine (id int)",
        "SET ROLE wardmote_owner", "SET ROLE wardmote_app", "SET ROLE wardmote_relay",
    ],
    "relay": [
        *(f"SELECT 1 FROM {table}" for table in (*DOMAIN, "inbox", "request", "tenant_copy", "pace")),
        *(f"SELECT {column} FROM work" for column in ("value", "headers", "*", "work", "to_jsonb(work)")),
        *(f"SELECT {column} FROM dead_letter" for column in ("value", "headers", "reason", "*", "dead_letter")),
        f"INSERT INTO work (tenant_id, event_id, kind, key) VALUES ('{OURS}', '{OURS}', 'k', 'k')", "DELETE FROM work",
        "UPDATE work SET value = ''", "UPDATE work SET claim = NULL RETURNING value", "UPDATE work SET is_parked = true",
        "UPDATE work SET tenant_id = event_id", "DELETE FROM dead_letter", "UPDATE dead_letter SET key = ''",
        "UPDATE outbox SET topic = 'x'", "INSERT INTO outbox DEFAULT VALUES", "CREATE TABLE mine (id int)",
        "SET ROLE wardmote_owner", "SET ROLE wardmote_app", "SET ROLE wardmote_pipeline",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("login", "statement"), [(login, statement) for login, orders in REFUSED.items() for statement in orders])
def test_a_login_may_do_its_own_part_and_no_more(login: str, statement: str, probed: ServiceDatabase) -> None:
    with psycopg.connect(getattr(probed, f"{login}_url")) as connection:
        connection.execute("SELECT set_config('wardmote.tenant', %s, true)", [str(OURS)])
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)


async def test_the_relay_sees_the_order_of_work_and_what_is_on_its_way(pools: Database) -> None:
    tenant = TenantId(uuid4())
    with tenant_scope(tenant):
        async with pools.tenant_transaction() as connection:
            await connection.execute(IN_THE_PIPELINE["work"], {"tenant": tenant, "id": uuid4()})
            await connection.execute(
                "INSERT INTO outbox (tenant_id, event_id, topic, key, headers, value) VALUES (%s, %s, 't', 'k', %s, 'v')",
                [tenant, uuid4(), Jsonb({})],
            )
    async with pools.relay_transaction() as connection:
        assert await all_of(connection, "SELECT key FROM work WHERE tenant_id = %s", [tenant]) == ["k"]
        assert await all_of(connection, "SELECT value FROM outbox WHERE tenant_id = %s", [tenant]) == [b"v"]


def test_no_login_is_mighty_and_no_group_logs_in(probed: ServiceDatabase, postgres_server: str) -> None:
    with psycopg.connect(postgres_server) as connection:
        rows = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles"
            " WHERE rolname LIKE 'wardmote%' AND rolname NOT LIKE 'wardmote_probe%'"
        ).fetchall()
    assert [name for name, _, is_mighty in rows if is_mighty] == []
    assert {name for name, can_login, _ in rows if not can_login} == set(GROUPS)
    assert {f"wardmote_intake_{kind}" for kind in ("app", "pipeline", "relay", "migrate")} <= {
        name for name, can_login, _ in rows if can_login
    }


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_cannot_log_in(group: str, probed: ServiceDatabase) -> None:
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(make_conninfo(probed.app_url, user=group))


def test_a_login_that_was_made_mighty_is_made_small_again(postgres_server: str) -> None:
    """Provisioning runs at every deploy: it is the place where such a slip ends."""
    service = f"probe-{uuid4().hex[:8]}"
    provision(postgres_server, service, PASSWORD)
    login = f"wardmote_{service.replace('-', '_')}_app"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {login} SUPERUSER BYPASSRLS CREATEROLE")
        provision(postgres_server, service, PASSWORD)
        row = connection.execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s", [login]).fetchone()
    assert row == (False, False, False)


def test_another_services_login_cannot_connect_here(probed: ServiceDatabase, postgres_server: str) -> None:
    other = provision(postgres_server, "notification", PASSWORD, database=f"wardmote_notification_{uuid4().hex[:12]}")
    here = conninfo_to_dict(probed.app_url)["dbname"]
    for url in (other.app_url, other.pipeline_url, other.relay_url, other.migrate_url):
        with psycopg.connect(url):
            pass
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(url, dbname=here)


def test_provisioning_again_changes_nothing(probed: ServiceDatabase, postgres_server: str) -> None:
    name = str(conninfo_to_dict(probed.app_url)["dbname"])
    assert provision(postgres_server, "intake", PASSWORD, database=name) == probed


async def test_councils_that_share_two_connections_never_meet(probed: ServiceDatabase) -> None:
    tenants = [TenantId(uuid4()) for _ in range(20)]
    async with open_database(probed, size=2) as pools:

        async def write_and_read(tenant: TenantId, number: int) -> list[UUID]:
            with tenant_scope(tenant):
                async with pools.tenant_transaction() as connection:
                    await connection.execute("INSERT INTO forced VALUES (%s, %s)", [tenant, f"words {number}"])
                if number % 3 == 0:
                    with pytest.raises(errors.DivisionByZero):
                        async with pools.tenant_transaction() as connection:
                            await connection.execute("SELECT 1 / 0")
                async with pools.tenant_transaction() as connection:
                    return await all_of(connection, "SELECT tenant_id FROM forced")

        seen = await asyncio.gather(*(write_and_read(tenant, number) for number in range(3) for tenant in tenants))
    assert [set(rows) for rows in seen] == [{tenant} for _ in range(3) for tenant in tenants]
