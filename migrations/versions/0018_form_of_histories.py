"""The form of the histories of open runs in Temporal; programs before 0.2.0 know no name of 0017."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OLDEST, BEFORE = "0.2.0", "0.1.0"
FORM, FORM_BEFORE = 2, 1


def upgrade() -> None:
    """Where there is anything to look after, its runs have the form before."""
    op.add_column(
        "compatibility", sa.Column("histories", sa.Integer(), nullable=False, server_default=str(FORM_BEFORE))
    )
    # An empty database has no runs.
    op.execute(
        f"UPDATE compatibility SET oldest_program = '{OLDEST}', histories = CASE WHEN "
        "EXISTS (SELECT 1 FROM backorders) OR EXISTS (SELECT 1 FROM purchase_orders) "
        "OR EXISTS (SELECT 1 FROM messages) OR EXISTS (SELECT 1 FROM replans) "
        f"THEN {FORM_BEFORE} ELSE {FORM} END"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute(f"UPDATE compatibility SET oldest_program = '{BEFORE}'")
    op.drop_column("compatibility", "histories")
