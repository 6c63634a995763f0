"""Receivers of events: what each gets, and what it has not taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, func, select, text

from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.isolation import known, sound
from backorder.storage.receivers import Receiver, receivers_in
from backorder.storage.tables import deliveries, events

SHOWN = 50
"""The newest deliveries of a receiver that are shown, and as many of those that were not taken."""
# Word for word the partial indexes' conditions.
_WAITING = (
    select(func.count())
    .select_from(deliveries)
    .where(deliveries.c.receiver == bindparam("receiver"), text("deliveries.state = 'pending'"))
)
_DEAD = (
    select(func.count())
    .select_from(deliveries)
    .where(deliveries.c.receiver == bindparam("receiver"), text("deliveries.state = 'dead'"))
)
_SINCE = select(func.min(deliveries.c.first_at)).where(
    deliveries.c.receiver == bindparam("receiver"),
    text("deliveries.state IN ('pending', 'dead') AND deliveries.attempts > 0"),
)
_DELIVERIES = (
    select(deliveries, events.c.type)
    .join(events, events.c.id == deliveries.c.event)
    .where(deliveries.c.receiver == bindparam("receiver"))
    .order_by(deliveries.c.position.desc())
    .limit(SHOWN)
)
_REFUSED = _DELIVERIES.where(text("deliveries.state IN ('pending', 'dead') AND deliveries.attempts > 0"))


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryView:
    """An event for a receiver. id: the event's. state: pending, delivered, dead (given up) or dropped (not
    taken by the time the receiver got this type no more). next_attempt: machine time, None where there is
    none. reason: why it was not taken.
    """

    id: str
    position: int
    type: str
    backorder: str
    state: str
    attempts: int
    next_attempt: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiverView:
    """A receiver. types: of the events that it gets, none for all. by_settings: the settings name it.

    waiting: events on their way to it. dead: given up. refused_since: the first attempt of those that it did
    not take. old_secret_until: until when the secret of before signs too. deliveries: the newest, and those
    that it did not take, the newest first. Instants are machine time.
    """

    id: str
    url: str
    types: tuple[str, ...]
    acknowledges: bool
    by_settings: bool
    waiting: int
    dead: int
    refused_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    deliveries: tuple[DeliveryView, ...] = ()


def receiver_list(database: Database) -> Sequence[ReceiverView]:
    """All receivers, by their IDs."""
    with reading(database.engine) as connection:
        return [_view(connection, each) for each in receivers_in(connection)]


def _view(connection: Connection, each: Receiver) -> ReceiverView:
    mine = {"receiver": each.id}
    rows = {row.event: row for query in (_DELIVERIES, _REFUSED) for row in connection.execute(query, mine)}
    found, _ = sound(rows.values(), _delivery, lambda row: (f"event/{row.event}", row.backorder))
    return ReceiverView(
        id=each.id,
        url=each.url,
        types=each.types,
        acknowledges=each.acknowledges,
        by_settings=each.by_settings,
        waiting=connection.execute(_WAITING, mine).scalar_one(),
        dead=connection.execute(_DEAD, mine).scalar_one(),
        refused_since=known(connection.execute(_SINCE, mine).scalar_one()),
        old_secret_until=each.old_secret_until,
        created_at=each.created_at,
        deliveries=tuple(sorted(found, key=lambda row: -row.position)),
    )


class _DeliveryRow(Protocol):
    event: str
    position: int
    type: str
    backorder: str
    state: str
    attempts: int
    due_at: datetime
    reason: str | None


def _delivery(row: _DeliveryRow) -> DeliveryView:
    return DeliveryView(
        id=row.event,
        position=row.position,
        type=row.type,
        backorder=row.backorder,
        state=row.state,
        attempts=row.attempts,
        next_attempt=row.due_at if row.state == "pending" else None,
        reason=row.reason or "",
    )
