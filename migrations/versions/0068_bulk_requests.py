"""What was asked of many lines at once, also where there was none, so that a repetition is known."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; what was asked before is known by the requests of its lines."""
    op.create_table(
        "bulk_requests",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("done_at", Instant),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("bulk_requests")
