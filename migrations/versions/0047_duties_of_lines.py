"""The duties of law that lines have, to be listed by their last day."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns and their index. Lines that go on are looked at once more, which writes theirs."""
    op.add_column("backorders", sa.Column("duties", sa.Text()))
    op.add_column("backorders", sa.Column("duty_due", sa.Date()))
    there = sa.text("duty_due IS NOT NULL")
    op.create_index(
        "ix_backorders_duty",
        "backorders",
        ["duty_due", "id"],
        sqlite_where=there,
        postgresql_where=there,
    )
    op.execute(
        "UPDATE backorders SET look_at = opened_at WHERE look_at IS NULL AND phase IN ('open', 'closing')"
    )


def downgrade() -> None:
    """Without them."""
    op.execute("UPDATE backorders SET look_at = NULL WHERE look_at = opened_at")
    op.drop_index("ix_backorders_duty", "backorders")
    op.drop_column("backorders", "duty_due")
    op.drop_column("backorders", "duties")
