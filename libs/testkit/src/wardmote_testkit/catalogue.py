"""What PostgreSQL's own catalogue says about the separation of councils (streaming.md §5.3): one query for each rule."""

import psycopg

PUBLIC_DIRECTORY = "public directory"
"""The comment of a table whose rows every council may see. It is free of the rules about rows, of no other."""

_OURS = """
WITH kept AS (
    SELECT oid, relname, relkind, relrowsecurity, relforcerowsecurity, relowner, relacl, reloptions
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'),
plain AS (
    SELECT * FROM kept WHERE relkind IN ('r', 'p') AND coalesce(obj_description(oid, 'pg_class'), '') <> %(public_directory)s)
"""

_RULES = {
    "has no tenant_id": """
        SELECT relname FROM plain WHERE NOT EXISTS (
            SELECT 1 FROM pg_attribute WHERE attrelid = plain.oid AND attname = 'tenant_id' AND attnotnull AND NOT attisdropped)""",
    "does not enable row-level security": "SELECT relname FROM plain WHERE NOT relrowsecurity",
    "does not force row-level security on its owner": "SELECT relname FROM plain WHERE NOT relforcerowsecurity",
    "has no policy": "SELECT relname FROM plain WHERE NOT EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = plain.oid)",
    "has a policy that names no role": """
        SELECT relname || '.' || polname FROM plain JOIN pg_policy ON polrelid = plain.oid WHERE 0 = ANY (polroles)""",
    "has a policy that does not ask for the council": """
        SELECT relname || '.' || polname FROM plain JOIN pg_policy ON polrelid = plain.oid
        WHERE NOT polroles <@ ARRAY['wardmote_relay'::regrole::oid]
          AND (coalesce(pg_get_expr(polqual, polrelid), 'tenant_id wardmote.tenant') !~ 'tenant_id.*wardmote\\.tenant'
            OR coalesce(pg_get_expr(polwithcheck, polrelid), 'tenant_id wardmote.tenant') !~ 'tenant_id.*wardmote\\.tenant')""",
    "lets the relay see more than what it moves": """
        SELECT relname || '.' || polname FROM plain JOIN pg_policy ON polrelid = plain.oid
        WHERE 'wardmote_relay'::regrole::oid = ANY (polroles) AND relname NOT IN ('outbox', 'work', 'dead_letter')""",
    "is a unique index that does not begin with tenant_id": """
        SELECT indexrelid::regclass::text FROM pg_index JOIN plain ON indrelid = plain.oid
        WHERE (indisunique OR indisexclusion) AND NOT EXISTS (
            SELECT 1 FROM pg_attribute WHERE attrelid = indrelid AND attnum = indkey[0] AND attname = 'tenant_id')""",
    "is a foreign key without tenant_id": """
        SELECT conname FROM pg_constraint JOIN plain ON conrelid = plain.oid
        WHERE contype = 'f' AND confrelid IN (SELECT oid FROM plain) AND NOT EXISTS (
            SELECT 1 FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey) AND attname = 'tenant_id')""",
    "is a materialised view: row-level security does not reach it": "SELECT relname FROM kept WHERE relkind = 'm'",
    "is a view that reads with its owner's rights": """
        SELECT relname FROM kept WHERE relkind = 'v'
          AND NOT coalesce(reloptions, '{}') && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1']""",
    "is a SECURITY DEFINER function without a fixed search_path": """
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
          AND NOT EXISTS (SELECT 1 FROM unnest(proconfig) AS setting WHERE setting LIKE 'search_path=%%')""",
    "is not owned by wardmote_owner": """
        SELECT relname FROM kept WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relowner <> 'wardmote_owner'::regrole
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> 'wardmote_owner'::regrole""",
    "is granted to PUBLIC": """
        SELECT relname FROM kept, aclexplode(relacl) AS given WHERE given.grantee = 0
        UNION SELECT relname || '.' || attname FROM kept JOIN pg_attribute ON attrelid = kept.oid, aclexplode(attacl) AS given
        WHERE given.grantee = 0
        UNION SELECT 'schema ' || nspname FROM pg_namespace, aclexplode(nspacl) AS given WHERE nspname = 'public' AND given.grantee = 0
        UNION SELECT 'database ' || datname
        FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) AS given
        WHERE datname = current_database() AND given.grantee = 0
        UNION SELECT proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS given
        WHERE pronamespace = 'public'::regnamespace AND given.grantee = 0 AND prorettype <> 'trigger'::regtype""",
    "is a login that may do more than a login should": """
        SELECT rolname FROM pg_roles WHERE rolname LIKE 'wardmote%%'
          AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)""",
    "is a table outside the schema public": """
        SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't'
          AND relnamespace::regnamespace::text NOT IN ('public', 'pg_catalog', 'information_schema', 'pg_toast')""",
}


def violations(admin_dsn_of_database: str) -> list[str]:
    """What in a service's database breaks the separation of councils, one sentence each; empty when nothing does.

    Args:
        admin_dsn_of_database: a superuser's address of that very database.
    """
    with psycopg.connect(admin_dsn_of_database) as connection:
        return violations_seen_by(connection)


def violations_seen_by(connection: psycopg.Connection[tuple[str]]) -> list[str]:
    """The same, as a superuser's open transaction sees the database."""
    return [
        f"{name} {complaint}."
        for complaint, query in _RULES.items()
        for (name,) in connection.execute(_OURS + query, {"public_directory": PUBLIC_DIRECTORY}).fetchall()
    ]
