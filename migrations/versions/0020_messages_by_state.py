"""The list of messages that have not gone, by their state and hour."""

from alembic import op
from sqlalchemy import text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WHERE = text("state IN ('planned', 'claimed', 'unknown', 'failed')")


def upgrade() -> None:
    """An index of those alone."""
    op.create_index(
        "ix_messages_not_gone",
        "messages",
        ["state", "not_before", "number"],
        sqlite_where=WHERE,
        postgresql_where=WHERE,
    )


def downgrade() -> None:
    """Read them all."""
    op.drop_index("ix_messages_not_gone", "messages")
