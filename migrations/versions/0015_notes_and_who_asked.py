"""What people wrote down about lines and tasks; and which request an entry of a timeline came from."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for both."""
    op.create_table(
        "notes",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("id", sa.String(160), nullable=False),
        sa.Column("backorder", sa.String(1024)),
        sa.Column("task", sa.String(32)),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.CheckConstraint("(backorder IS NULL) <> (task IS NULL)", name=op.f("ck_notes_about")),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_notes_backorder")),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name=op.f("fk_notes_task")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notes")),
        sa.UniqueConstraint("backorder", "id", name=op.f("uq_notes_backorder_id")),
        sa.UniqueConstraint("task", "id", name=op.f("uq_notes_task_id")),
    )
    op.add_column("timeline", sa.Column("request", sa.String(160)))


def downgrade() -> None:
    """Forget both."""
    op.drop_column("timeline", "request")
    op.drop_table("notes")
