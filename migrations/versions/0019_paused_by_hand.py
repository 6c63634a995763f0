"""Who paused a channel, and until when."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is paused by now, failed by itself."""
    op.add_column("channels", sa.Column("by", sa.String(64), nullable=False, server_default=""))
    op.add_column("channels", sa.Column("until", Instant))


def downgrade() -> None:
    """A pause by a person becomes one of a channel that failed: it is tried at once."""
    with op.batch_alter_table("channels") as batch:
        batch.drop_column("until")
        batch.drop_column("by")
