"""Cases, their incidents, and what happened to them."""

from alembic import op

from wardmote_runtime.migrations import delivery_sql

revision = "0001"
down_revision = None

CASES = """
-- Severity sorts as its code does, S0 to S4, whatever the server's collation.
CREATE TABLE case_file (
    tenant_id uuid NOT NULL,
    case_id uuid NOT NULL,
    reference text NOT NULL,
    status text NOT NULL,
    target_role text NOT NULL,
    channel text NOT NULL,
    outcome text NOT NULL,
    severity text COLLATE "C" NOT NULL,
    threat_level text NOT NULL,
    types text[] NOT NULL,
    motivations text[] NOT NULL,
    needs_person boolean NOT NULL,
    is_urgent boolean NOT NULL,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    contact_due_at timestamptz NOT NULL,
    assigned_to text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, case_id)
);
CREATE UNIQUE INDEX case_file_reference ON case_file (tenant_id, reference);
CREATE INDEX case_file_in_order ON case_file (tenant_id, is_urgent DESC, severity DESC, opened_at DESC, case_id DESC);

-- An incident is in one case.
CREATE TABLE case_incident (
    tenant_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    case_id uuid NOT NULL,
    attached_at timestamptz NOT NULL,
    report_reference text NOT NULL,
    assessment_id uuid NOT NULL,
    assessed_at timestamptz NOT NULL,
    target_role text NOT NULL,
    channel text NOT NULL,
    feels_unsafe boolean NOT NULL,
    urgent_signal_id uuid,
    earlier_incident_id uuid,
    reason_codes text[] NOT NULL,
    versions jsonb NOT NULL,
    outcome text NOT NULL,
    severity text NOT NULL,
    threat_level text NOT NULL,
    types text[] NOT NULL,
    motivations text[] NOT NULL,
    needs_person boolean NOT NULL,
    PRIMARY KEY (tenant_id, incident_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file
);
CREATE INDEX case_incident_of_case ON case_incident (tenant_id, case_id, attached_at, incident_id);

-- One row for each version of a case: what made it.
CREATE TABLE case_timeline (
    tenant_id uuid NOT NULL,
    case_id uuid NOT NULL,
    version bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    kind text NOT NULL,
    done_by text NOT NULL,
    PRIMARY KEY (tenant_id, case_id, version),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file
);

ALTER TABLE case_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_file FORCE ROW LEVEL SECURITY;
ALTER TABLE case_incident ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_incident FORCE ROW LEVEL SECURITY;
ALTER TABLE case_timeline ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_timeline FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON case_file TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON case_incident TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON case_timeline TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON case_file, case_incident TO wardmote_app;
GRANT SELECT, INSERT ON case_timeline TO wardmote_app;
"""


def upgrade() -> None:
    op.execute(delivery_sql("delivery_0001"))
    op.execute(CASES)


def downgrade() -> None:
    op.execute("DROP TABLE case_timeline, case_incident, case_file, tenant_copy, request, dead_letter, work, inbox, outbox")
