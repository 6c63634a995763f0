"""How many coupons a stage has given out in a month."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Whole

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is counted so far."""
    op.create_table(
        "coupon_budgets",
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("stage", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("given", Whole, nullable=False),
        sa.CheckConstraint("given >= 0", name=op.f("ck_coupon_budgets_given")),
        sa.PrimaryKeyConstraint("policy", "stage", "month", name=op.f("pk_coupon_budgets")),
    )


def downgrade() -> None:
    """Without the count."""
    op.drop_table("coupon_budgets")
