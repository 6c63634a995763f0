"""What the outbox shows: every message as it was put into words for its reader, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, literal, or_, select

from backorder.domain.keys import parts
from backorder.domain.notifications import KINDS, NOTIFICATIONS, Kind
from backorder.errors import UnknownError
from backorder.queries.supply_lists import SupplyPage
from backorder.storage.cursors import cursor_of, number_in, read_cursor
from backorder.storage.isolation import sound
from backorder.storage.tables import customers, message_items, messages, sends

SHOWN = 10
_OF = "outbox"
_SENT = (
    select(sends, messages.c.number, messages.c.kind, messages.c.person, messages.c.done_at)
    .add_columns(messages.c.created_at, customers.c.name)
    .join(messages, messages.c.id == sends.c.message)
    .outerjoin(customers, literal("customer/") + customers.c.id == messages.c.person)
    .order_by(messages.c.number.desc(), sends.c.attempt.desc(), sends.c.id.desc())
)
_LINES = (
    select(message_items.c.message, message_items.c.backorder)
    .where(message_items.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(message_items.c.backorder)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxRow:
    """A message as it reads. send: its ID. to: the address or number. who: the reader's name, or ID.

    about: the orders that it speaks of. at: when it went, or was planned. delivery: see `SendView`.
    """

    send: str
    message: str
    kind: str
    channel: str
    who: str
    to: str
    subject: str
    text: str
    about: tuple[str, ...]
    at: datetime
    state: str
    delivery: str | None


def outbox(connection: Connection, *, q: str = "", cursor: str | None = None) -> SupplyPage[OutboxRow]:
    """A page of what was written. q: an order, a name, an address, a part of each.

    Raises RefusedError for a cursor that means nothing. For a shop on somebody's own machine: a search goes
    through all messages.
    """
    query = _SENT.limit(SHOWN + 1)
    if q.strip():
        query = query.where(_has(q.strip()))
    if cursor:
        said, which, id = read_cursor(cursor, _OF, 3)
        number, attempt = number_in(said), number_in(which)
        same = messages.c.number == number
        query = query.where(
            or_(
                messages.c.number < number,
                same & (sends.c.attempt < attempt),
                same & (sends.c.attempt == attempt) & (sends.c.id < id),
            )
        )
    rows = connection.execute(query).all()
    lines: dict[str, list[str]] = {}
    if rows:
        for item in connection.execute(_LINES, {"messages": [row.message for row in rows]}):
            lines.setdefault(item.message, []).append("/".join(parts(item.backorder)))
    found, _ = sound(rows[:SHOWN], lambda row: _row(row, lines), lambda row: (f"message/{row.message}", ""))
    last = rows[SHOWN - 1] if len(rows) > SHOWN else None
    more = cursor_of(_OF, str(last.number), str(last.attempt), last.id) if last is not None else None
    return SupplyPage(rows=found, next=more)


def mail_of(connection: Connection, send: str) -> str:
    """The HTML of a mail. Raises UnknownError."""
    html = connection.execute(select(sends.c.html).where(sends.c.id == send)).scalar_one_or_none()
    if not html:
        raise UnknownError("there is no such mail")
    return str(html)


def _has(words: str) -> ColumnElement[bool]:
    like = "%" + words.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    columns = (messages.c.person, customers.c.name, sends.c.address)
    found = [func.lower(column).like(like, escape="\\") for column in columns]
    about = exists().where(
        message_items.c.message == messages.c.id,
        func.lower(message_items.c.backorder).like(like, escape="\\"),
    )
    return or_(*found, about)


class _SendRow(Protocol):
    kind: str
    id: str
    message: str
    channel: str
    subject: str
    text: str
    state: str
    delivery: str | None
    name: str | None
    address: str | None
    done_at: datetime | None
    created_at: datetime
    person: str


def _row(row: _SendRow, lines: dict[str, Sequence[str]] | dict[str, list[str]]) -> OutboxRow:
    known = row.kind in KINDS
    return OutboxRow(
        send=row.id,
        message=row.message,
        kind=NOTIFICATIONS[Kind(row.kind)].label if known else row.kind,
        channel=row.channel,
        who=row.name or parts(row.person)[-1],
        to=row.address or "",
        subject=row.subject,
        text=row.text,
        about=tuple(lines.get(row.message, ())),
        at=row.done_at or row.created_at,
        state=row.state,
        delivery=row.delivery,
    )
