"""Events on their way to receivers: what is due, who is sending it, and what came of it. SQL, no rule.

Instants are machine time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from backorder.storage.isolation import known
from backorder.storage.statements import AnyRow
from backorder.storage.tables import deliveries, engine_errors, events

_earlier = deliveries.alias("earlier")
_IS_FREE = or_(deliveries.c.claimed_until.is_(None), deliveries.c.claimed_until <= bindparam("now"))
# Of a line, what was written before goes first if it was never tried, is due as well, or is on its way.
_HAS_EARLIER = exists().where(
    _earlier.c.receiver == deliveries.c.receiver,
    _earlier.c.backorder == deliveries.c.backorder,
    text("earlier.state = 'pending'"),
    _earlier.c.position < deliveries.c.position,
    or_(
        _earlier.c.attempts == 0,
        _earlier.c.due_at <= bindparam("now"),
        _earlier.c.claimed_until > bindparam("now"),
    ),
)
# Word for word the partial indexes' condition.
_PENDING = text("deliveries.state = 'pending'")
_DUE = (
    select(deliveries, events.c.type, events.c.data, events.c.at)
    .join(events, events.c.id == deliveries.c.event)
    .where(
        deliveries.c.receiver == bindparam("receiver"),
        _PENDING,
        deliveries.c.due_at <= bindparam("now"),
        _IS_FREE,
        ~_HAS_EARLIER,
    )
    .order_by(deliveries.c.due_at, deliveries.c.position)
    .limit(bindparam("most"))
)
_ONE = (deliveries.c.receiver == bindparam("_receiver")) & (deliveries.c.event == bindparam("_event"))
_CLAIM = (
    update(deliveries)
    .where(_ONE, _PENDING, deliveries.c.attempts == bindparam("_attempts"))
    .values(
        attempts=deliveries.c.attempts + 1,
        first_at=func.coalesce(deliveries.c.first_at, bindparam("_now", type_=deliveries.c.first_at.type)),
        claimed_until=bindparam("_until", type_=deliveries.c.claimed_until.type),
    )
)
_LOCK = select(deliveries).where(_ONE).with_for_update()
_NEXT = select(func.min(deliveries.c.due_at)).where(
    deliveries.c.receiver == bindparam("receiver"), _PENDING, deliveries.c.due_at > bindparam("now")
)
_NEXT_LOST = select(func.min(deliveries.c.claimed_until)).where(
    deliveries.c.receiver == bindparam("receiver"),
    text("deliveries.claimed_until IS NOT NULL"),
    deliveries.c.claimed_until > bindparam("now"),
)
IS_DEAD = text("deliveries.state = 'dead'")
"""Word for word the partial index's condition."""


def due(connection: Connection, receiver: str, now: datetime, most: int) -> list[AnyRow]:
    """The next deliveries to a receiver, each with its event's type, data and instant."""
    return list(connection.execute(_DUE, {"receiver": receiver, "now": now, "most": most}))


class _DueRow(Protocol):
    receiver: str
    event: str
    attempts: int


def claim(connection: Connection, row: _DueRow, now: datetime, until: datetime) -> bool:
    """Take one for sending. Returns whether nobody else has."""
    values = {"_receiver": row.receiver, "_event": row.event, "_attempts": row.attempts}
    return bool(connection.execute(_CLAIM, values | {"_now": now, "_until": until}).rowcount)


def lock(connection: Connection, receiver: str, event: str) -> AnyRow | None:
    """One delivery, which nobody else writes until the transaction ends."""
    return connection.execute(_LOCK, {"_receiver": receiver, "_event": event}).one_or_none()


def write(connection: Connection, receiver: str, event: str, **values: object) -> None:
    """Write what came of one."""
    mine = (deliveries.c.receiver == receiver) & (deliveries.c.event == event)
    connection.execute(update(deliveries).where(mine).values(**values))


def next_due(connection: Connection, receiver: str, now: datetime) -> datetime | None:
    """When something falls due that is not yet, or is on its way and may be lost by then."""
    values = {"receiver": receiver, "now": now}
    instants = (known(connection.execute(query, values).scalar_one()) for query in (_NEXT, _NEXT_LOST))
    return min((each for each in instants if each is not None), default=None)


def has_dead(connection: Connection, receiver: str) -> bool:
    """Whether a receiver has events that were given up."""
    query = select(deliveries.c.event).where(deliveries.c.receiver == receiver, IS_DEAD).limit(1)
    return connection.execute(query).first() is not None


def still_sent(connection: Connection, receiver: str) -> int:
    """How many events go to a receiver until it takes them; none of those that were given up."""
    mine = (deliveries.c.receiver == receiver) & (deliveries.c.state == "pending")
    query = select(func.count()).select_from(deliveries).where(mine)
    return connection.execute(query).scalar_one()


def _is_undelivered(receiver: str) -> ColumnElement[bool]:
    return (deliveries.c.receiver == receiver) & deliveries.c.state.in_(("pending", "dead"))


def subject_of(event: str) -> str:
    """What an event is called among what can fail."""
    return f"event/{event}"


def drop(connection: Connection, receiver: str, *, but: Sequence[str] = ()) -> None:
    """Nothing more goes to a receiver of what was not delivered. but: types of events that still do."""
    open_ = _is_undelivered(receiver)
    if but:
        open_ &= exists().where(events.c.id == deliveries.c.event, events.c.type.not_in(but))
    # One that cannot be read is noted anew by whoever else gets it.
    subjects = select(literal(subject_of("")) + deliveries.c.event).where(open_)
    connection.execute(delete(engine_errors).where(engine_errors.c.subject.in_(subjects)))
    connection.execute(update(deliveries).where(open_).values(state="dropped", claimed_until=None))


def given_up(connection: Connection, receiver: str) -> int:
    """How many events are sent to a receiver no more."""
    query = select(func.count()).select_from(deliveries).where(deliveries.c.receiver == receiver, IS_DEAD)
    return connection.execute(query).scalar_one()


def type_of(connection: Connection, receiver: str, event: str) -> str | None:
    """The whole name of an event's type; None for one that never was for this receiver."""
    mine = (deliveries.c.receiver == receiver) & (deliveries.c.event == event)
    query = select(events.c.type).join(deliveries, deliveries.c.event == events.c.id).where(mine)
    return connection.execute(query).scalar_one_or_none()


def forget(connection: Connection, receiver: str) -> None:
    """Have nothing on record of what was for a receiver, taken or not."""
    connection.execute(delete(deliveries).where(deliveries.c.receiver == receiver))


def send_again(
    connection: Connection, receiver: str, event: str, now: datetime, *, dropped: bool = False
) -> None:
    """Have one event sent again, whatever became of it. dropped: also if it was not to be sent any more."""
    mine = (deliveries.c.receiver == receiver) & (deliveries.c.event == event)
    if not dropped:
        mine &= deliveries.c.state != "dropped"
    connection.execute(update(deliveries).where(mine).values(_anew(now)))


def send_given_up(connection: Connection, receiver: str, now: datetime, *, most: int) -> list[str]:
    """Have the first of those that were given up sent again. Returns their IDs, in their order."""
    mine = (deliveries.c.receiver == receiver) & IS_DEAD
    query = select(deliveries.c.event).where(mine).order_by(deliveries.c.position).limit(most)
    # One that somebody else writes has just been taken, or is left for the next time.
    first = list(connection.execute(query.with_for_update(skip_locked=True)).scalars())
    connection.execute(update(deliveries).where(mine, deliveries.c.event.in_(first)).values(_anew(now)))
    return first


def _anew(now: datetime) -> dict[str, object]:
    untried = {"state": "pending", "attempts": 0, "first_at": None, "reason": None}
    return untried | {"due_at": now, "claimed_until": None}
