"""The products of one supplier are found through an index, page by page."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

INDEX = "ix_products_supplier_sku"


def upgrade() -> None:
    """An index."""
    op.create_index(INDEX, "products", ["supplier", "sku"])


def downgrade() -> None:
    """Without it."""
    op.drop_index(INDEX, table_name="products")
