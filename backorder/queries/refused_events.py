"""Events of a line that a receiver refuses: shown on the line once that goes on for an hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, select, text

from backorder.domain.event_delivery import SHOWN_AFTER
from backorder.domain.tasks import EVENTS_REFUSED
from backorder.domain.texts import shown
from backorder.queries.views import NextView
from backorder.storage.isolation import known, sound
from backorder.storage.tables import deliveries, events, receivers

SHOWN = 10
_REFUSED = (
    select(deliveries, events.c.type)
    .join(events, events.c.id == deliveries.c.event)
    .join(receivers, receivers.c.id == deliveries.c.receiver)
    .where(
        deliveries.c.backorder == bindparam("backorder"),
        # Word for word the partial index's condition.
        text("deliveries.state IN ('pending', 'dead') AND deliveries.attempts > 0"),
        deliveries.c.first_at <= bindparam("since"),
        receivers.c.removed_at.is_(None),
    )
    .order_by(deliveries.c.first_at, deliveries.c.position)
    .limit(SHOWN)
)


def refused_events(connection: Connection, backorder: str, at: datetime) -> Sequence[NextView]:
    """What a receiver has not taken of a line's events for an hour of machine time. at: business time."""
    values = {"backorder": backorder, "since": datetime.now(UTC) - SHOWN_AFTER}
    rows = connection.execute(_REFUSED, values)
    found, _ = sound(rows, lambda row: _words(row), lambda row: (f"event/{row.event}", backorder))
    return [NextView(at=at, what=EVENTS_REFUSED, why=each) for each in found]


class _RefusedRow(Protocol):
    state: str
    attempts: int
    reason: str | None
    type: str
    receiver: str


def _words(row: _RefusedRow) -> str:
    fate = "it was given up" if row.state == "dead" else "it is tried again"
    times = "once" if row.attempts == 1 else f"{row.attempts} times"
    why = known(row.reason) or "it did not answer"
    return f"receiver {shown(row.receiver)} was called {times} with {row.type}, and {why}; {fate}"
