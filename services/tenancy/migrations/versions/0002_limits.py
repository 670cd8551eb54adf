"""A council's limit on reports, and the slower lane that the services keep for it."""

from alembic import op

from wardmote_runtime.migrations import delivery_sql

revision = "0002"
down_revision = "0001"

LIMITS = """
-- Councils from before have the limit that new ones have.
ALTER TABLE tenant ADD COLUMN reports_per_minute integer NOT NULL DEFAULT 120;
ALTER TABLE tenant ALTER COLUMN reports_per_minute DROP DEFAULT;
"""


def upgrade() -> None:
    op.execute(delivery_sql("delivery_0002"))
    op.execute(LIMITS)


def downgrade() -> None:
    op.execute("ALTER TABLE tenant DROP COLUMN reports_per_minute")
    op.execute(delivery_sql("delivery_0002_down"))
