"""What a line that could not be read has still to hear of its messages."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEPT = sa.text("message_items.unheard IS NOT NULL")


def upgrade() -> None:
    """Make room for it."""
    op.add_column("message_items", sa.Column("unheard", sa.Text))
    op.create_index(
        "ix_message_items_unheard",
        "message_items",
        ["backorder"],
        sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_index("ix_message_items_unheard", "message_items")
    with op.batch_alter_table("message_items") as batch:
        batch.drop_column("unheard")
