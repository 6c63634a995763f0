"""Lines in the order in which they were opened, for reports about a stretch of time."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index."""
    op.create_index("ix_backorders_opened_at_id", "backorders", ["opened_at", "id"])


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_backorders_opened_at_id", table_name="backorders")
