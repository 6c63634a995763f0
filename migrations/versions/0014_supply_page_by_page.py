"""Supply that is listed page by page, and what a product says about being sold on backorder."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_OPEN = sa.text("cancelled_at IS NULL AND received < quantity")
_DUE = sa.text("due IS NOT NULL")
_LINE = ["purchase_order", "line"]


def upgrade() -> None:
    """Add the columns and the indexes by which pages are found."""
    op.execute(
        "ALTER TABLE products ADD COLUMN backorder_limit INTEGER "
        "CONSTRAINT ck_products_backorder_limit CHECK (backorder_limit >= 0)"
    )
    op.execute("ALTER TABLE products ADD COLUMN sell_without_date BOOLEAN NOT NULL DEFAULT true")
    op.add_column("purchase_order_lines", sa.Column("due", sa.Date()))
    # A day that follows from the usual lead time is worked out the next morning, as on every other.
    op.execute(
        "UPDATE purchase_order_lines SET due = (SELECT min(incoming.stated) FROM incoming "
        "WHERE incoming.purchase_order = purchase_order_lines.purchase_order "
        "AND incoming.line = purchase_order_lines.line) "
        "WHERE cancelled_at IS NULL AND received < quantity"
    )
    op.drop_index("ix_purchase_orders_supplier", "purchase_orders")
    op.create_index("ix_purchase_orders_supplier_id", "purchase_orders", ["supplier", "id"])
    op.drop_index("ix_purchase_order_lines_sku", "purchase_order_lines")
    op.create_index(
        "ix_purchase_order_lines_sku_purchase_order_line", "purchase_order_lines", ["sku", *_LINE]
    )
    for name, columns, condition in (("open", _LINE, _OPEN), ("due", ["due", *_LINE], _DUE)):
        op.create_index(
            f"ix_purchase_order_lines_{name}",
            "purchase_order_lines",
            columns,
            sqlite_where=condition,
            postgresql_where=condition,
        )
    for table in ("receipts", "supply_returns"):
        op.create_index(f"ix_{table}_purchase_order_line", table, _LINE)


def downgrade() -> None:
    """Forget them."""
    for table in ("receipts", "supply_returns"):
        op.drop_index(f"ix_{table}_purchase_order_line", table)
    for name in ("due", "open", "sku_purchase_order_line"):
        op.drop_index(f"ix_purchase_order_lines_{name}", "purchase_order_lines")
    op.create_index("ix_purchase_order_lines_sku", "purchase_order_lines", ["sku"])
    op.drop_index("ix_purchase_orders_supplier_id", "purchase_orders")
    op.create_index("ix_purchase_orders_supplier", "purchase_orders", ["supplier"])
    op.drop_column("purchase_order_lines", "due")
    op.drop_column("products", "sell_without_date")
    op.drop_column("products", "backorder_limit")
