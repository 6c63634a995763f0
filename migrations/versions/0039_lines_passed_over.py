"""Lines that others pass in their queue while their payment is missing."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column."""
    op.add_column(
        "demands", sa.Column("passed_over", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )


def downgrade() -> None:
    """Without it."""
    op.drop_column("demands", "passed_over")
