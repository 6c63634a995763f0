"""Channels that take messages and refuse the shop's account afterwards are known as such.

The workers of before go on meanwhile: they write neither column.
"""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns."""
    op.add_column(
        "channels",
        sa.Column("refuses_later", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column("channels", sa.Column("accepted_at", Instant))


def downgrade() -> None:
    """Without them."""
    op.drop_column("channels", "accepted_at")
    op.drop_column("channels", "refuses_later")
