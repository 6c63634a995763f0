"""Which texts ask for a digit."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column."""
    op.add_column("sends", sa.Column("digits", sa.Boolean(), nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    """Without it."""
    op.drop_column("sends", "digits")
