"""What earlier versions left of erased customers: reasons of rulings on requests, failed messages, tasks.

All three are emptied or ended by an erasure from now on; words in the timeline cannot be changed.
"""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "UPDATE requests SET reason = '' WHERE reason <> ''"
    " AND backorder IN (SELECT id FROM backorders WHERE erased_at IS NOT NULL)",
    "UPDATE messages SET state = 'withdrawn' WHERE state = 'failed'"
    " AND id IN (SELECT message FROM message_items"
    " WHERE backorder IN (SELECT id FROM backorders WHERE erased_at IS NOT NULL))",
    # Those of texts are about a customer, who may have ordered again; an erasure has emptied them.
    "UPDATE tasks SET done_at = at WHERE done_at IS NULL AND detail = '{}'"
    " AND (kind IN ('may_be_cancellation', 'unclear_text')"
    " OR subject IN (SELECT id FROM backorders WHERE erased_at IS NOT NULL))",
)


def upgrade() -> None:
    """Empty and end them."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What is gone is gone."""
