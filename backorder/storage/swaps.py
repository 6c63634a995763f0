"""Alternatives that were taken and wait for the order system, and what is heard of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from backorder.domain.line.events import SubstitutionRuled
from backorder.storage.asked_of_lines import add_request
from backorder.storage.codec import digest, dump_request
from backorder.storage.tables import events, requests, reservations

KIND = "swap"
_HELD = (
    select(reservations.c.backorder, reservations.c.request, reservations.c.event)
    .join(events, events.c.id == reservations.c.event)
    .order_by(reservations.c.backorder)
)
_OPEN = select(requests.c.id).where(requests.c.verdict.is_(None), requests.c.kind == KIND)


def are_held(connection: Connection) -> bool:
    """Whether any alternative waits for the order system."""
    return connection.execute(_HELD.limit(1)).first() is not None


def release(connection: Connection, acknowledged: object, at: datetime) -> tuple[str, ...]:
    """Put on record which alternatives were taken over; their lines rule on it once they are woken.

    acknowledged: the condition on `events`. at: business time. Returns the lines.
    """
    found = connection.execute(_HELD.where(acknowledged)).all()  # type: ignore[arg-type]
    for row in found:
        taken_over(connection, row.backorder, row.request, row.event, at)
    return tuple(row.backorder for row in found)


def taken_over(
    connection: Connection, backorder: str, request: str, event: str, at: datetime, *, assumed: bool = False
) -> None:
    """Put on record that the order system has an alternative: it acknowledged the event.

    at: business time. assumed: nobody is there to acknowledge it.
    """
    outcome = SubstitutionRuled(
        at=at, day=at.date(), request=event, taken=True, received_at=at, swap=request, assumed=assumed
    )
    content = dump_request(KIND, outcome)
    row = {"backorder": backorder, "id": f"{KIND}-{event}", "kind": KIND, "requested_at": at}
    add_request(connection, row | {"content": content, "content_hash": digest(content), "evidence": ""})
    mine = (reservations.c.backorder == backorder) & (reservations.c.event == event)
    connection.execute(update(reservations).where(mine).values(event=None))


def unheard(connection: Connection, backorder: str) -> list[str]:
    """What the order system said about a line's swap, and the line has not ruled on, in its order."""
    query = _OPEN.where(requests.c.backorder == backorder).order_by(requests.c.requested_at, requests.c.id)
    return list(connection.execute(query).scalars())
