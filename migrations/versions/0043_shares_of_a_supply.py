"""What a line has of the supply that serves it, and how much of that stands before it."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns."""
    op.add_column("demands", sa.Column("supply_units", sa.Integer(), nullable=True))
    op.add_column("demands", sa.Column("units_ahead", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Without them."""
    op.drop_column("demands", "units_ahead")
    op.drop_column("demands", "supply_units")
