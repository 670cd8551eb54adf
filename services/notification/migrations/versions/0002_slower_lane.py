"""The slower lane: how fast each council may report, and the work queue in the order of due times."""

from alembic import op

from wardmote_runtime.migrations import delivery_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(delivery_sql("delivery_0002"))


def downgrade() -> None:
    op.execute(delivery_sql("delivery_0002_down"))
