"""The secrets of a receiver from before the last one, while each still signs."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; a rotation before this kept one alone."""
    op.add_column("receivers", sa.Column("older_secrets", sa.Text))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("receivers", "older_secrets")
