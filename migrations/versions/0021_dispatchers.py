"""Messages are sent by a few dispatchers, each for the people of its shard."""

from zlib import crc32

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SHARDS = 2
FORM, FORM_BEFORE = 3, 2
_PENDING = sa.text("state IN ('planned', 'claimed', 'unknown')")


def upgrade() -> None:
    """Every message that has not gone belongs to its person's shard, and every shard is looked at."""
    for name in ("shard", "priority", "version"):
        op.add_column("messages", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_messages_due",
        "messages",
        ["shard", "priority", "not_before", "number"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    dispatchers = op.create_table(
        "dispatchers",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wake_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_dispatchers")),
    )
    op.bulk_insert(dispatchers, [{"shard": shard, "wake_at": None} for shard in range(SHARDS)])
    _assign(op.get_bind())
    # An empty database has no runs, so that they have the newest form.
    op.execute(
        f"UPDATE compatibility SET histories = {FORM} WHERE histories = {FORM_BEFORE} "
        "AND NOT EXISTS (SELECT 1 FROM backorders) AND NOT EXISTS (SELECT 1 FROM purchase_orders) "
        "AND NOT EXISTS (SELECT 1 FROM messages) AND NOT EXISTS (SELECT 1 FROM replans)"
    )


def _assign(connection: sa.Connection) -> None:
    """Find the shard of everybody to whom something has still to be said, a thousand at a time."""
    after = ""
    people = sa.text(
        "SELECT DISTINCT person FROM messages WHERE state IN ('planned', 'claimed', 'unknown') "
        "AND person > :after ORDER BY person LIMIT 1000"
    )
    while found := list(connection.execute(people, {"after": after}).scalars()):
        rows = [{"person": each, "shard": crc32(str(each).encode()) % SHARDS} for each in found]
        connection.execute(sa.text("UPDATE messages SET shard = :shard WHERE person = :person"), rows)
        after = found[-1]


def downgrade() -> None:
    """Forget the shards."""
    op.execute(f"UPDATE compatibility SET histories = {FORM_BEFORE} WHERE histories = {FORM}")
    op.drop_table("dispatchers")
    op.drop_index("ix_messages_due", "messages")
    for name in ("version", "priority", "shard"):
        op.drop_column("messages", name)
