"""Messages that go on two ways: which one is the second, and what is a copy of which."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """So far nothing has gone on two ways."""
    op.add_column("messages", sa.Column("also", sa.String(8)))
    op.add_column("messages", sa.Column("copy_of", sa.String(32)))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("messages", "copy_of")
    op.drop_column("messages", "also")
