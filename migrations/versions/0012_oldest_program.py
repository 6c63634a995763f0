"""The oldest program that works with this schema: one that is not older starts on it, and on newer ones."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OLDEST = "0.1.0"


def upgrade() -> None:
    """Name it. A later migration that an older program cannot live with updates the row."""
    table = op.create_table(
        "compatibility",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("oldest_program", sa.String(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_compatibility_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compatibility")),
    )
    op.bulk_insert(table, [{"id": 1, "oldest_program": OLDEST}])


def downgrade() -> None:
    """Forget it."""
    op.drop_table("compatibility")
