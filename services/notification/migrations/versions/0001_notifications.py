"""Recipients, urgent signals and notifications."""

from alembic import op

from wardmote_runtime.migrations import delivery_sql

revision = "0001"
down_revision = None

NOTIFICATIONS = """
-- This council's people, by role. The contact is a sealed copy with its own data key, so that a page does not depend on
-- tenancy; both go with the row when the person leaves.
CREATE TABLE recipient (
    tenant_id uuid NOT NULL,
    person_id uuid NOT NULL,
    roles text[] NOT NULL,
    contact_sealed bytea,
    contact_key bytea,
    PRIMARY KEY (tenant_id, person_id)
);

-- Its primary key makes the second of the two urgent paths a no-op.
CREATE TABLE urgent_signal (
    tenant_id uuid NOT NULL,
    signal_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    reference text NOT NULL,
    reason_codes text[] NOT NULL,
    received_at timestamptz NOT NULL,
    status text NOT NULL,
    PRIMARY KEY (tenant_id, signal_id)
);
CREATE INDEX urgent_signal_unanswered ON urgent_signal (tenant_id, signal_id) WHERE status = 'nobody-to-page';

CREATE TABLE notification (
    tenant_id uuid NOT NULL,
    notification_id uuid NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL,
    about_id uuid NOT NULL,
    reference text NOT NULL,
    severity text,
    created_at timestamptz NOT NULL,
    status text NOT NULL,
    attempts integer NOT NULL,
    delivered_at timestamptz,
    failure text,
    PRIMARY KEY (tenant_id, notification_id)
);
-- A person is told once that a case was opened, and paged once for a signal. That a case has grown is told again after a
-- while, but never while the last such notification still waits.
CREATE UNIQUE INDEX notification_once ON notification (tenant_id, about_id, kind, person_id)
    WHERE kind <> 'incident_attached' OR status = 'waiting';
CREATE INDEX notification_about ON notification (tenant_id, about_id, kind, person_id, notification_id DESC);

ALTER TABLE recipient ENABLE ROW LEVEL SECURITY;
ALTER TABLE recipient FORCE ROW LEVEL SECURITY;
ALTER TABLE urgent_signal ENABLE ROW LEVEL SECURITY;
ALTER TABLE urgent_signal FORCE ROW LEVEL SECURITY;
ALTER TABLE notification ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON recipient TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON urgent_signal TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON notification TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE, DELETE ON recipient TO wardmote_app;
GRANT SELECT, INSERT, UPDATE ON urgent_signal, notification TO wardmote_app;
"""


def upgrade() -> None:
    op.execute(delivery_sql("delivery_0001"))
    op.execute(NOTIFICATIONS)


def downgrade() -> None:
    op.execute("DROP TABLE notification, urgent_signal, recipient, tenant_copy, request, dead_letter, work, inbox, outbox")
