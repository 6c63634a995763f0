"""The feed of events, for those who rather ask than be called: in the order of their positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, select

from backorder.domain.line.published_events import PREFIX, PUBLISHED_EVENTS, envelope
from backorder.domain.texts import shown
from backorder.errors import RefusedError
from backorder.storage.codec import load_object
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.event_positions import last_position
from backorder.storage.isolation import sound
from backorder.storage.tables import events

LIMIT, MOST = 100, 1000
"""Events of a page, usually and at most."""
FURTHEST = 2**63 - 1
_AFTER = (
    select(events)
    .where(events.c.position > bindparam("after"))
    .order_by(events.c.position)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEvent:
    """An event as readers and receivers get it: see `envelope`. position: what to go on after."""

    position: int
    id: str
    type: str
    timestamp: str
    data: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPage:
    """Events in order. after: the position to ask for next; nothing before it is left out.

    more: there is another event already.
    """

    events: Sequence[FeedEvent]
    after: int
    more: bool


def event_feed(
    database: Database, *, after: int = 0, limit: int = LIMIT, types: Sequence[str] = ()
) -> FeedPage:
    """The events behind a position. types: whole names, none for all.

    Raises RefusedError for what means nothing.
    """
    _check(after, limit, types)
    with reading(database.engine) as connection:
        query = _AFTER.where(events.c.type.in_(sorted(types))) if types else _AFTER
        rows = connection.execute(query, {"after": after, "limit": limit + 1}).all()
        page, more = rows[:limit], len(rows) > limit
        # Where a filter leaves out the rest, who asks next need not look through it again. Who asks for what
        # is behind the last position, as after a backup was restored, would miss what comes until then.
        last = page[-1].position if more else last_position(connection)
        found, _ = sound(page, feed_event, lambda row: (f"event/{row.id}", ""))
    return FeedPage(events=found, after=last, more=more)


class EventRow(Protocol):
    data: str
    type: str
    at: datetime
    backorder: str
    position: int
    id: str


def feed_event(row: EventRow) -> FeedEvent:
    """An event of a row. Raises UnreadableError."""
    data = load_object(row.data, "what an event says")
    whole = envelope(row.type, row.at, row.backorder, data)
    return FeedEvent(position=row.position, id=row.id, **whole)


def _check(after: int, limit: int, types: Sequence[str]) -> None:
    faults = [fault for each in types if (fault := fault_of_type(each))]
    if not 0 <= after <= FURTHEST:
        faults.append("after: must be a position that the feed has given, or 0 for its beginning")
    if not 1 <= limit <= MOST:
        faults.append(f"limit: must be from 1 to {MOST}")
    if faults:
        raise RefusedError(faults)


def fault_of_type(type: str) -> str:
    """What is wrong with the name of a type of events; "" for nothing."""
    if type.removeprefix(PREFIX) in PUBLISHED_EVENTS and type.startswith(PREFIX):
        return ""
    known = ", ".join(PREFIX + each for each in sorted(PUBLISHED_EVENTS))
    return f"type: {shown(type)} is none; there are {known}"
