"""When a customer last complained."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has."""
    op.add_column("customers", sa.Column("complained_at", Instant))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("customers", "complained_at")
