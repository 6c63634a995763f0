"""The tasks to tell by other means what came of a complaint have a kind of their own.

A version before called them like those of a notice, which end with what tells that one. It comes after what
changes tables: rows that are written to here stay locked until the end, and nothing waits behind them.
"""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_CALL = "UPDATE tasks SET kind = '{new}' WHERE kind = '{old}' AND detail LIKE '%\"kind\":\"complaint%'"


def upgrade() -> None:
    """Call them as they are now, those that are done too."""
    op.execute(_CALL.format(old="notice_undelivered", new="complaint_undelivered"))


def downgrade() -> None:
    """As before."""
    op.execute(_CALL.format(old="complaint_undelivered", new="notice_undelivered"))
