"""Reading messages: what was written to whom, in which words, and what became of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from backorder.domain.clock import Clock
from backorder.errors import UnknownMessageError
from backorder.queries.views import MessageView, SendView, WholeMessage
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.isolation import Failure, known, readable, sound
from backorder.storage.tables import channels, clock, message_items, messages, sends

SHOWN = 200
"""The newest messages that a case shows."""
_WORDS = (sends.c.message, sends.c.channel, sends.c.subject, sends.c.text, sends.c.reason)
_OF_CASE = (
    select(
        messages,
        message_items.c.step,
        channels.c.reason.label("trouble"),
        channels.c.since,
        channels.c.probe_at,
        channels.c.by.label("paused_by"),
        channels.c.until,
    )
    .join(message_items, message_items.c.message == messages.c.id)
    .outerjoin(channels, (channels.c.name == messages.c.channel) & channels.c.paused)
    .where(message_items.c.backorder == bindparam("backorder"))
    .order_by(messages.c.number.desc())
    .limit(SHOWN)
)
_SENDS = (
    select(*_WORDS)
    .where(sends.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(sends.c.attempt, sends.c.claimed_at)
)
_ONE = select(messages).where(messages.c.id >= bindparam("first"), messages.c.id < bindparam("last")).limit(2)
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
    rows = list(reversed(connection.execute(_OF_CASE, {"backorder": backorder}).all()))
    words = {row.message: row for row in connection.execute(_SENDS, {"messages": [row.id for row in rows]})}
    runs = _clock(connection)

    def view(row: Any) -> MessageView:
        return _view(row, words.get(row.id), runs)

    found, failures = sound(rows, view, lambda row: (f"message/{row.id}", backorder))
    return tuple(found), failures


def message(database: Database, id: str) -> WholeMessage:
    """One message with all its texts. id: the whole of it, or a beginning that no other message has.

    Raises UnknownMessageError.
    """
    with reading(database.engine) as connection:
        found = connection.execute(_ONE, {"first": id, "last": id + "g"}).all()
        if len(found) != 1:
            raise UnknownMessageError(id, several=len(found) > 1)
        row = readable(found[0])
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


def _view(row: Any, words: Any, runs: Clock) -> MessageView:
    reason, try_at = row.reason, row.try_at
    if row.state == "planned" and row.since is not None:
        since = f"{runs.business(row.since):%Y-%m-%d %H:%M} UTC"
        who = f"was paused by {row.paused_by}" if row.paused_by else "is paused"
        reason, try_at = f"{row.channel} {who} since {since}: {row.trouble}", row.until or row.probe_at
    return MessageView(
        id=row.id,
        kind=row.kind,
        step=row.step,
        state=row.state,
        at=row.done_at or row.not_before,
        channel=row.channel or (words.channel if words else None),
        subject=words.subject if words else "",
        text=words.text if words else "",
        reason=reason or (words.reason if words else None),
        try_at=runs.business(try_at) if try_at and row.state in ("planned", "unknown") else None,
    )


def _send(row: Any) -> SendView:
    return SendView(
        channel=row.channel,
        state=row.state,
        subject=row.subject,
        text=row.text,
        html=row.html,
        provider_id=row.provider_id,
        code=row.code,
        reason=row.reason,
    )


def _clock(connection: Connection) -> Clock:
    row = connection.execute(select(clock)).one_or_none()
    if row is None or known(row.epoch) is None:  # programs refuse to start on such a clock
        return Clock()
    return Clock(epoch=row.epoch, rate=row.rate, limit=row.limit)
