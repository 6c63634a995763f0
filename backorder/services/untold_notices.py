"""What the law wants told and nobody is known to have: a person tells it on the same day."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.state import CLOSED
from backorder.domain.line.untold import COMPLAINT, NOTICE
from backorder.domain.notifications import Kind
from backorder.errors import UnreadableError
from backorder.storage import tasks
from backorder.storage.codec import load_facts
from backorder.storage.tables import backorders, message_items

if TYPE_CHECKING:
    from backorder.storage.rows import MessageRow


_LINES = select(message_items.c.backorder).where(message_items.c.message == bindparam("message")).distinct()
_TO_TELL = (
    select(message_items.c.backorder, message_items.c.facts, backorders.c.phase)
    .join(backorders, backorders.c.id == message_items.c.backorder)
    .where(message_items.c.message == bindparam("message"))
    .order_by(message_items.c.backorder, message_items.c.step)
)


def have_told(connection: Connection, row: MessageRow, reason: str, at: datetime) -> None:
    """Ask a person to tell each line's customer. row: the message; reason: why nobody is known to have it.

    A question about a line that has ended is nothing to tell any more.
    """
    for line, facts, phase in connection.execute(_TO_TELL, {"message": row.id}).all():
        key, detail = _key(row, line), {"kind": row.kind, "why": reason}
        if row.kind != Kind.CONSENT_REQUEST:
            tasks.reopen(connection, key=key, kind=COMPLAINT, subject=line, detail=detail, at=at)
        elif phase not in CLOSED:
            named = detail | _day_of(facts)
            tasks.reopen(connection, key=key, kind=NOTICE, subject=line, detail=named, at=at)


def told_after_all(connection: Connection, row: MessageRow, at: datetime) -> None:
    """A provider turned out to have it: nobody has to tell it any more."""
    for line in connection.execute(_LINES, {"message": row.id}).scalars():
        tasks.finish(connection, _key(row, line), at)


def reason_known(connection: Connection, row: MessageRow, reason: str) -> None:
    """Why nobody is known to have it is known better by now: who has to tell it reads that."""
    for line in connection.execute(_LINES, {"message": row.id}).scalars():
        tasks.amend(connection, _key(row, line), {"why": reason})


def _day_of(text: str) -> dict[str, str]:
    """The day that a notice asks for, "" where it can name none; nothing of one that cannot be read."""
    try:
        facts = load_facts(text)
    except UnreadableError:
        return {}
    day: date | None = facts.ask_until or facts.by
    return {"by_date": day.isoformat() if day is not None else ""}


def _key(row: MessageRow, line: str) -> str:
    return f"undelivered/{row.id}/{line}"
