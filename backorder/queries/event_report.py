"""How the events stand that programs hear of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from backorder.storage.isolation import known
from backorder.storage.receivers import LIVE
from backorder.storage.tables import deliveries, events


@dataclass(frozen=True, kw_only=True, slots=True)
class EventReport:
    """unplaced: written, and not in the feed yet. waiting: on their way to receivers. refused: of those,
    tried and not taken. dead: given up. oldest: when the first of `unplaced` was written, business time.
    """

    unplaced: int
    waiting: int
    refused: int
    dead: int
    oldest: datetime | None


# Word for word the partial indexes' conditions.
_UNPLACED = select(func.count(), func.min(events.c.at)).where(text("events.position IS NULL"))
_WAITING = (
    select(func.count())
    .select_from(deliveries)
    .where(text("deliveries.state = 'pending'"), deliveries.c.receiver.in_(LIVE))
)
_TRIED = (
    select(deliveries.c.state, func.count().label("how_many"))
    .where(
        text("deliveries.state IN ('pending', 'dead') AND deliveries.attempts > 0"),
        deliveries.c.receiver.in_(LIVE),
    )
    .group_by(deliveries.c.state)
)


def event_report(connection: Connection) -> EventReport:
    """How they stand."""
    unplaced, oldest = connection.execute(_UNPLACED).one()
    tried: dict[str, int] = {row.state: row.how_many for row in connection.execute(_TRIED)}
    return EventReport(
        unplaced=unplaced,
        waiting=connection.execute(_WAITING).scalar_one(),
        refused=tried.get("pending", 0),
        dead=tried.get("dead", 0),
        oldest=known(oldest),
    )


def events_in_words(connection: Connection) -> str:
    """For the operator, in a line."""
    found = event_report(connection)
    words = f"Events on their way to receivers: {found.waiting}, of which refused so far: {found.refused}."
    return words + (f" Given up: {found.dead}." if found.dead else "")
