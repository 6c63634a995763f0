"""What lists show of a line, beside its state."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column."""
    op.add_column("backorders", sa.Column("listed", sa.Text()))


def downgrade() -> None:
    """Without it."""
    op.drop_column("backorders", "listed")
