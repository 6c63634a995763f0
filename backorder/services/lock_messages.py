"""Locking messages and the lines that they speak for, in the one order in which everybody locks them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select

from backorder.storage.compiled import fetch
from backorder.storage.message_of_step import MAY_CHANGE
from backorder.storage.tables import backorders, message_items, messages

if TYPE_CHECKING:
    from backorder.storage.rows import MessageRow


_ANY = (
    select(backorders.c.id, backorders.c.phase)
    .where(backorders.c.id.in_(bindparam("lines", expanding=True)))
    .order_by(backorders.c.id)
)
_LINES = _ANY.with_for_update(of=backorders, key_share=True, skip_locked=True)
_EVERY_LINE = _ANY.with_for_update(of=backorders, key_share=True)
_OF_LINES = (
    select(message_items.c.message)
    .join(messages, messages.c.id == message_items.c.message)
    .where(message_items.c.backorder.in_(bindparam("lines", expanding=True)))
    .where(MAY_CHANGE)
    .distinct()
)
_MESSAGES = (
    select(messages)
    .where(messages.c.id.in_(bindparam("messages", expanding=True)))
    .order_by(messages.c.id)
    .with_for_update(key_share=True)
)


def lock_lines(connection: Connection, about: Iterable[str]) -> Mapping[str, str]:
    """Where each line stands that nobody else holds, whom this does not wait for. Lines come before messages.

    Items of suppliers speak for no line.
    """
    lines = sorted(about)
    if not lines:
        return {}
    return {row.id: row.phase for row in fetch(connection, _LINES, {"lines": lines})}


def lock_every_line(connection: Connection, about: Iterable[str]) -> None:
    """Lock lines, each as soon as nobody else holds it: before a message of any of them is locked.

    A review locks the messages of its line with it, so who reviews several locks all of them first.
    """
    if lines := sorted(about):
        fetch(connection, _EVERY_LINE, {"lines": lines})


def lock_messages(connection: Connection, ids: Iterable[str]) -> dict[str, MessageRow]:
    """Messages by their ID, each locked."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    return {row.id: row for row in fetch(connection, _MESSAGES, {"messages": wanted})}


def lock_messages_of(
    connection: Connection, ids: Iterable[str], lines: Iterable[str]
) -> dict[str, MessageRow]:
    """The same, and with them all other messages of some lines that may change; the lines are locked.

    What a line hears changes those that wait for it: once a channel is locked none is waited for.
    """
    wanted, locked = set(ids), sorted(lines)
    if locked and connection.dialect.name == "postgresql":  # elsewhere one writes at a time
        wanted |= {row.message for row in fetch(connection, _OF_LINES, {"lines": locked})}
    return lock_messages(connection, wanted)
