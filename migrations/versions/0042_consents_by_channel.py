"""Consent to promotions by channel, and when it ended."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_KNOWN = "recorded before consents were kept by channel; its words are not known"


def upgrade() -> None:
    """Who had agreed without a channel agreed by mail, where there is an address: a text wants more."""
    op.add_column("consents", sa.Column("ended_at", Instant))
    op.add_column("consents", sa.Column("ended_by", sa.String(64)))
    op.execute(
        "INSERT INTO consents (customer, purpose, wording, evidence, at) "
        f"SELECT id, 'marketing_email', '', '{_KNOWN}', updated_at FROM customers "
        "WHERE marketing_consent AND email IS NOT NULL ORDER BY id"
    )


def downgrade() -> None:
    """Without what has ended, which would stand again."""
    op.execute("DELETE FROM consents WHERE ended_at IS NOT NULL OR purpose LIKE 'marketing_%'")
    op.drop_column("consents", "ended_by")
    op.drop_column("consents", "ended_at")
