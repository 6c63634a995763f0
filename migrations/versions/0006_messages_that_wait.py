"""Messages that wait: their next try and why, the channels' standing, the look that a decision wants."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WAITING = sa.text("state IN ('planned', 'claimed', 'unsettled')")
_PLANNED = sa.text("state IN ('planned', 'claimed')")
_WANTED = sa.text("look_at IS NOT NULL")
# A message whose outcome is unclear is looked up by the address that it went to.
_ADDRESSES = """
UPDATE sends SET address = (
    SELECT CASE WHEN sends.channel = 'email' THEN c.email ELSE c.phone END
    FROM messages m JOIN customers c ON m.person = 'customer/' || c.id WHERE m.id = sends.message
) WHERE state IN ('claimed', 'unsettled')
"""


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("messages", sa.Column("try_at", Instant()))
    for count in ("looks", "absences"):
        op.add_column("messages", sa.Column(count, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("messages", sa.Column("reason", sa.Text()))
    op.add_column("sends", sa.Column("address", sa.Text()))
    op.execute(_ADDRESSES)
    op.drop_index("ix_messages_planned", "messages")
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["person", "not_before"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.add_column("backorders", sa.Column("look_at", Instant()))
    op.create_index(
        "ix_backorders_look_at", "backorders", ["look_at"], sqlite_where=_WANTED, postgresql_where=_WANTED
    )
    op.create_table(
        "channels",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("since", Instant()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("account_errors", sa.Integer(), nullable=False),
        sa.Column("probe_at", Instant()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channels")),
    )


def downgrade() -> None:
    """Take them away again; what is waiting is tried at once."""
    op.drop_table("channels")
    op.drop_index("ix_backorders_look_at", "backorders")
    op.drop_column("backorders", "look_at")
    op.drop_index("ix_messages_waiting", "messages")
    op.create_index(
        "ix_messages_planned",
        "messages",
        ["person", "not_before"],
        sqlite_where=_PLANNED,
        postgresql_where=_PLANNED,
    )
    op.drop_column("sends", "address")
    for column in ("reason", "absences", "looks", "try_at"):
        op.drop_column("messages", column)
