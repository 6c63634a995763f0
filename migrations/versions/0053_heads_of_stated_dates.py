"""How long the chain of a line's stated dates is, and its end, so that a tail that was cut off shows."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Whole

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Chains that are there already are known from their next date on."""
    op.add_column("purchase_order_lines", sa.Column("stated_length", Whole, nullable=True))
    op.add_column("purchase_order_lines", sa.Column("stated_head", sa.String(64), nullable=True))


def downgrade() -> None:
    """Without it."""
    op.drop_column("purchase_order_lines", "stated_head")
    op.drop_column("purchase_order_lines", "stated_length")
