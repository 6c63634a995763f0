"""A message remembers when its other channel is to be tried again, not only that of its last try.

The workers of before go on meanwhile: they do not write the column.
"""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column."""
    op.add_column("messages", sa.Column("other_try_at", Instant))


def downgrade() -> None:
    """Without it."""
    op.drop_column("messages", "other_try_at")
