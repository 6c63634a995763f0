"""What goes on two ways: once the first one has a message, its copy goes by the second one; or later, where
nobody reports that the first one arrived.

A copy is a message of its own, so that what becomes of it takes nothing back; its lines hear nothing of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, insert, select

from backorder.ports import Notify
from backorder.storage.compiled import fetch
from backorder.storage.tables import message_items, messages

SUFFIX = "#second"
"""What the key of a copy has behind that of what is said."""
_ITEMS = select(message_items).where(message_items.c.message == bindparam("message"))

_SAID = message_items.alias()
_COPIES = (
    select(_SAID.c.message.label("original"), message_items.c.message)
    .join(
        message_items,
        (message_items.c.backorder == _SAID.c.backorder)
        & (message_items.c.step == _SAID.c.step.concat(SUFFIX)),
    )
    .where(_SAID.c.message.in_(bindparam("messages", expanding=True)))
    .distinct()
)


_FIRSTS = select(messages.c.id, messages.c.channel).where(
    messages.c.id.in_(bindparam("messages", expanding=True))
)
_ORIGINALS = select(messages.c.id, messages.c.copy_of).where(
    messages.c.id.in_(bindparam("messages", expanding=True)), messages.c.copy_of.is_not(None)
)


class SaidItem(Protocol):
    """A part of a message. step: its key in its line."""

    step: str


class OriginalRow(Protocol):
    """What a copy has of the message of which it is one."""

    person: str
    kind: str
    shard: int
    priority: int


class GoneRow(OriginalRow, Protocol):
    """A message that has gone."""

    id: str


def plan_copies(connection: Connection, gone: Sequence[tuple[GoneRow, str]], at: datetime) -> Notify:
    """Plan the copies of messages that have gone. gone: each with the channel by which it goes as well.

    at: the business instant. One that had its copy before it came back gets no other.
    """
    after = Notify()
    for row, channel in gone:
        if plan_copy(connection, row.id, row, channel, at):
            after = after.and_also(Notify(due=((row.shard, at),)))
    return after


def plan_copy(connection: Connection, message: str, row: OriginalRow, channel: str, at: datetime) -> bool:
    """Plan the copy of a message, which is locked. row: its columns. Returns whether it had none yet."""
    if copies_of(connection, [message]):
        return False
    id = secrets.token_hex(12)
    values: dict[str, object] = {
        "id": id,
        "person": row.person,
        "kind": row.kind,
        "state": "planned",
        "copy_of": message,
    }
    values |= {"not_before": at, "created_at": at, "shard": row.shard, "priority": row.priority}
    connection.execute(insert(messages), values | {"channel": channel})
    for item in connection.execute(_ITEMS, {"message": message}).all():
        copied = {"backorder": item.backorder, "step": item.step + SUFFIX, "facts": item.facts}
        connection.execute(insert(message_items), copied | {"message": id})
    return True


def copies_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    """The copies of messages, by the message of which they are one."""
    found: dict[str, list[str]] = {}
    if ids:
        for row in connection.execute(_COPIES, {"messages": list(ids)}):
            found.setdefault(row.original, []).append(row.message)
    return found


def first_channels(connection: Connection, originals: Mapping[str, str]) -> dict[str, str | None]:
    """By which channels went what some messages are the copies of, by the copies. originals: of which each
    copy is one, the other way round.
    """
    if not originals:
        return {}
    rows = fetch(connection, _FIRSTS, {"messages": sorted(originals)})
    return {originals[row.id]: row.channel for row in rows}


def originals_of(connection: Connection, items: Mapping[str, Sequence[SaidItem]]) -> set[str]:
    """The messages of which some are copies. items: of those, by their IDs."""
    copies = [id for id, mine in items.items() if any(each.step.endswith(SUFFIX) for each in mine)]
    if not copies:
        return set()
    return {row.copy_of for row in connection.execute(_ORIGINALS, {"messages": copies})}
