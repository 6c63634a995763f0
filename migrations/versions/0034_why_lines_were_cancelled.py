"""Why a line of a purchase order was cancelled."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody said so of what was cancelled before."""
    op.add_column("purchase_order_lines", sa.Column("cancel_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget why."""
    op.drop_column("purchase_order_lines", "cancel_reason")
