"""Who overslept: finding lines that should have been looked at long ago."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the instants at which lines are to be looked at."""
    op.create_index(
        "ix_backorders_wake_at",
        "backorders",
        ["wake_at"],
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the index away again."""
    op.drop_index("ix_backorders_wake_at", "backorders")
