"""The position of each event: given once its transaction is committed, by one writer, in order.

A number taken inside a transaction is passed by readers while that is open, and lost. One transaction
at a time gives the next positions; whatever it does not see yet gets a later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Integer, bindparam, insert, select, text, update

from backorder.domain.line.published_events import gets
from backorder.storage.compiled import change, fetch, first
from backorder.storage.last_positions import last_of
from backorder.storage.receivers import Receiver, receivers_in
from backorder.storage.tables import deliveries, events

EVENTS_A_BATCH = 500
"""Events that are placed in one transaction."""
# The events of a line are written while its row is locked, so that their numbers are in its order.
_UNPLACED = (
    select(events.c.number, events.c.id, events.c.backorder, events.c.type)
    .where(text("events.position IS NULL"))  # word for word the partial index's condition
    .order_by(events.c.number)
    .limit(bindparam("limit", type_=Integer))
)
_LAST = last_of("events")
# SQLite has one writer anyway.
_ONE_AT_A_TIME = text(f"SELECT pg_advisory_xact_lock({0x706F7365})")
_PLACE = update(events).where(events.c.number == bindparam("_number")).values(position=bindparam("place"))
_DELIVER = insert(deliveries)


def last_position(connection: Connection) -> int:
    """The last position that was given; 0 for none."""
    last: int = max(*connection.execute(_LAST).one())
    return last


def are_unplaced(connection: Connection) -> bool:
    """Whether an event waits for its position."""
    return first(connection, _UNPLACED, {"limit": 1}) is not None


def place(connection: Connection, now: datetime) -> int:
    """Give positions, and every receiver a delivery of what it gets. now: machine time.

    Returns how many events were placed, `EVENTS_A_BATCH` at most.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)
    last = last_position(connection)
    found = fetch(connection, _UNPLACED, {"limit": EVENTS_A_BATCH})
    if not found:
        return 0
    placed = list(enumerate(found, start=last + 1))
    change(connection, _PLACE, [{"_number": row.number, "place": position} for position, row in placed])
    wanted = [row for to in receivers_in(connection, stay=True) for row in _of(to, placed, now)]
    if wanted:
        change(connection, _DELIVER, wanted)
    return len(found)


class _EventRow(Protocol):
    id: str
    type: str
    backorder: str


def _of(
    receiver: Receiver, placed: Iterable[tuple[int, _EventRow]], now: datetime
) -> Iterable[dict[str, object]]:
    for position, row in placed:
        if gets(receiver.types, row.type):
            yield {
                "receiver": receiver.id,
                "event": row.id,
                "position": position,
                "backorder": row.backorder,
                "state": "pending",
                "due_at": now,
            }
