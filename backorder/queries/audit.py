"""Who changed what, page by page, in the order in which it became known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from sqlalchemy import Connection, select

from backorder.queries.supply_lists import SupplyPage
from backorder.storage.codec import load_json
from backorder.storage.cursors import cursor_of, number_in, read_cursor
from backorder.storage.isolation import readable, sound
from backorder.storage.tables import audit

_LIST = "audit"
Snapshot = Mapping[str, object]
"""What is on record of something, by the names of its fields."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """A change. actor: `key/ID`, or who gave a command. call: what was called, or the command. kind, object:
    what was changed.

    before, after: what differs; None where it was not there. Contacts are named, and not held. In `after`,
    `asked` is what was asked of a line or a task, noted about it, or stated: an order's line, a supplier's
    date, a receipt, an adjustment; or how many events a receiver gets again. It has `id`, `kind` and
    `fields`, in which what people wrote in their own words is named, and not held. at: machine time.
    request_id: what the caller was told.
    """

    position: int
    at: datetime
    actor: str
    call: str
    kind: str
    object: str
    before: Snapshot | None
    after: Snapshot | None
    request_id: str


def entries(
    connection: Connection,
    *,
    actor: str = "",
    object: str = "",
    since: datetime | None = None,
    cursor: str | None = None,
    limit: int,
) -> SupplyPage[AuditEntry]:
    """A page of changes, the oldest first. object: an ID, or `kind/ID`. since: machine time.

    Raises RefusedError for a cursor that means nothing.
    """
    query = select(audit).where(audit.c.position.is_not(None)).order_by(audit.c.position).limit(limit + 1)
    if actor:
        query = query.where(audit.c.actor == actor)
    if object:
        kind, _, id = object.partition("/")
        named = (audit.c.kind == kind) & (audit.c.object == id)
        query = query.where((audit.c.object == object) | named)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if cursor:
        query = query.where(audit.c.position > read_place(cursor))
    rows = connection.execute(query).all()
    found, _ = sound(rows[:limit], _entry, lambda row: (f"audit/{row.number}", ""))
    more = cursor_of(_LIST, str(rows[limit - 1].position)) if len(rows) > limit else None
    return SupplyPage(rows=found, next=more)


def said_before(
    connection: Connection, kind: str, object: str, request: str, since: datetime
) -> Snapshot | None:
    """What was asked of an object under an ID of its own, as its entry has it; None where none does.

    since: before when it was not asked (machine time).
    """
    mine = (audit.c.kind == kind) & (audit.c.object == object) & (audit.c.at >= since)
    for after in connection.execute(select(audit.c.after).where(mine).order_by(audit.c.number)).scalars():
        asked = (_object(after) or {}).get("asked")
        for each in asked if isinstance(asked, list) else ():
            if each["id"] == request:
                return cast("Snapshot", each["fields"])
    return None


def read_place(cursor: str) -> int:
    """Behind which position a page begins. Raises RefusedError for a cursor of another list."""
    return number_in(read_cursor(cursor, _LIST, 1)[0])


class _AuditRow(Protocol):
    position: int
    at: datetime
    actor: str
    call: str
    kind: str
    object: str
    request_id: str
    before: str | None
    after: str | None


def _entry(row: _AuditRow) -> AuditEntry:
    readable(row)
    return AuditEntry(
        position=row.position,
        at=row.at,
        actor=row.actor,
        call=row.call,
        kind=row.kind,
        object=row.object,
        before=_object(row.before),
        after=_object(row.after),
        request_id=row.request_id,
    )


def _object(stored: str | None) -> Snapshot | None:
    found = None if stored is None else load_json(stored, "what an entry of the audit says")
    return found if isinstance(found, dict) else None
