"""Sessions of signed-in people: the console's only table."""

from alembic import op

revision = "0001"
down_revision = None

SESSION = """
CREATE TABLE session (
    tenant_id uuid NOT NULL,
    -- SHA-256 of the key in the browser's cookie: whoever reads this table holds no session.
    session_hash bytea NOT NULL CHECK (length(session_hash) = 32),
    subject text NOT NULL,
    roles text[] NOT NULL,
    opened_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, session_hash)
);
CREATE INDEX session_over ON session (tenant_id, seen_at);

ALTER TABLE session ENABLE ROW LEVEL SECURITY;
ALTER TABLE session FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON session TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE, DELETE ON session TO wardmote_app;
"""


def upgrade() -> None:
    op.execute(SESSION)


def downgrade() -> None:
    op.execute("DROP TABLE session")
