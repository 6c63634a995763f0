"""What went to a person lately is found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_SENT = sa.text("state = 'sent'")


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_messages_sent", "messages", ["person", "done_at"], sqlite_where=_SENT, postgresql_where=_SENT
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_messages_sent", "messages")
