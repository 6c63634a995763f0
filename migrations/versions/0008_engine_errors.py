"""What could not be read or looked at: noted beside the row, which may not be readable itself."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the notes."""
    op.create_table(
        "engine_errors",
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("backorder", sa.Text, nullable=False),
        sa.Column("error", sa.String(128), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("last", Instant, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("subject", "backorder", name="pk_engine_errors"),
    )
    op.create_index("ix_engine_errors_backorder", "engine_errors", ["backorder"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("engine_errors")
