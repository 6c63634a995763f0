"""Which events the order system has acknowledged, and the messages that wait for that.

An event is acknowledged once every receiver and every key with `acknowledges` that gets it has answered 2xx,
or has read past it. One that nobody gets is acknowledged at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, select, text, update

from backorder.domain.line.published_events import gets
from backorder.ports import Notify
from backorder.storage import tasks
from backorder.storage.isolation import known
from backorder.storage.receivers import receivers_in
from backorder.storage.tables import deliveries, events, messages, receivers

AWAITED = "event_unacknowledged"
"""The kind of the task that a person gets where a message waits for an event that was given up."""
AT_ONCE = 500
_UNANSWERED = exists().where(
    deliveries.c.event == events.c.id,
    deliveries.c.receiver == receivers.c.id,
    receivers.c.acknowledges,
    receivers.c.removed_at.is_(None),
    deliveries.c.acknowledged_at.is_(None),
    deliveries.c.state != "dropped",
)
_WAITING = (
    select(messages.c.id, messages.c.shard, messages.c.not_before, messages.c.awaits)
    .join(events, events.c.id == messages.c.awaits)
    # Word for word the partial index's condition.
    .where(text("messages.awaits IS NOT NULL"), messages.c.state == "planned")
    .order_by(messages.c.id)
    .limit(AT_ONCE)
)
_LET_GO = (
    update(messages)
    .where(messages.c.id == bindparam("_id"), messages.c.awaits == bindparam("_event"))
    .values(awaits=None, reason=None)
)
_STEPS = select(messages.c.id).where(messages.c.awaits == bindparam("event"), messages.c.state == "planned")


def is_acknowledged() -> ColumnElement[bool]:
    """The condition on `events` that everybody who has to has acknowledged it."""
    return events.c.position.is_not(None) & ~_UNANSWERED


def is_expected(connection: Connection, type: str) -> bool:
    """Whether anybody has to acknowledge an event of a type that is written now. type: its whole name."""
    return any(each.acknowledges and gets(each.types, type) for each in receivers_in(connection))


def is_awaited(connection: Connection, event: str) -> bool:
    """Whether a message waits for an event."""
    return connection.execute(_STEPS.limit(1), {"event": event}).first() is not None


def release(connection: Connection, at: datetime) -> Notify:
    """Let every message go whose event is acknowledged by now. at: business time.

    Returns what `dispatchers.wake` makes calls of, at the end of the transaction.
    """
    due: dict[int, datetime] = {}
    for row in connection.execute(_WAITING.where(is_acknowledged())).all():
        if connection.execute(_LET_GO, {"_id": row.id, "_event": row.awaits}).rowcount:
            tasks.finish(connection, task_key(row.awaits), at)
            due[row.shard] = min(_due(row, at), due.get(row.shard, at))
    return Notify(due=tuple(sorted(due.items())))


def task_key(event: str) -> str:
    """The key of the task about an event for which a message waits."""
    return f"awaited/{event}"


def _due(row: Any, at: datetime) -> datetime:
    return max(known(row.not_before) or at, at)
