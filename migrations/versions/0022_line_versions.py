"""Versions of a line, and what its workflow knows of it; histories in which workflows hear of them."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FORM, FORM_BEFORE = 4, 3
_UNTOLD = sa.text("untold_since IS NOT NULL")


def upgrade() -> None:
    """Every line begins at version 0, of which its workflow knows; runs of the form before are begun anew."""
    for name in ("line_version", "told_version"):
        op.add_column("backorders", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("backorders", sa.Column("untold_since", Instant))
    op.create_index(
        "ix_backorders_untold", "backorders", ["sku", "id"], sqlite_where=_UNTOLD, postgresql_where=_UNTOLD
    )
    # An empty database has no runs.
    op.execute(
        f"UPDATE compatibility SET histories = {FORM} WHERE histories = {FORM_BEFORE} "
        "AND NOT EXISTS (SELECT 1 FROM backorders) AND NOT EXISTS (SELECT 1 FROM purchase_orders) "
        "AND NOT EXISTS (SELECT 1 FROM messages) AND NOT EXISTS (SELECT 1 FROM replans)"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute(f"UPDATE compatibility SET histories = {FORM_BEFORE} WHERE histories = {FORM}")
    op.drop_index("ix_backorders_untold", "backorders")
    for name in ("untold_since", "told_version", "line_version"):
        op.drop_column("backorders", name)
