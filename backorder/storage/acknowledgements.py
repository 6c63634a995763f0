"""Which events the order system has acknowledged, and the messages that wait for that.

An event is acknowledged once every receiver and every key with `acknowledges` that gets it has answered 2xx,
or has read past it. One that nobody gets is acknowledged at once.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, bindparam, exists, or_, select, text, update

from backorder.domain.api_keys import READS_EVENTS
from backorder.domain.event_delivery import READER_STOPPED_AFTER
from backorder.domain.line.authorizations import stamp
from backorder.domain.line.commands import Publish
from backorder.domain.line.published_events import gets
from backorder.ports import Notify
from backorder.storage import swaps, tasks
from backorder.storage.isolation import known
from backorder.storage.receivers import receivers_in
from backorder.storage.tables import api_keys, deliveries, events, messages, receivers, reservations

AWAITED = "event_unacknowledged"
"""The kind of the task that a person gets where a message waits for an event that was given up."""
STOPPED = "reader_stopped"
"""The kind of the task about a key whose reader has stopped while messages wait for it."""
WAITS = "It waits until the order system has acknowledged the event."
"""Why a message has not gone that waits for one."""
EVENTS_A_BATCH = 500
TASKS_AT_MOST = 1000
_IS_UNANSWERED = (
    deliveries.c.receiver == receivers.c.id,
    receivers.c.acknowledges,
    receivers.c.removed_at.is_(None),
    deliveries.c.acknowledged_at.is_(None),
    deliveries.c.state != "dropped",
)
_UNANSWERED = exists().where(deliveries.c.event == events.c.id, *_IS_UNANSWERED)
_UNANSWERED_BY = select(deliveries.c.event).where(
    deliveries.c.event == bindparam("event"), deliveries.c.receiver == bindparam("receiver"), *_IS_UNANSWERED
)
_GIVEN_UP = select(deliveries.c.event).where(
    deliveries.c.event == bindparam("event"), deliveries.c.state == "dead", *_IS_UNANSWERED
)
# Word for word the partial index's condition.
_IS_WAITING = (text("messages.awaits IS NOT NULL"), messages.c.state == "planned")
_WAITING = (
    select(*(messages.c[name] for name in ("id", "shard", "not_before", "fallback_at", "awaits")))
    .join(events, events.c.id == messages.c.awaits)
    .where(*_IS_WAITING)
    .order_by(messages.c.id)
    .limit(EVENTS_A_BATCH)
)
_LET_GO = (
    update(messages)
    .where(messages.c.id == bindparam("_id"), messages.c.awaits == bindparam("_event"))
    .values(awaits=None, reason=None, **{name: bindparam(name) for name in ("not_before", "fallback_at")})
)
_STEPS = select(messages.c.id).where(messages.c.awaits == bindparam("event"), messages.c.state == "planned")


def is_acknowledged() -> ColumnElement[bool]:
    """The condition on `events` that everybody who has to has acknowledged it."""
    return events.c.position.is_not(None) & ~_UNANSWERED & ~is_unread()


def is_unread() -> ColumnElement[bool]:
    """The condition on `events` that a reader who acknowledges what they read has not come so far."""
    return exists().where(_reads(), api_keys.c.acknowledged_position < events.c.position)


def _reads() -> ColumnElement[bool]:
    """The condition on `api_keys` that events wait for the key's reader, who may read them."""
    lasts = api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > datetime.now(UTC))
    may = or_(*(api_keys.c.roles.contains(f'"{role}"') for role in READS_EVENTS))
    return api_keys.c.acknowledges & api_keys.c.revoked_at.is_(None) & lasts & may


def is_expected(connection: Connection, type: str) -> bool:
    """Whether anybody has to acknowledge an event of a type that is written now. type: its whole name."""
    if connection.execute(select(api_keys.c.id).where(_reads()).limit(1)).first() is not None:
        return True
    return any(each.acknowledges and gets(each.types, type) for each in receivers_in(connection))


def as_awaited(connection: Connection, command: Publish, at: datetime) -> dict[str, object]:
    """What an event says: what was taken instead is held for nobody where nobody is to acknowledge it."""
    data = dict(command.data)
    if command.type == "substituted" and not is_expected(connection, f"backorder.{command.type}"):
        data["held_until"] = stamp(at)
    return data


def is_awaited_from(connection: Connection, event: str, receiver: str) -> bool:
    """Whether a message or a swap waits for a receiver to take an event."""
    mine = {"event": event, "receiver": receiver}
    return connection.execute(_UNANSWERED_BY, mine).first() is not None and _is_awaited(connection, event)


def _is_awaited(connection: Connection, event: str) -> bool:
    """Whether a message or a swap waits for an event."""
    held = select(reservations.c.backorder).where(reservations.c.event == event).limit(1)
    if connection.execute(held).first() is not None:
        return True
    return connection.execute(_STEPS.limit(1), {"event": event}).first() is not None


def release(connection: Connection, at: datetime) -> Notify:
    """Let every message go whose event is acknowledged by now, and lines hear of theirs. at: business time.

    Returns what `dispatchers.wake` makes calls of, at the end of the transaction.
    """
    due: dict[int, datetime] = {}
    for row in connection.execute(_WAITING.where(is_acknowledged())).all():
        planned = known(row.not_before) or at
        goes, second = max(planned, at), known(row.fallback_at)
        # It has as long for its first channel as it would have had.
        moved = second + (goes - planned) if second is not None else None
        values = {"_id": row.id, "_event": row.awaits, "not_before": goes, "fallback_at": moved}
        if connection.execute(_LET_GO, values).rowcount:
            tasks.finish(connection, task_key(row.awaits), at)
            due[row.shard] = min(goes, due.get(row.shard, goes))
    lines = swaps.release(connection, is_acknowledged(), at)
    return Notify(due=tuple(sorted(due.items())), backorders=lines)


def heed_readers(connection: Connection, at: datetime) -> None:
    """Tell people of each key whose reader messages have waited for in vain. at: business time.

    A key that has read on, or is good no more, or for which nothing waits any more, is off the list.
    """
    behind = (
        select(api_keys.c.id, api_keys.c.name)
        .join(events, events.c.position > api_keys.c.acknowledged_position)
        .join(messages, messages.c.awaits == events.c.id)
        .where(_reads(), *_IS_WAITING, events.c.at <= at - READER_STOPPED_AFTER)
        .distinct()
        .order_by(api_keys.c.id)
    )
    stopped = {row.id: row.name for row in connection.execute(behind)}
    told = {task.subject for task in tasks.open_of(connection, STOPPED, TASKS_AT_MOST)}
    for id in sorted(told - stopped.keys()):
        tasks.finish(connection, _reader_key(id), at)
    for id in sorted(stopped.keys() - told):
        detail = {"name": stopped[id]}
        tasks.reopen(connection, key=_reader_key(id), kind=STOPPED, subject=id, detail=detail, at=at)


def end_tasks(connection: Connection, at: datetime) -> None:
    """Take tasks about events off the list for which nothing waits any more, or which their receiver took.

    at: business time.
    """
    for task in tasks.open_of(connection, AWAITED, TASKS_AT_MOST):
        event, receiver = task.detail.get("event"), task.detail.get("receiver")
        if not isinstance(event, str):
            continue
        asked = isinstance(receiver, str) and is_awaited_from(connection, event, receiver)
        given_up = connection.execute(_GIVEN_UP, {"event": event}).first() is not None
        if not asked and not (given_up and _is_awaited(connection, event)):
            tasks.finish(connection, task_key(event), at)


def are_tasks_open(connection: Connection) -> bool:
    """Whether people are asked about an event or about a reader."""
    return any(tasks.open_of(connection, kind, 1) for kind in (AWAITED, STOPPED))


def _reader_key(id: str) -> str:
    return f"reader/{id}"


def are_awaited(connection: Connection) -> bool:
    """Whether any message or swap waits for an event."""
    return swaps.are_held(connection) or connection.execute(_WAITING.limit(1)).first() is not None


def task_key(event: str) -> str:
    """The key of the task about an event for which a message waits."""
    return f"awaited/{event}"
