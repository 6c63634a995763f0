"""A clock that stands still: the business instant at which it waits to be let go on."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the limit, and when a message went by a clock that may be held afterwards."""
    op.add_column("clock", sa.Column("limit", Instant))
    op.add_column("messages", sa.Column("done_at", Instant))
    op.execute("UPDATE messages SET done_at = settled_at")


def downgrade() -> None:
    """Drop both."""
    op.drop_column("messages", "done_at")
    op.drop_column("clock", "limit")
