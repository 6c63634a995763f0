"""What is on record of a line is a chain: each row is bound to the one before it."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant, Whole

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_ADDED = {
    "timeline": (
        ("about", sa.String(32)),
        ("words", sa.String(64)),
        ("place", Whole),
        ("hash", sa.String(64)),
    ),
    "promises": (("place", Whole), ("hash", sa.String(64))),
    "stated_dates": (("place", Whole), ("hash", sa.String(64))),
    "requests": (("salt", sa.String(32)),),
    "sends": (("digest", sa.String(64)), ("salt", sa.String(32))),
}


def upgrade() -> None:
    """The chain of a line that is there begins with the next that happens to it."""
    for table, columns in _ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind))
    op.create_table(
        "evidence_keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("public", sa.String(64), nullable=False),
        sa.Column("since", Instant, nullable=False),
    )
    op.add_column("backorders", sa.Column("chained", Whole, nullable=False, server_default="0"))
    op.add_column("backorders", sa.Column("head", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    """Forget the chains; the rows stay."""
    op.drop_table("evidence_keys")
    op.drop_column("backorders", "head")
    op.drop_column("backorders", "chained")
    for table, columns in reversed(_ADDED.items()):
        for name, _ in reversed(columns):
            op.drop_column(table, name)
