"""What lines hear of their messages; kept with the item as long as the line cannot be read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, text, update

from backorder.domain.calendar import Calendar
from backorder.domain.line.events import (
    Event,
    MessageDelivered,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
)
from backorder.domain.line.state import Window
from backorder.domain.notifications import COMMERCIAL_KINDS, KINDS, Kind
from backorder.storage.codec import dump_json, load_facts, load_window
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
_OF_LINE = promises.c.backorder == bindparam("backorder")
_COUNTED = (
    select(promises.c.revision)
    .where(_OF_LINE)
    .where(
        or_(
            promises.c.takes_back == bindparam("revision"),
            and_(promises.c.revision == bindparam("revision"), promises.c.takes_back.is_(None)),
        )
    )
    .limit(1)
)
_restored = promises.alias()
_TAKEN_BACK = exists().where(
    _restored.c.backorder == promises.c.backorder, _restored.c.takes_back == promises.c.revision
)
_OF_ANSWER = (
    select(promises.c.revision, promises.c.by, promises.c.parts, _TAKEN_BACK.label("came_back"))
    .where(_OF_LINE, promises.c.message == bindparam("message"), promises.c.takes_back.is_(None))
    .order_by(promises.c.revision)
    .limit(1)
)
_OF_STEP = (
    select(message_items.c.unapplied)
    .where(message_items.c.backorder == bindparam("id"), message_items.c.step == bindparam("step"))
    .with_for_update()
)


class ItemRow(Protocol):
    backorder: str
    step: str
    message: str
    facts: str
    revision: int | None
    window: str | None


@dataclass(frozen=True, slots=True)
class Again:
    """A promise that counted as told and came back. revision: its own. window: as it was told."""

    revision: int
    window: Window


def event_of(
    outcome: type[Event],
    item: ItemRow,
    kind: str,
    calendar: Calendar,
    *,
    at: datetime,
    reason: str,
    delivered: bool = True,
    again: Again | None = None,
) -> Event:
    """What a line hears. item: of the message; kind: of the message; delivered: of what has gone, see
    `MessageSent`; again: the promise that counts once more, None for none. Raises ValueError and the like.
    """
    day, key = calendar.day(at), item.step
    if outcome is MessageSent:
        return MessageSent(
            at=at,
            day=day,
            key=key,
            kind=Kind(kind),
            revision=again.revision if again else item.revision,
            window=again.window if again else _window(item),
            delivered=delivered,
            again=again is not None,
        )
    if outcome is MessageDelivered:
        return MessageDelivered(at=at, day=day, key=key)
    if outcome is MessageUnknown:
        return MessageUnknown(at=at, day=day, key=key)
    if outcome is MessageNotSent:
        return MessageNotSent(at=at, day=day, key=key, reason=reason, revision=item.revision)
    narrow = Kind(kind) in COMMERCIAL_KINDS
    return MessageFailed(at=at, day=day, key=key, reason=reason, revision=item.revision, narrow=narrow)


def came_back(connection: Connection, item: ItemRow, kind: str, *, failed: bool = False) -> Again | None:
    """The promise of a message that counted as told and came back, as long as the message names its day.

    item, kind: of the message; failed: that is known of it. Where it is not, the line may still count it: it
    counts once, then. None where nothing came back that anybody knows of. Raises ValueError and the like.
    """
    line = {"backorder": item.backorder}
    window = _window(item)
    if item.revision is not None and window is not None:
        counted = connection.execute(_COUNTED, line | {"revision": item.revision}).first()
        return Again(item.revision, window) if counted else None
    if kind != Kind.ANSWER_RECEIVED.value:
        return None
    told = connection.execute(_OF_ANSWER, line | {"message": item.message}).first()
    if told is None or not (failed or told.came_back) or load_facts(item.facts).by != told.by:
        return None  # said anew, it names the day that stands by then, which is another one
    return Again(told.revision, load_window(told.parts))


def _window(item: ItemRow) -> Window | None:
    return load_window(item.window) if item.window else None


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
        again = came_back(connection, item, item.kind) if outcome is MessageSent else None
        event = event_of(
            outcome, item, item.kind, calendar, at=at, reason=told["reason"], delivered=is_there, again=again
        )
        found.append(event)
        connection.execute(_KEEP, {"_id": backorder, "_step": item.step, "unapplied": None})
    return found
