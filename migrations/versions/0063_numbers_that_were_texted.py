"""Whom a number was texted for is found through an index, also where no customer has it any more."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

INDEX = "ix_sends_texted"


def upgrade() -> None:
    """An index."""
    texts = sa.text("channel = 'sms'")
    op.create_index(INDEX, "sends", ["address"], sqlite_where=texts, postgresql_where=texts)


def downgrade() -> None:
    """Without it."""
    op.drop_index(INDEX, table_name="sends")
