"""How products are bought, what suppliers ask for them, and the daily look for what is short."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Amount, Day, Instant, Whole

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_TERMS = ("pack_size", "minimum_order")


def upgrade() -> None:
    """One by one, for prices that nobody knows; nothing was looked at so far."""
    for name in _TERMS:
        op.execute(
            f"ALTER TABLE products ADD COLUMN {name} INTEGER "
            f"CONSTRAINT ck_products_{name} CHECK ({name} >= 1)"
        )
    op.create_table(
        "supplier_prices",
        sa.Column("sku", sa.String(128), nullable=False),
        sa.Column("supplier", sa.String(128), nullable=False),
        sa.Column("price", Amount),
        sa.Column("currency", sa.String(3)),
        sa.Column("pack_size", Whole),
        sa.Column("minimum_order", Whole),
        sa.Column("updated_at", Instant, nullable=False),
        *(sa.CheckConstraint(f"{name} >= 1", name=op.f(f"ck_supplier_prices_{name}")) for name in _TERMS),
        sa.CheckConstraint("(price IS NULL) = (currency IS NULL)", name=op.f("ck_supplier_prices_priced")),
        sa.PrimaryKeyConstraint("sku", "supplier", name=op.f("pk_supplier_prices")),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_supplier_prices_sku")),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.id"], name=op.f("fk_supplier_prices_supplier")),
    )
    op.create_table(
        "shortage_looks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", Day, nullable=False),
        sa.Column("after", sa.String(128)),
        sa.CheckConstraint("id = 1", name=op.f("ck_shortage_looks_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortage_looks")),
    )


def downgrade() -> None:
    """Without them."""
    op.drop_table("shortage_looks")
    op.drop_table("supplier_prices")
    for name in reversed(_TERMS):
        op.drop_column("products", name)
