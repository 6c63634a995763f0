"""Events are placed once they are committed, and sent to receivers."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was written so far is placed as it is numbered; nobody waits for an acknowledgement yet."""
    op.add_column("events", sa.Column("position", sa.BigInteger()))
    op.execute("UPDATE events SET position = number")
    op.create_index(op.f("ix_events_position"), "events", ["position"], unique=True)
    _index("ix_events_unplaced", "events", ["number"], "position IS NULL")
    dispatch = op.create_table(
        "event_dispatch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wake_at", Instant()),
        sa.CheckConstraint("id = 1", name=op.f("ck_event_dispatch_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_dispatch")),
    )
    op.bulk_insert(dispatch, [{"id": 1, "wake_at": None}])
    _receivers()
    _deliveries()
    op.add_column("messages", sa.Column("awaits", sa.String(32)))
    _index("ix_messages_awaits", "messages", ["awaits"], "awaits IS NOT NULL")


def _receivers() -> None:
    op.create_table(
        "receivers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("acknowledges", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text()),
        sa.Column("old_secret_until", Instant()),
        sa.Column("by_settings", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receivers")),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("receiver", sa.String(64), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("backorder", sa.String(1024), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("first_at", Instant()),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("claimed_until", Instant()),
        sa.Column("acknowledged_at", Instant()),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'dead', 'dropped')", name=op.f("ck_deliveries_state")
        ),
        sa.ForeignKeyConstraint(["receiver"], ["receivers.id"], name=op.f("fk_deliveries_receiver")),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name=op.f("fk_deliveries_event")),
        sa.PrimaryKeyConstraint("receiver", "event", name=op.f("pk_deliveries")),
    )
    pending = "state = 'pending'"
    op.create_index(op.f("ix_deliveries_event"), "deliveries", ["event"])
    _index("ix_deliveries_due", "deliveries", ["receiver", "due_at", "position"], pending)
    _index("ix_deliveries_order", "deliveries", ["receiver", "backorder", "position"], pending)
    _index("ix_deliveries_claimed", "deliveries", ["receiver", "claimed_until"], "claimed_until IS NOT NULL")
    refused = "state IN ('pending', 'dead') AND attempts > 0"
    _index("ix_deliveries_refused", "deliveries", ["backorder", "first_at"], refused)
    _index("ix_deliveries_dead", "deliveries", ["receiver", "position"], "state = 'dead'")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Forget it."""
    op.drop_index("ix_messages_awaits", "messages")
    op.drop_column("messages", "awaits")
    op.drop_table("deliveries")
    op.drop_table("receivers")
    op.drop_table("event_dispatch")
    op.drop_index("ix_events_unplaced", "events")
    op.drop_index(op.f("ix_events_position"), "events")
    op.drop_column("events", "position")
