"""Reading messages: what was written to whom, in which words, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from backorder.domain.clock import Clock
from backorder.errors import UnknownMessageError
from backorder.queries.message_ways import WAITS, WaitingRow, Ways, next_try, trouble_of, ways_of
from backorder.queries.views import MessageView, SendView, WholeMessage
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.isolation import Failure, known, readable, sound
from backorder.storage.plain_rows import named_rows_of
from backorder.storage.tables import clock, message_items, messages, sends

SHOWN = 200
"""The newest messages that a case shows."""
_WORDS = tuple(sends.c[name] for name in ("channel", "subject", "text", "reason", "delivery"))
_SHOWN = (
    "number",
    "id",
    "kind",
    "state",
    "not_before",
    "done_at",
    "channel",
    "try_at",
    "other_try_at",
    "fallback_at",
    "reason",
)
_NEWEST = (
    select(*(messages.c[name] for name in _SHOWN), message_items.c.step)
    .join(message_items, message_items.c.message == messages.c.id)
    .where(message_items.c.backorder == bindparam("backorder"))
    .order_by(messages.c.number.desc())
    .limit(SHOWN)
    .subquery()
)
_OF_CASE = (
    select(*_NEWEST.c, *(column.label(f"send_{column.name}") for column in _WORDS))
    .select_from(_NEWEST)
    .outerjoin(sends, sends.c.message == _NEWEST.c.id)
    .order_by(_NEWEST.c.number, _NEWEST.c.step, sends.c.attempt, sends.c.claimed_at)
)
_NAMED = (
    select(messages.c.id)
    .where(messages.c.id >= bindparam("first"), messages.c.id < bindparam("last"))
    .limit(2)
)
_ITEMS = (
    select(message_items.c.backorder)
    .where(message_items.c.message == bindparam("message"))
    .order_by(message_items.c.backorder)
)
_ALL_SENDS = (
    select(sends).where(sends.c.message == bindparam("message")).order_by(sends.c.attempt, sends.c.claimed_at)
)


def of_case(connection: Connection, backorder: str) -> tuple[tuple[MessageView, ...], list[Failure]]:
    """The messages that speak for a line, oldest first, each in its last words; and those it cannot read."""
    rows = named_rows_of(connection, _OF_CASE, {"backorder": backorder})
    last = {(row.id, row.step): row for row in rows}  # of a message that was tried several times
    waiting = {row.id for row in last.values() if row.state in WAITS}
    ways = ways_of(connection, waiting, clock_of(connection) if waiting else Clock())
    found, failures = sound(
        last.values(), lambda row: _view(row, ways), lambda row: (f"message/{row.id}", backorder)
    )
    return tuple(found), failures


def message(database: Database, id: str) -> WholeMessage:
    """One message with all its texts. id: the whole of it, or a beginning that no other message has.

    Raises UnknownMessageError.
    """
    with reading(database.engine) as connection:
        whole = whole_id(connection, id)
        row = readable(connection.execute(select(messages).where(messages.c.id == whole)).one())
        sent = connection.execute(_ALL_SENDS, {"message": row.id}).all()
        return WholeMessage(
            id=row.id,
            kind=row.kind,
            state=row.state,
            at=row.done_at or row.not_before,
            person=row.person,
            backorders=tuple(connection.execute(_ITEMS, {"message": row.id}).scalars()),
            sends=tuple(_send(each) for each in sent),
        )


def speaks_for(connection: Connection, message: str, backorder: str) -> bool:
    """Whether a message speaks for a line, or for several of which it is one."""
    return backorder in lines_of(connection, message)


def lines_of(connection: Connection, message: str) -> Sequence[str]:
    """The lines that a message speaks for."""
    return connection.execute(_ITEMS, {"message": message}).scalars().all()


def whole_id(connection: Connection, id: str) -> str:
    """The ID that begins like this. Raises UnknownMessageError for none, and for several."""
    found = connection.execute(_NAMED, {"first": id, "last": id + "g"}).scalars().all() if id else ()
    if len(found) != 1:
        raise UnknownMessageError(id, several=len(found) > 1)
    return str(found[0])


class _OfCaseRow(WaitingRow, Protocol):
    kind: str
    step: str
    send_delivery: str | None
    done_at: datetime | None
    not_before: datetime
    send_channel: str | None
    send_subject: str | None
    send_text: str | None
    send_reason: str | None


def _view(row: _OfCaseRow, known_ways: Ways) -> MessageView:
    ways = known_ways.of(row)
    return MessageView(
        id=row.id,
        kind=row.kind,
        step=row.step,
        state=row.state,
        at=row.done_at or row.not_before,
        channel=row.channel or row.send_channel,
        subject=row.send_subject or "",
        text=row.send_text or "",
        reason=trouble_of(row, ways) or row.send_reason,
        try_at=next_try(ways),
        delivery=row.send_delivery,
        ways=ways,
    )


class _SendRow(Protocol):
    channel: str
    state: str
    subject: str
    text: str
    html: str
    provider_id: str | None
    code: str | None
    reason: str | None
    delivery: str | None


def _send(row: _SendRow) -> SendView:
    return SendView(
        channel=row.channel,
        state=row.state,
        subject=row.subject,
        text=row.text,
        html=row.html,
        provider_id=row.provider_id,
        code=row.code,
        reason=row.reason,
        delivery=row.delivery,
    )


def clock_of(connection: Connection) -> Clock:
    """How business time runs."""
    row = connection.execute(select(clock)).one_or_none()
    if row is None or known(row.epoch) is None:  # programs refuse to start on such a clock
        return Clock()
    return Clock(epoch=row.epoch, rate=row.rate, limit=row.limit)
