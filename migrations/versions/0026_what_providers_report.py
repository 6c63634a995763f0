"""What providers report about sends, where nothing goes any more, and what customers text."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant, Whole

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_KNOWN = sa.text("provider_id IS NOT NULL")


def upgrade() -> None:
    """So far nothing was reported, and nobody was suppressed."""
    op.add_column("promises", sa.Column("takes_back", Whole))
    op.add_column("sends", sa.Column("delivery", sa.String(16)))
    op.create_index(
        "ix_sends_provider_id", "sends", ["provider_id"], sqlite_where=_KNOWN, postgresql_where=_KNOWN
    )
    _reports()
    _suppressions()
    _texts()


def _reports() -> None:
    op.create_table(
        "delivery_reports",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("says", sa.String(64), nullable=False),
        sa.Column("send", sa.String(32), sa.ForeignKey("sends.id")),
        sa.Column("said", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False, server_default=""),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("at", Instant, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.UniqueConstraint("says", name=op.f("uq_delivery_reports_says")),
    )
    op.create_index("ix_delivery_reports_send", "delivery_reports", ["send"])


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("channel", sa.String(8), primary_key=True),
        sa.Column("address", sa.String(320), primary_key=True),
        sa.Column("cause", sa.String(16), primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("evidence", sa.String(200), nullable=False, server_default=""),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("lifted_at", Instant),
        sa.Column("lifted_by", sa.String(64)),
    )
    op.create_index(
        "ix_suppressions_at_channel_address_cause", "suppressions", ["at", "channel", "address", "cause"]
    )


def _texts() -> None:
    op.create_table(
        "inbound_texts",
        sa.Column("sid", sa.String(64), primary_key=True),
        sa.Column("sender", sa.String(320), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("asked", sa.String(8), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("answer", sa.Text),
    )
    op.create_index("ix_inbound_texts_sender_received_at", "inbound_texts", ["sender", "received_at"])


def downgrade() -> None:
    """Forget it."""
    for table in ("inbound_texts", "suppressions", "delivery_reports"):
        op.drop_table(table)
    op.drop_index("ix_sends_provider_id", "sends")
    op.drop_column("sends", "delivery")
    op.drop_column("promises", "takes_back")
