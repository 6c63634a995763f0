"""The entry of an erasure itself names what went, and holds nothing of it.

Those of before held the customer's language, time zone and consents.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

PAGE = 1000
"""Entries that are read at once."""
_SOME = sa.text(
    "SELECT number, before, after FROM audit WHERE kind = 'customer' AND number > :last"
    " AND before IS NOT NULL AND after LIKE '%\"erased_at\"%' ORDER BY number LIMIT :page"
)
_EMPTY = sa.text("UPDATE audit SET before = :before WHERE number = :number")


def upgrade() -> None:
    """Empty them, page by page."""
    connection, last = op.get_bind(), -1
    while rows := connection.execute(_SOME, {"last": last, "page": PAGE}).all():
        last = rows[-1].number
        emptied = [
            {"number": row.number, "before": named}
            for row in rows
            if _erases(row.after) and (named := _names(row.before)) != row.before
        ]
        if emptied:
            connection.execute(_EMPTY, emptied)


def downgrade() -> None:
    """What is gone is gone."""


def _erases(after: str) -> bool:
    """Whether the customer was erased by the call; one who orders again is not any more."""
    found = _read(after)
    return isinstance(found, dict) and found.get("erased_at") is not None


def _names(before: str) -> str | None:
    """The fields that went, without their values; None for what cannot be read."""
    found = _read(before)
    if not isinstance(found, dict):
        return None
    return json.dumps(dict.fromkeys(found, "…"), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
