"""Assessments of incidents and of their items."""

from alembic import op

from wardmote_runtime.migrations import delivery_sql

revision = "0001"
down_revision = None

ASSESSMENTS = """
-- How many assessments an incident has. Its row is held while one is added, so that their facts leave in order.
CREATE TABLE assessed_incident (
    tenant_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    assessments integer NOT NULL,
    PRIMARY KEY (tenant_id, incident_id)
);

CREATE TABLE assessment (
    tenant_id uuid NOT NULL,
    assessment_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    version integer NOT NULL,
    reference text NOT NULL,
    target_role text NOT NULL,
    channel text NOT NULL,
    outcome text NOT NULL,
    types text[] NOT NULL,
    motivations text[] NOT NULL,
    threat_level text NOT NULL,
    severity text NOT NULL,
    needs_person boolean NOT NULL,
    versions jsonb NOT NULL,
    assessed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, assessment_id)
);
CREATE UNIQUE INDEX assessment_of_incident ON assessment (tenant_id, incident_id, version);

-- Reasons hold codes, places in the text and our own sentences; never the report's words.
CREATE TABLE item_assessment (
    tenant_id uuid NOT NULL,
    assessment_id uuid NOT NULL,
    place smallint NOT NULL,
    item_id uuid NOT NULL,
    outcome text NOT NULL,
    types text[] NOT NULL,
    motivations text[] NOT NULL,
    threat_level text NOT NULL,
    severity text NOT NULL,
    needs_person boolean NOT NULL,
    reasons jsonb NOT NULL,
    PRIMARY KEY (tenant_id, assessment_id, place)
);

ALTER TABLE assessed_incident ENABLE ROW LEVEL SECURITY;
ALTER TABLE assessed_incident FORCE ROW LEVEL SECURITY;
ALTER TABLE assessment ENABLE ROW LEVEL SECURITY;
ALTER TABLE assessment FORCE ROW LEVEL SECURITY;
ALTER TABLE item_assessment ENABLE ROW LEVEL SECURITY;
ALTER TABLE item_assessment FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON assessed_incident TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON assessment TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON item_assessment TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON assessed_incident TO wardmote_app;
GRANT SELECT, INSERT ON assessment, item_assessment TO wardmote_app;
"""


def upgrade() -> None:
    op.execute(delivery_sql("delivery_0001"))
    op.execute(ASSESSMENTS)


def downgrade() -> None:
    op.execute("DROP TABLE item_assessment, assessment, assessed_incident, tenant_copy, request, dead_letter, work, inbox, outbox")
