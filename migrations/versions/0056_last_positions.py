"""The last position of each stream, which outlives what retention deletes."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of what was deleted before."""
    op.create_table(
        "last_positions",
        sa.Column("stream", sa.String(8), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_last_positions")),
    )


def downgrade() -> None:
    """Without it."""
    op.drop_table("last_positions")
