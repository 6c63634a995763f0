"""A request says which key asked for it, so that its program can read what became of it.

The programs of before go on meanwhile: they do not write the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column."""
    op.add_column("requests", sa.Column("asked_by", sa.String(128)))


def downgrade() -> None:
    """Without it."""
    op.drop_column("requests", "asked_by")
