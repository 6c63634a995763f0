"""Keys of programs, what they asked for under keys of their own, and who changed what."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant, Whole

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has a key yet."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("networks", sa.Text, nullable=False, server_default="[]"),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant),
        sa.Column("revoked_at", Instant),
        sa.Column("used_at", Instant),
        sa.Column("acknowledges", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("acknowledged_position", Whole, nullable=False, server_default="0"),
    )
    _asked()
    _changed()


def _asked() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("api_key", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_index("ix_idempotency_keys_at", "idempotency_keys", ["at"])


def _changed() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("object", sa.String(1024), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.UniqueConstraint("position", name="uq_audit_position"),
    )
    op.create_index("ix_audit_kind_object_number", "audit", ["kind", "object", "number"])
    op.create_index("ix_audit_actor_number", "audit", ["actor", "number"])
    op.create_index(
        "ix_audit_unplaced",
        "audit",
        ["number"],
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )


def downgrade() -> None:
    """Forget all of it."""
    for table in ("audit", "idempotency_keys", "api_keys"):
        op.drop_table(table)
