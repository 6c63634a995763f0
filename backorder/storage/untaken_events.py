"""Events that have still to reach an order system, and would be of no use to it once they are emptied."""

from __future__ import annotations

import json
from typing import Protocol

from sqlalchemy import Connection, bindparam, exists, or_, select

from backorder.domain.line.published_events import gets
from backorder.storage.acknowledgements import is_expected, is_unread
from backorder.storage.receivers import receivers_in
from backorder.storage.tables import backorders, deliveries, events

_ON_ITS_WAY = exists().where(deliveries.c.event == events.c.id, deliveries.c.state == "pending")
_UNTAKEN = (
    select(events.c.backorder, events.c.type, events.c.data, events.c.position)
    .join(backorders, backorders.c.id == events.c.backorder)
    .where(backorders.c.customer == bindparam("customer"), backorders.c.erased_at.is_(None))
    .order_by(events.c.backorder)
)


class _EventRow(Protocol):
    type: str
    data: str
    position: int | None


def lines_of_untaken_codes(connection: Connection, customer: str) -> list[str]:
    """Lines of a customer with an event that is on its way to a receiver, or that a reader who acknowledges
    what they read has not read, as far as it has a coupon's code, which an erasure empties: without it a
    coupon could be neither issued nor voided. What was given up is over.
    """
    open_ = or_(events.c.position.is_(None), _ON_ITS_WAY, is_unread())
    rows = connection.execute(_UNTAKEN.where(open_), {"customer": customer}).all()
    return list(dict.fromkeys(row.backorder for row in rows if _has_code(row) and _goes(connection, row)))


def _has_code(row: _EventRow) -> bool:
    return bool(json.loads(row.data).get("code"))


def _goes(connection: Connection, row: _EventRow) -> bool:
    """Whether anybody gets it; of one that has its place that is known."""
    if row.position is not None or is_expected(connection, row.type):
        return True
    return any(gets(each.types, row.type) for each in receivers_in(connection))
