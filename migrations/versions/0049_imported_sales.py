"""What was sold before this database or beside it."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Count

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was imported so far."""
    op.create_table(
        "sales",
        sa.Column("sku", sa.String(128), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("order_id", sa.String(128), nullable=False),
        sa.Column("quantity", Count, nullable=False),
        sa.Column("in_stock", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("sku", "day", "order_id", name=op.f("pk_sales")),
    )
    op.create_index("ix_sales_order_id_sku", "sales", ["order_id", "sku"])


def downgrade() -> None:
    """Without them."""
    op.drop_index("ix_sales_order_id_sku", table_name="sales")
    op.drop_table("sales")
