-- The slower lane (architecture.md §5): how much each council may report before its ordinary work waits, and the order by due time
-- that lets the queue pass over what waits without looking at it.
-- Frozen: a change is delivery_0003.sql, called by a new revision of each service. A test holds this file's hash.

-- 0: not told yet, so not limited. Tenancy's facts tell it.
ALTER TABLE tenant_copy ADD COLUMN reports_per_minute integer NOT NULL DEFAULT 0;

-- A council's token bucket, as the moment at which it will be full again. No row: it is full.
CREATE TABLE pace (
    tenant_id uuid PRIMARY KEY,
    full_at timestamptz NOT NULL
);

DROP INDEX work_in_order;
CREATE INDEX work_by_due ON work (tenant_id, is_urgent DESC, due_at, seq) WHERE NOT is_parked;

ALTER TABLE pace ENABLE ROW LEVEL SECURITY;
ALTER TABLE pace FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON pace TO wardmote_app
    USING (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('wardmote.tenant', true), '')::uuid));
CREATE POLICY chosen ON pace TO wardmote_pipeline
    USING (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]))
    WITH CHECK (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]));
CREATE POLICY chosen ON tenant_copy FOR SELECT TO wardmote_pipeline
    USING (tenant_id = ANY ((SELECT nullif(current_setting('wardmote.tenants', true), ''))::uuid[]));

GRANT SELECT, UPDATE ON pace TO wardmote_app;
GRANT SELECT, INSERT, UPDATE ON pace TO wardmote_pipeline;
GRANT SELECT (tenant_id, reports_per_minute) ON tenant_copy TO wardmote_pipeline;
GRANT UPDATE (due_at) ON work TO wardmote_pipeline;
