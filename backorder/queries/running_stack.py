"""What a stack that runs on this machine says of its database, and what the demo's screen shows of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from backorder.storage.tables import (
    backorders,
    demands,
    events,
    message_items,
    messages,
    products,
    sends,
    timeline,
)

_SENT = (
    select(
        *(sends.c[name] for name in ("id", "message", "channel", "subject", "text")),
        messages.c.kind,
        message_items.c.backorder,
    )
    .join(messages, messages.c.id == sends.c.message)
    .join(message_items, message_items.c.message == messages.c.id, isouter=True)
    .where(sends.c.state == "sent")
    .order_by(sends.c.recorded_at)
)
_RUNNING = (
    select(
        *(backorders.c[name] for name in ("id", "line_version")),
        *(demands.c[name] for name in ("open", "allocated", "position")),
        products.c.name,
    )
    .join(products, products.c.sku == backorders.c.sku)
    .join(demands, demands.c.backorder == backorders.c.id)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SentItem:
    """A message that has gone, once for each thing that it is about.

    send: of which attempt. about: a line, or one of a purchase order; "" for neither. words: its subject, or
    a text.
    """

    send: str
    message: str
    kind: str
    channel: str
    about: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LineInQueue:
    """A line and its units. version: of its state, which need not be read again while it is the same.

    open, allocated: units. position: in its queue, None where it was never pegged.
    """

    id: str
    version: int
    product: str
    open: int
    allocated: int
    position: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenEvent:
    """An event for the order system. at: the business instant. type: as receivers get it."""

    number: int
    at: datetime
    type: str
    line: str
    data: Mapping[str, object]


def line_counts(connection: Connection) -> tuple[int, int]:
    """How many lines are open, and how many are closed."""
    is_open = backorders.c.closed_at.is_(None)
    rows = connection.execute(select(is_open, func.count()).group_by(is_open))
    counts = {bool(still_open): count for still_open, count in rows}
    return counts.get(True, 0), counts.get(False, 0)


def last_entry(connection: Connection) -> datetime | None:
    """The business instant of the last thing that was written down about a line; None in a new database."""
    found: datetime | None = connection.execute(select(func.max(timeline.c.at))).scalar_one_or_none()
    return found


def sent_items(connection: Connection) -> Iterator[SentItem]:
    """Every message that has gone, in the order in which that was written down."""
    for row in connection.execute(_SENT):
        yield SentItem(
            send=row.id,
            message=row.message,
            kind=row.kind,
            channel=row.channel,
            about=row.backorder or "",
            words=row.subject or row.text,
        )


def lines_in_queue(connection: Connection) -> dict[str, LineInQueue]:
    """Every line, by its ID."""
    return {
        row.id: LineInQueue(
            id=row.id,
            version=row.line_version,
            product=row.name,
            open=row.open,
            allocated=row.allocated,
            position=row.position,
        )
        for row in connection.execute(_RUNNING)
    }


def events_after(connection: Connection, number: int) -> Iterator[WrittenEvent]:
    """Those that were written after the one of this number, in their order."""
    query = select(events).where(events.c.number > number).order_by(events.c.number)
    for row in connection.execute(query):
        data: Mapping[str, object] = json.loads(row.data)
        yield WrittenEvent(number=row.number, at=row.at, type=row.type, line=row.backorder, data=data)
