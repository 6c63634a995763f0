"""Which message asks a customer's new address whether it is theirs: its link counts once, and no older one.

What a version before asked has none: it counts as long as nothing of its customer has changed since.
"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column."""
    op.add_column("customers", sa.Column("address_asked", sa.String(32)))


def downgrade() -> None:
    """Without it."""
    op.drop_column("customers", "address_asked")
