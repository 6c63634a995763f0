"""How many messages a second a shard hands to a provider at most."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has gone by a rate so far."""
    op.create_table(
        "message_rates",
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "shard", name=op.f("pk_message_rates")),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("message_rates")
