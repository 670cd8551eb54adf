"""Reports, incidents, items and readings of their words."""

from alembic import op

from wardmote_runtime.migrations import delivery_sql

revision = "0001"
down_revision = None

REPORTS = """
CREATE TABLE report (
    tenant_id uuid NOT NULL,
    report_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    reference text NOT NULL,
    received_at timestamptz NOT NULL,
    target_role text NOT NULL,
    feels_unsafe boolean NOT NULL,
    in_danger_now boolean NOT NULL,
    is_anonymous boolean NOT NULL,
    earlier_incident_id uuid,
    urgent_signal_id uuid,
    target_name_sealed bytea,
    reporter_name_sealed bytea,
    reporter_contact_sealed bytea,
    PRIMARY KEY (tenant_id, report_id)
);
CREATE UNIQUE INDEX report_reference ON report (tenant_id, reference);
CREATE UNIQUE INDEX report_incident ON report (tenant_id, incident_id);

CREATE TABLE item (
    tenant_id uuid NOT NULL,
    item_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    place smallint NOT NULL,
    channel text NOT NULL,
    happened_at timestamptz,
    text_sealed bytea NOT NULL,
    sender_sealed bytea,
    PRIMARY KEY (tenant_id, item_id)
);
CREATE INDEX item_of_incident ON item (tenant_id, incident_id, place);

-- The data key of an incident, wrapped by the council's key. Erasing this row erases the words.
CREATE TABLE incident_key (
    tenant_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (tenant_id, incident_id)
);

-- Who read an item's words, and why.
CREATE TABLE reading (
    tenant_id uuid NOT NULL,
    reading_id uuid NOT NULL,
    item_id uuid NOT NULL,
    read_by text NOT NULL,
    purpose text NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, reading_id)
);
CREATE INDEX reading_of_item ON reading (tenant_id, item_id, read_at);

ALTER TABLE report ENABLE ROW LEVEL SECURITY;
ALTER TABLE report FORCE ROW LEVEL SECURITY;
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
ALTER TABLE item FORCE ROW LEVEL SECURITY;
ALTER TABLE incident_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_key FORCE ROW LEVEL SECURITY;
ALTER TABLE reading ENABLE ROW LEVEL SECURITY;
ALTER TABLE reading FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON report TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON item TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON incident_key TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON reading TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));

GRANT SELECT, INSERT ON report, item, incident_key, reading TO wardmote_app;
"""


def upgrade() -> None:
    op.execute(delivery_sql("delivery_0001"))
    op.execute(REPORTS)


def downgrade() -> None:
    op.execute("DROP TABLE reading, incident_key, item, report, tenant_copy, request, dead_letter, work, inbox, outbox")
