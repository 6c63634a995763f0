"""Customers who were erased, or wish to be."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_WISH = "erasure_asked_at IS NOT NULL"


def upgrade() -> None:
    """Nobody was erased before."""
    op.add_column("customers", sa.Column("erasure_asked_at", Instant))
    op.add_column("customers", sa.Column("erased_at", Instant))
    op.add_column("backorders", sa.Column("erased_at", Instant))
    op.create_index(
        "ix_customers_erasure",
        "customers",
        ["erasure_asked_at"],
        sqlite_where=sa.text(_WISH),
        postgresql_where=sa.text(_WISH),
    )
    op.create_table(
        "address_keys",
        sa.Column(
            "id",
            sa.Integer,
            sa.CheckConstraint("id = 1", name="ck_address_keys_one"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("key", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Forget who was; what was emptied stays so."""
    op.drop_table("address_keys")
    op.drop_index("ix_customers_erasure", "customers")
    op.drop_column("backorders", "erased_at")
    op.drop_column("customers", "erased_at")
    op.drop_column("customers", "erasure_asked_at")
