-- Delivery tables of every service: outbox, inbox, work queue, dead letters, remembered requests, copy of the tenants.
-- Frozen: a change is delivery_0002.sql, called by a new revision of each service. A test holds this file's hash.

CREATE TABLE outbox (
    tenant_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    shard smallint NOT NULL GENERATED ALWAYS AS ((uuid_hash_extended(tenant_id, 0) & 3)::smallint) STORED,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX outbox_in_order ON outbox (shard, seq);

CREATE TABLE inbox (
    tenant_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, consumer, event_id)
);

CREATE TABLE work (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    is_urgent boolean NOT NULL DEFAULT false,
    is_parked boolean NOT NULL DEFAULT false,
    headers jsonb NOT NULL DEFAULT '{}',
    value bytea NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    claim uuid,
    claimed_until timestamptz,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, kind, event_id)
);
CREATE INDEX work_in_order ON work (tenant_id, is_urgent DESC, seq) WHERE NOT is_parked;
CREATE INDEX work_of_aggregate ON work (tenant_id, key, seq);
CREATE INDEX work_claimed ON work (tenant_id, claimed_until) WHERE claimed_until IS NOT NULL;

CREATE TABLE dead_letter (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    reason text NOT NULL,
    -- Its place in the work queue, kept so that a replay comes before what was parked behind it.
    seq bigint NOT NULL DEFAULT nextval('work_seq_seq'),
    died_at timestamptz NOT NULL DEFAULT now(),
    -- An operator decided that what is parked behind it may go on without it. It stays as a record.
    released_at timestamptz,
    PRIMARY KEY (tenant_id, kind, event_id)
);
CREATE INDEX dead_letter_of_aggregate ON dead_letter (tenant_id, key) WHERE released_at IS NULL;

CREATE TABLE request (
    tenant_id uuid NOT NULL,
    request_id text NOT NULL,
    fingerprint bytea NOT NULL,
    response bytea NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, request_id)
);

CREATE TABLE tenant_copy (
    tenant_id uuid PRIMARY KEY,
    slug text NOT NULL DEFAULT '',
    nation text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'active',
    revoked_keys text[] NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 0
);

ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
ALTER TABLE inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox FORCE ROW LEVEL SECURITY;
ALTER TABLE work ENABLE ROW LEVEL SECURITY;
ALTER TABLE work FORCE ROW LEVEL SECURITY;
ALTER TABLE dead_letter ENABLE ROW LEVEL SECURITY;
ALTER TABLE dead_letter FORCE ROW LEVEL SECURITY;
ALTER TABLE request ENABLE ROW LEVEL SECURITY;
ALTER TABLE request FORCE ROW LEVEL SECURITY;
ALTER TABLE tenant_copy ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_copy FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON outbox TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON inbox TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON work TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON dead_letter TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON request TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY own ON tenant_copy TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));

CREATE POLICY chosen ON inbox TO wardmote_pipeline
    USING (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]))
    WITH CHECK (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]));
CREATE POLICY chosen ON work TO wardmote_pipeline
    USING (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]))
    WITH CHECK (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]));
CREATE POLICY chosen ON dead_letter TO wardmote_pipeline
    USING (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]))
    WITH CHECK (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]));

-- The relay moves rows along for every council and is the only login with such a policy. It may read a fact that is on
-- its way to Kafka (ids and codes), and of the work queue and the dead letters only the order, never a payload.
CREATE POLICY moving ON outbox TO wardmote_relay USING (true);
CREATE POLICY moving ON work TO wardmote_relay USING (true) WITH CHECK (true);
CREATE POLICY moving ON dead_letter TO wardmote_relay USING (true);

GRANT SELECT, INSERT ON outbox TO wardmote_app;
GRANT SELECT ON inbox TO wardmote_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON work, dead_letter TO wardmote_app;
GRANT SELECT, INSERT, UPDATE ON tenant_copy TO wardmote_app;
GRANT SELECT, INSERT, DELETE ON request TO wardmote_app;
GRANT SELECT, INSERT ON inbox, work, dead_letter TO wardmote_pipeline;
GRANT SELECT, DELETE ON outbox TO wardmote_relay;
GRANT SELECT (tenant_id, event_id, kind, seq, key, is_urgent, is_parked, attempts, due_at, claim, claimed_until, written_at) ON work TO wardmote_relay;
GRANT UPDATE (attempts, claim, claimed_until) ON work TO wardmote_relay;
GRANT SELECT (tenant_id, key, released_at) ON dead_letter TO wardmote_relay;
GRANT USAGE ON SEQUENCE work_seq_seq TO wardmote_app, wardmote_pipeline;
