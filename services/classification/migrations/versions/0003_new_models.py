"""For a new model: what a candidate would have suggested, and what is needed to assess an incident again."""

from alembic import op

revision = "0003"
down_revision = "0002"

NEW_MODELS = """
-- What was reported, beside the ids of the items. No value: the assessment is older than these columns, and cannot be made again.
ALTER TABLE assessment ADD COLUMN feels_unsafe boolean, ADD COLUMN urgent_signal_id uuid, ADD COLUMN earlier_incident_id uuid;
ALTER TABLE item_assessment ADD COLUMN channel text;

-- What a candidate would have suggested beside an assessment. Nothing follows from it.
CREATE TABLE shadow_assessment (
    tenant_id uuid NOT NULL,
    assessment_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    outcome text NOT NULL,
    types text[] NOT NULL,
    motivations text[] NOT NULL,
    threat_level text NOT NULL,
    severity text NOT NULL,
    needs_person boolean NOT NULL,
    score real NOT NULL,
    present_score real NOT NULL,
    versions jsonb NOT NULL,
    compared_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, assessment_id)
);

-- Assessments that are to be made again, and how that ended.
CREATE TABLE reassessment (
    tenant_id uuid NOT NULL,
    assessment_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    ordered_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    ending text,
    PRIMARY KEY (tenant_id, assessment_id)
);
CREATE INDEX reassessment_left ON reassessment (tenant_id, assessment_id) WHERE ended_at IS NULL;

ALTER TABLE shadow_assessment ENABLE ROW LEVEL SECURITY;
ALTER TABLE shadow_assessment FORCE ROW LEVEL SECURITY;
ALTER TABLE reassessment ENABLE ROW LEVEL SECURITY;
ALTER TABLE reassessment FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON shadow_assessment TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON reassessment TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));

GRANT SELECT, INSERT ON shadow_assessment TO wardmote_app;
GRANT SELECT, INSERT, UPDATE ON reassessment TO wardmote_app;
"""


def upgrade() -> None:
    op.execute(NEW_MODELS)


def downgrade() -> None:
    op.execute("DROP TABLE reassessment, shadow_assessment")
    op.execute("ALTER TABLE item_assessment DROP COLUMN channel")
    op.execute("ALTER TABLE assessment DROP COLUMN feels_unsafe, DROP COLUMN urgent_signal_id, DROP COLUMN earlier_incident_id")
