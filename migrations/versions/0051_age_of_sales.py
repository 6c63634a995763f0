"""When sales were put on record, so that they are not kept for ever."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those that are there already are dated by the next sweep."""
    op.add_column("sales", sa.Column("imported_at", Instant, nullable=True))
    op.create_index("ix_sales_imported_at", "sales", ["imported_at"])


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_sales_imported_at", table_name="sales")
    op.drop_column("sales", "imported_at")
