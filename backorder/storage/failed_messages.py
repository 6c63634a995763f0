"""What lines said that did not arrive lately, though nothing later makes good for it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.saying import Saying
from backorder.domain.notifications import BESIDE_KINDS, OWED_KINDS, Kind
from backorder.domain.page_limits import STILL_OF_USE
from backorder.storage.codec import load_facts
from backorder.storage.tables import message_items, messages

OWED = [kind.value for kind in OWED_KINDS - BESIDE_KINDS]
FAILED = (messages.c.state == "failed", messages.c.copy_of.is_(None), messages.c.kind.in_(OWED))
_FAILED_OF_LINE = (
    select(message_items.c.step, message_items.c.facts, messages.c.kind)
    .join(messages, messages.c.id == message_items.c.message)
    .where(
        message_items.c.backorder == bindparam("id"),
        *FAILED,
        messages.c.recorded_at > bindparam("since"),
    )
    .order_by(messages.c.number)
)


def failed_lately(connection: Connection, backorder: str) -> tuple[Saying, ...]:
    """What one line said that did not arrive."""
    rows = connection.execute(_FAILED_OF_LINE, {"id": backorder, "since": datetime.now(UTC) - STILL_OF_USE})
    return tuple(Saying(key=row.step, kind=Kind(row.kind), facts=load_facts(row.facts)) for row in rows)
