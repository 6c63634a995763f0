"""What the law wants told and nobody is known to have: a person tells it on the same day."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select

from backorder.storage import tasks
from backorder.storage.tables import message_items

if TYPE_CHECKING:
    from backorder.storage.rows import MessageRow


_LINES = select(message_items.c.backorder).where(message_items.c.message == bindparam("message")).distinct()


def have_told(connection: Connection, row: MessageRow, reason: str, at: datetime) -> None:
    """Ask a person to tell each line's customer. row: the message; reason: why nobody is known to have it."""
    for line in _lines(connection, row):
        detail = {"kind": row.kind, "why": reason}
        key = _key(row, line)
        tasks.reopen(connection, key=key, kind="notice_undelivered", subject=line, detail=detail, at=at)


def told_after_all(connection: Connection, row: MessageRow, at: datetime) -> None:
    """A provider turned out to have it: nobody has to tell it any more."""
    for line in _lines(connection, row):
        tasks.finish(connection, _key(row, line), at)


def _lines(connection: Connection, row: MessageRow) -> list[str]:
    return list(connection.execute(_LINES, {"message": row.id}).scalars())


def _key(row: MessageRow, line: str) -> str:
    return f"undelivered/{row.id}/{line}"
