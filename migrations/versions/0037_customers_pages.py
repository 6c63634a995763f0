"""Messages to an address that is not on record; and what customers agreed to on their page."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column and a table."""
    op.add_column("messages", sa.Column("address", sa.Text()))
    op.create_table(
        "consents",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(length=128), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_consents_customer")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_customer", "consents", ["customer"])


def downgrade() -> None:
    """Without them."""
    op.drop_table("consents")
    op.drop_column("messages", "address")
