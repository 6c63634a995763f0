"""Past orders are found by their day, supplier and destination, however many of others there are."""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

INDEX = "ix_history_ordered_supplier_destination"


def upgrade() -> None:
    """An index."""
    op.create_index(INDEX, "history", ["ordered", "supplier", "destination"])


def downgrade() -> None:
    """Without it."""
    op.drop_index(INDEX, table_name="history")
