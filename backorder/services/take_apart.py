"""A line leaves the message that speaks for several: it goes on by itself, and the others without it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, update

from backorder.storage.message_of_step import OF_MESSAGE
from backorder.storage.tables import message_items, messages

if TYPE_CHECKING:
    from backorder.storage.rows import MessageRow

_KEPT = (*OF_MESSAGE, "fallback_at", "awaits", "address")
"""What the message that a line gets has of the one that it leaves."""


def take_out(connection: Connection, row: MessageRow, line: str) -> str:
    """Give a line a message of its own. row: the one that it leaves, planned and locked. Returns its ID."""
    own = secrets.token_hex(12)
    values = {name: getattr(row, name) for name in _KEPT} | {"id": own, "state": row.state}
    connection.execute(insert(messages), values)
    mine = (message_items.c.message == row.id) & (message_items.c.backorder == line)
    connection.execute(update(message_items).where(mine).values(message=own))
    changed = {"version": messages.c.version + 1}
    connection.execute(update(messages).where(messages.c.id == row.id).values(changed))
    return own
