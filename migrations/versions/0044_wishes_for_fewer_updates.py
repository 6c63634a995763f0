"""How often customers wish to hear when nothing changes."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column."""
    op.add_column("customers", sa.Column("update_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Without it."""
    op.drop_column("customers", "update_days")
