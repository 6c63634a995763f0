"""What lines hear of their messages; kept with the item as long as the line cannot be read."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, exists, or_, select, text, update

from backorder.domain.calendar import Calendar
from backorder.domain.line.events import (
    Event,
    MessageDelivered,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
)
from backorder.domain.notifications import COMMERCIAL_KINDS, KINDS, Kind
from backorder.storage.codec import dump_json, load_window
from backorder.storage.isolation import readable
from backorder.storage.tables import message_items, messages, promises

OUTCOMES: dict[str, type[Event]] = {
    "sent": MessageSent,
    "delivered": MessageDelivered,
    "failed": MessageFailed,
    "not_sent": MessageNotSent,
    "unknown": MessageUnknown,
}
"""What can be heard of a message."""
_NAMES = {event: name for name, event in OUTCOMES.items()}
# Word for word the partial index's condition.
_UNAPPLIED = (message_items.c.backorder == bindparam("id")) & text("message_items.unapplied IS NOT NULL")
UNDERSTOOD = messages.c.kind.in_(KINDS) & or_(
    *(message_items.c.unapplied.contains(f'"what":"{name}"') for name in OUTCOMES)
)
"""The condition that this version knows what is kept, and of what kind of message."""
IS_UNAPPLIED = exists().where(_UNAPPLIED)
"""The condition that something is kept for the line `id`."""
_KEPT = (
    select(message_items, messages.c.kind)
    .join(messages, messages.c.id == message_items.c.message)
    .where(_UNAPPLIED)
    .order_by(messages.c.number)
)
_KEEP = (
    update(message_items)
    .where(message_items.c.backorder == bindparam("_id"), message_items.c.step == bindparam("_step"))
    .values(unapplied=bindparam("unapplied"))
)
_TAKEN_BACK = (
    select(promises.c.revision)
    .where(promises.c.backorder == bindparam("backorder"), promises.c.takes_back == bindparam("revision"))
    .limit(1)
)
_OF_STEP = (
    select(message_items.c.unapplied)
    .where(message_items.c.backorder == bindparam("id"), message_items.c.step == bindparam("step"))
    .with_for_update()
)


class ItemRow(Protocol):
    step: str
    revision: int | None
    window: str | None


def event_of(
    outcome: type[Event],
    item: ItemRow,
    kind: str,
    calendar: Calendar,
    *,
    at: datetime,
    reason: str,
    delivered: bool = True,
    again: bool = False,
) -> Event:
    """What a line hears. item: of the message; kind: of the message; delivered, again: of what has gone, see
    `MessageSent`. Raises ValueError and the like.
    """
    day, key = calendar.day(at), item.step
    if outcome is MessageSent:
        return MessageSent(
            at=at,
            day=day,
            key=key,
            kind=Kind(kind),
            revision=item.revision,
            window=load_window(item.window) if item.window else None,
            delivered=delivered,
            again=again,
        )
    if outcome is MessageDelivered:
        return MessageDelivered(at=at, day=day, key=key)
    if outcome is MessageUnknown:
        return MessageUnknown(at=at, day=day, key=key)
    if outcome is MessageNotSent:
        return MessageNotSent(at=at, day=day, key=key, reason=reason, revision=item.revision)
    narrow = Kind(kind) in COMMERCIAL_KINDS
    return MessageFailed(at=at, day=day, key=key, reason=reason, revision=item.revision, narrow=narrow)


def came_back(connection: Connection, backorder: str, revision: int | None) -> bool:
    """Whether a promise to a line's customer counted as told and was taken back."""
    key = {"backorder": backorder, "revision": revision}
    return revision is not None and connection.execute(_TAKEN_BACK, key).first() is not None


def keep(
    connection: Connection,
    backorder: str,
    step: str,
    outcome: type[Event],
    *,
    at: datetime,
    reason: str,
    delivered: bool = True,
) -> None:
    """Keep for a line what it cannot hear now. What comes later counts; that it arrived is added."""
    told: dict[str, object] = {"what": _NAMES[outcome], "at": at.isoformat(), "reason": reason}
    if outcome is MessageSent:
        told["delivered"] = delivered
    if outcome is MessageDelivered and (before := _kept(connection, backorder, step)):
        told = before | ({"delivered": True} if before["what"] == _NAMES[MessageSent] else {})
    connection.execute(_KEEP, {"_id": backorder, "_step": step, "unapplied": dump_json(told)})


def _kept(connection: Connection, backorder: str, step: str) -> dict[str, object]:
    text = connection.execute(_OF_STEP, {"id": backorder, "step": step}).scalar_one_or_none()
    return json.loads(text) if text else {}


def take(connection: Connection, backorder: str, calendar: Calendar) -> list[Event]:
    """What was kept for a line, in the order of its messages; from now on it is kept no longer.

    What a newer version kept is left to that. Raises what reading an item raises.
    """
    found: list[Event] = []
    for item in connection.execute(_KEPT, {"id": backorder}).all():
        told = json.loads(readable(item).unapplied)
        outcome = OUTCOMES.get(told["what"])
        if outcome is None or item.kind not in KINDS:
            continue
        at = datetime.fromisoformat(told["at"])
        is_there = told.get("delivered", True)
        again = outcome is MessageSent and came_back(connection, backorder, item.revision)
        event = event_of(
            outcome, item, item.kind, calendar, at=at, reason=told["reason"], delivered=is_there, again=again
        )
        found.append(event)
        connection.execute(_KEEP, {"_id": backorder, "_step": item.step, "unapplied": None})
    return found
