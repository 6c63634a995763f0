"""What a provider reported of a send, bound row by row, so that one that is missing shows."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Whole

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Reports that are there already are bound to nothing."""
    op.add_column("delivery_reports", sa.Column("words", sa.String(64), nullable=True))
    op.add_column("delivery_reports", sa.Column("salt", sa.String(32), nullable=True))
    op.add_column("delivery_reports", sa.Column("place", Whole, nullable=True))
    op.add_column("delivery_reports", sa.Column("hash", sa.String(64), nullable=True))
    op.add_column("sends", sa.Column("reported_length", Whole, nullable=True))
    op.add_column("sends", sa.Column("reported_head", sa.String(64), nullable=True))


def downgrade() -> None:
    """Without it."""
    op.drop_column("sends", "reported_head")
    op.drop_column("sends", "reported_length")
    for column in ("hash", "place", "salt", "words"):
        op.drop_column("delivery_reports", column)
