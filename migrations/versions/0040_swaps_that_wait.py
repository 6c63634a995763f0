"""Alternatives that wait for the order system, and how an offer stood that was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is reserved so far waits for nobody."""
    op.add_column("reservations", sa.Column("event", sa.String(24)))
    op.add_column("reservations", sa.Column("request", sa.String(160)))
    op.add_column("requests", sa.Column("terms", sa.Text()))


def downgrade() -> None:
    """Without them."""
    op.drop_column("requests", "terms")
    op.drop_column("reservations", "request")
    op.drop_column("reservations", "event")
