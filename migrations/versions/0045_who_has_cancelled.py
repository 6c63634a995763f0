"""When a customer last cancelled."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is known to have; what was cancelled of a line itself stands in its state."""
    op.add_column("customers", sa.Column("cancelled_at", Instant))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("customers", "cancelled_at")
