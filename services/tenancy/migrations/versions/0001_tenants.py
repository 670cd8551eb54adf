"""Councils, their people and keys, and the public directory."""

from alembic import op

from wardmote_runtime.migrations import delivery_sql

revision = "0001"
down_revision = None

TENANTS = """
CREATE TABLE tenant (
    tenant_id uuid PRIMARY KEY,
    slug text NOT NULL,
    name text NOT NULL,
    nation text NOT NULL,
    status text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    role_claim text NOT NULL,
    brand_colour text NOT NULL,
    support_line text NOT NULL,
    version bigint NOT NULL
);

-- The id stays when a person leaves: facts and cases name it. Everything else of them is erased.
CREATE TABLE person (
    tenant_id uuid NOT NULL,
    person_id uuid NOT NULL,
    roles text[] NOT NULL,
    subject text NOT NULL,
    name_sealed bytea,
    contact_sealed bytea,
    PRIMARY KEY (tenant_id, person_id)
);
CREATE UNIQUE INDEX person_of_subject ON person (tenant_id, subject) WHERE subject <> '';

-- The data key of a person, wrapped by the council's key. Erasing this row erases name and contact.
CREATE TABLE person_key (
    tenant_id uuid NOT NULL,
    person_id uuid NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (tenant_id, person_id)
);

-- What is remembered of a key. The token is not.
CREATE TABLE api_key (
    tenant_id uuid NOT NULL,
    key_id uuid NOT NULL,
    label text NOT NULL,
    issued_at timestamptz NOT NULL,
    is_revoked boolean NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);

-- The one table that no council owns: which council a public address names is asked before any council is known.
CREATE TABLE tenant_directory (
    slug text PRIMARY KEY,
    tenant_id uuid NOT NULL
);
CREATE UNIQUE INDEX tenant_directory_tenant ON tenant_directory (tenant_id);
COMMENT ON TABLE tenant_directory IS 'public directory';

ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE person FORCE ROW LEVEL SECURITY;
ALTER TABLE person_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_key FORCE ROW LEVEL SECURITY;
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON tenant TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON person TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON person_key TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON api_key TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON tenant, person, api_key TO wardmote_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON person_key TO wardmote_app;
GRANT SELECT, INSERT ON tenant_directory TO wardmote_app;
"""


def upgrade() -> None:
    op.execute(delivery_sql("delivery_0001"))
    op.execute(TENANTS)


def downgrade() -> None:
    op.execute("DROP TABLE tenant_directory, api_key, person_key, person, tenant, tenant_copy, request, dead_letter, work, inbox, outbox")
