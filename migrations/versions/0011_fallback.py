"""From when on another channel carries a message whose own is in trouble."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the instant; messages that wait get it when it is their turn."""
    op.add_column("messages", sa.Column("fallback_at", Instant))


def downgrade() -> None:
    """Wait for the first channel, however long."""
    with op.batch_alter_table("messages") as batch:
        batch.drop_column("fallback_at")
