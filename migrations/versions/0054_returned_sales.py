"""What came back of sales that were put on record, apart from what was sold."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Count

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those that are there already nobody knows."""
    op.add_column("sales", sa.Column("returned", Count, nullable=False, server_default="0"))


def downgrade() -> None:
    """Without it."""
    op.drop_column("sales", "returned")
