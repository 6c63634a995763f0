"""Stock counts: the shelf as somebody counted it."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the triggers that keep it as it was written."""
    op.create_table(
        "stock_counts",
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_counts_on_hand")),
        sa.ForeignKeyConstraint(["sku"], ["stock.sku"], name=op.f("fk_stock_counts_sku")),
        sa.PrimaryKeyConstraint("sku", "as_of", name=op.f("pk_stock_counts")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER stock_counts_no_{verb.lower()} BEFORE {verb} ON stock_counts "
                "BEGIN SELECT RAISE(ABORT, 'stock_counts is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER stock_counts_append_only BEFORE UPDATE OR DELETE ON stock_counts "
        "FOR EACH ROW EXECUTE FUNCTION append_only()"
    )
    op.execute(
        "CREATE TRIGGER stock_counts_not_emptied BEFORE TRUNCATE ON stock_counts "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )


def downgrade() -> None:
    """Forget the counts; what they changed stays."""
    op.drop_table("stock_counts")
