"""Stock by its instants: every movement has one, is found by it, and knows what a shipment left to others."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAME = "ix_stock_movements_sku_happened_at"


def upgrade() -> None:
    """Fill in the instants, and find movements by them."""
    op.add_column("stock_movements", sa.Column("spared", sa.Integer()))
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TRIGGER stock_movements_no_update")
    else:
        op.execute("ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only")
    op.execute("UPDATE stock_movements SET happened_at = at WHERE happened_at IS NULL OR happened_at > at")
    if sqlite:
        op.execute(
            "CREATE TRIGGER stock_movements_no_update BEFORE UPDATE ON stock_movements "
            "BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END"
        )
    else:
        op.execute("ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_append_only")
    op.create_index(_NAME, "stock_movements", ["sku", "happened_at"])


def downgrade() -> None:
    """Forget both; the instants stay."""
    op.drop_index(_NAME, "stock_movements")
    op.drop_column("stock_movements", "spared")
