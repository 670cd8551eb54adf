-- Undoes delivery_0002.sql.

REVOKE UPDATE (due_at) ON work FROM wardmote_pipeline;
DROP INDEX work_by_due;
CREATE INDEX work_in_order ON work (tenant_id, is_urgent DESC, seq) WHERE NOT is_parked;
DROP TABLE pace;
REVOKE SELECT (tenant_id, reports_per_minute) ON tenant_copy FROM wardmote_pipeline;
DROP POLICY chosen ON tenant_copy;
ALTER TABLE tenant_copy DROP COLUMN reports_per_minute;
