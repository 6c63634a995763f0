"""What waits for a buyer or a clerk: the worklist."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from backorder.storage.codec import dump_json
from backorder.storage.engine import reading
from backorder.storage.isolation import sound
from backorder.storage.tables import tasks


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Something for a person.

    kind: approve_date, supplier_silent (with the backups, the best first), supplier_unreachable (ask by
    other means), over_received (more than ordered, or after a cancellation): about a purchase order and its
    line. reserved_units_lost: about the backorder whose customer took them. channel_paused: about a way
    out that works for nobody; it ends by itself. subject: what it is about.
    """

    id: str
    kind: str
    subject: str
    detail: Mapping[str, Any]
    at: datetime


def add(
    connection: Connection, *, key: str, kind: str, subject: str, detail: Mapping[str, Any], at: datetime
) -> None:
    """Put a task on the list; once for each key."""
    if connection.execute(select(tasks.c.id).where(tasks.c.key == key)).first() is None:
        row = {"id": secrets.token_hex(8), "key": key, "kind": kind, "subject": subject, "at": at}
        connection.execute(insert(tasks), row | {"detail": dump_json(dict(detail))})


def reopen(
    connection: Connection, *, key: str, kind: str, subject: str, detail: Mapping[str, Any], at: datetime
) -> None:
    """Put a task on the list, also where one with its key was there before and is done."""
    values = {"detail": dump_json(dict(detail)), "at": at, "done_at": None}
    if connection.execute(update(tasks).where(tasks.c.key == key).values(values)).rowcount == 0:
        add(connection, key=key, kind=kind, subject=subject, detail=detail, at=at)


def finish(connection: Connection, key: str, at: datetime) -> None:
    """Take a task off the list."""
    open_ = (tasks.c.key == key) & tasks.c.done_at.is_(None)
    connection.execute(update(tasks).where(open_).values(done_at=at))


def finish_about(connection: Connection, subject: str, kinds: Sequence[str], at: datetime) -> None:
    """Take every task of these kinds about a subject off the list."""
    mine = (tasks.c.subject == subject) & tasks.c.kind.in_(kinds) & tasks.c.done_at.is_(None)
    connection.execute(update(tasks).where(mine).values(done_at=at))


def waiting(engine: Engine) -> list[Task]:
    """What is on the list, the oldest first."""
    query = select(tasks).where(tasks.c.done_at.is_(None)).order_by(tasks.c.at, tasks.c.id)
    with reading(engine) as connection:
        found, _ = sound(connection.execute(query), _task, lambda row: (f"task/{row.id}", ""))
    return found


def _task(row: Any) -> Task:
    detail = json.loads(row.detail)
    return Task(id=row.id, kind=row.kind, subject=row.subject, detail=detail, at=row.at)
