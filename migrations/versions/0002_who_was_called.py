"""Who was called: of which supply a line's workflow was told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every line that has to look is called once more."""
    op.add_column("demands", sa.Column("called", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take the column away again."""
    op.drop_column("demands", "called")
