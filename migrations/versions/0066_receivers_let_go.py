"""Since when the settings name no receiver any more while the one that they named has events to take."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; nobody knows it of those that were let go before."""
    op.add_column("receivers", sa.Column("let_go_at", Instant))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("receivers", "let_go_at")
