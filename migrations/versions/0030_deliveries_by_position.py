"""The newest deliveries of a receiver are found without reading the others."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index."""
    op.create_index(op.f("ix_deliveries_receiver_position"), "deliveries", ["receiver", "position"])


def downgrade() -> None:
    """Without it."""
    op.drop_index(op.f("ix_deliveries_receiver_position"), "deliveries")
