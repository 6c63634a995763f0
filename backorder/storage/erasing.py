"""Emptying what is held of a customer: their words and contacts go, the record of what happened stays."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, select, update

from backorder.domain.erasure import OF_FACTS, WORDS, emptied
from backorder.domain.keys import joined
from backorder.domain.tasks import outlives_erasure
from backorder.storage import asked_addresses, suppressions
from backorder.storage import tables as t
from backorder.storage.address_keys import as_hashes
from backorder.storage.codec import dump_json
from backorder.storage.known_addresses import customers_at, texts_of

IDS_A_QUERY = 200
"""Rows that are named in one statement."""
_JSON: tuple[tuple[Table, str, Collection[str]], ...] = (
    (t.backorders, "state", WORDS),
    (t.backorders, "opening", WORDS),
    (t.backorders, "content", WORDS),
    (t.requests, "content", WORDS),
    (t.message_items, "facts", OF_FACTS),
    (t.message_items, "unapplied", WORDS),
    (t.events, "data", WORDS),
)
"""Columns of JSON whose texts go, and the fields in which they stand."""
OF_SUPPLY = (
    *("approve_date", "supplier_silent", "supplier_unreachable", "over_received"),
    *("receiver_refusing", "reader_stopped", "channel_paused", "coupons_used_up", "provider_code"),
    *("product_short", "unknown_sender"),
)
"""Kinds of tasks about no customer and no line, though what they are about may be called the same."""


ERASURE_WAITS = "erasure_waits"
"""The kind of the task about a customer who wished to be erased, and is to be told what became of it."""


def empty_lines(connection: Connection, lines: Sequence[str], at: datetime) -> None:
    """What people said about lines, and to them."""
    for some in _some(lines):
        for table, column, fields in _JSON:
            _empty_json(connection, table, column, fields, _line(table).in_(some))
        connection.execute(update(t.backorders).where(t.backorders.c.id.in_(some)).values(erased_at=at))
        _ask_no_more(connection, some)
        # Said again it is other content than before, so nobody learns from it what was said.
        # Why it was ruled on so held words of people's in earlier versions.
        values = {"evidence": "", "content_hash": "", "salt": None, "reason": ""}
        connection.execute(update(t.requests).where(t.requests.c.backorder.in_(some)).values(values))
        connection.execute(delete(t.parcel_terms).where(t.parcel_terms.c.backorder.in_(some)))
        connection.execute(
            update(t.engine_errors).where(t.engine_errors.c.backorder.in_(some)).values(words="")
        )
        empty_tasks(connection, some, at)
        connection.execute(update(t.notes).where(t.notes.c.backorder.in_(some)).values(text=""))
        _empty_audit(connection, "backorder", some)


def _ask_no_more(connection: Connection, lines: Sequence[str]) -> None:
    """Nobody is asked any more to do something about them, but for what needs no customer."""
    mine = t.backorders.c.id.in_(lines) & t.backorders.c.needs
    for row in connection.execute(select(t.backorders.c.id, t.backorders.c.state).where(mine)).all():
        state = json.loads(row.state)
        left = [flag for flag in state["needs"] if outlives_erasure(flag)]
        values = {"state": dump_json(state | {"needs": left}), "listed": None, "needs": bool(left)}
        connection.execute(update(t.backorders).where(t.backorders.c.id == row.id).values(values))


def empty_tasks(connection: Connection, subjects: Sequence[str], at: datetime) -> None:
    """What was asked of people about somebody or something, and what they wrote down about it.

    All of it ends but what says until when a customer must hear of their erasure.
    """
    mine = t.tasks.c.subject.in_(subjects) & t.tasks.c.kind.not_in(OF_SUPPLY)
    ids = connection.execute(select(t.tasks.c.id).where(mine)).scalars().all()
    connection.execute(update(t.tasks).where(mine).values(detail="{}"))
    ends = mine & t.tasks.c.done_at.is_(None) & (t.tasks.c.kind != ERASURE_WAITS)
    connection.execute(update(t.tasks).where(ends).values(done_at=at))
    for some in _some(ids):
        connection.execute(update(t.notes).where(t.notes.c.task.in_(some)).values(text=""))
        _empty_audit(connection, "task", some)


def empty_messages(connection: Connection, customer: str) -> None:
    """What was written to a customer; what has not gone, or has failed, goes no more and is in no list."""
    mine = t.messages.c.person == joined("customer", customer)
    ids = connection.execute(select(t.messages.c.id).where(mine)).scalars().all()
    waiting = mine & t.messages.c.state.in_(("planned", "failed"))
    withdrawn = {"state": "withdrawn", "version": t.messages.c.version + 1, "try_at": None}
    connection.execute(update(t.messages).where(waiting).values(withdrawn))
    connection.execute(update(t.messages).where(mine).values(reason=None, address=None))
    for some in _some(ids):
        sent = t.sends.c.message.in_(some)
        words: dict[str, object] = {"address": None, "subject": "", "html": "", "text": "", "reason": None}
        words["salt"] = None
        reported = t.delivery_reports.c.send.in_(select(t.sends.c.id).where(sent))
        connection.execute(update(t.delivery_reports).where(reported).values(reason="", salt=None))
        connection.execute(update(t.sends).where(sent).values(words))
        _empty_audit(connection, "message", some)


class _CustomerRow(Protocol):
    id: str
    region: str


def empty_person(
    connection: Connection, row: _CustomerRow, ways: Sequence[tuple[str, str]], at: datetime
) -> None:
    """Who they are and how they were reached. row: of the customer, locked. ways: see `ways_of`, as they were
    before their messages were emptied.
    """
    suppressions.erase(connection, ways)
    for channel, number in suppressions.written_as(connection, ways):
        if channel == "sms":
            _empty_texts(connection, row.id, number)
    connection.execute(delete(t.customer_terms).where(t.customer_terms.c.customer == row.id))
    connection.execute(delete(t.consents).where(t.consents.c.customer == row.id))
    connection.execute(update(t.consents).where(t.consents.c.customer == row.id).values(evidence=""))
    empty_tasks(connection, [row.id], at)
    _empty_audit(connection, "customer", [row.id])
    nobody: dict[str, object] = {"name": "", "email": None, "phone": None, "contact": "none", "locale": None}
    nobody |= {"time_zone": None, "region": row.region.partition("-")[0], "sms_consent": False}
    nobody |= {
        "marketing_consent": False,
        "update_days": None,
        "complained_at": None,
        "cancelled_at": None,
        "updated_at": at,
        "erasure_asked_at": None,
        "erased_at": at,
        "address_asked": asked_addresses.NONE_ASKED,
    }
    connection.execute(update(t.customers).where(t.customers.c.id == row.id).values(nobody))


def _empty_texts(connection: Connection, customer: str, number: str) -> None:
    """What came from a number, which is known by its hash from now on.

    Of one that others have too, what they answered or asked by it is theirs.
    """
    others = (each for each in customers_at(connection, "sms", number) if each != customer)
    theirs = sorted({sid for each in others for sid in texts_of(connection, each)})
    place = ("sms", number)
    sender = as_hashes(connection, [place])[place][1]
    values = {"sender": sender, "body": "", "fields": "{}"}
    mine = (t.inbound_texts.c.sender == number) & t.inbound_texts.c.sid.not_in(theirs)
    connection.execute(update(t.inbound_texts).where(mine).values(values))


def _empty_audit(connection: Connection, kind: str, objects: Sequence[str]) -> None:
    """What changed in an object; that it changed, when and by whom stays."""
    mine = (t.audit.c.kind == kind) & t.audit.c.object.in_(objects)
    connection.execute(update(t.audit).where(mine).values(before=None, after=None))


def _empty_json(
    connection: Connection, table: Table, column: str, fields: Collection[str], mine: ColumnElement[bool]
) -> None:
    keys = list(table.primary_key.columns)
    written = table.c[column]
    rows = connection.execute(select(*keys, written.label("_json")).where(mine, written.is_not(None))).all()
    changed = []
    for row in rows:
        text = dump_json(emptied(json.loads(row._json), fields))
        changed.append({f"_{key.name}": getattr(row, key.name) for key in keys} | {"_text": text})
    if changed:
        same = [key == bindparam(f"_{key.name}") for key in keys]
        connection.execute(update(table).where(*same).values({column: bindparam("_text")}), changed)


def _line(table: Table) -> ColumnElement[str]:
    return table.c.id if table is t.backorders else table.c.backorder


def _some(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(ids), IDS_A_QUERY):
        yield ids[first : first + IDS_A_QUERY]
