"""Why a request was refused, as customers read it, and in which language suppliers read."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has said so far."""
    op.add_column("requests", sa.Column("refusal", sa.String(32)))
    op.add_column("suppliers", sa.Column("locale", sa.String(35)))


def downgrade() -> None:
    """Without them."""
    op.drop_column("suppliers", "locale")
    op.drop_column("requests", "refusal")
