"""What waits for a buyer or a clerk: the worklist."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine, insert, select, update

from backorder.domain.keys import parts
from backorder.domain.tasks import TASKS
from backorder.domain.texts import shown
from backorder.errors import RefusedError, RejectedError, UnknownError
from backorder.storage import notes
from backorder.storage.codec import dump_json, load_object
from backorder.storage.customer_texts import with_words
from backorder.storage.engine import insert_into, reading, writing
from backorder.storage.isolation import readable, sound
from backorder.storage.tables import tasks


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Something for a person.

    kind: approve_date, supplier_silent (with the backups, the best first), supplier_unreachable (ask by
    other means), over_received (more than ordered, or after a cancellation): about a purchase order and its
    line. reserved_units_lost: about the backorder whose customer took them. channel_paused: about a way
    out that works for nobody, or that a person paused; it ends with the pause. provider_code: about a way
    out and a code with which its provider refuses messages. product_short: about a SKU; it ends once enough
    is there or on its way. subject: what it is about. notes: the oldest first.
    """

    id: str
    kind: str
    subject: str
    detail: Mapping[str, object]
    at: datetime
    notes: tuple[notes.Note, ...] = ()


def add(
    connection: Connection, *, key: str, kind: str, subject: str, detail: Mapping[str, object], at: datetime
) -> None:
    """Put a task on the list; once for each key."""
    if connection.execute(select(tasks.c.id).where(tasks.c.key == key)).first() is None:
        row = {"id": secrets.token_hex(8), "key": key, "kind": kind, "subject": subject, "at": at}
        connection.execute(insert(tasks), row | {"detail": dump_json(dict(detail))})


def reopen(
    connection: Connection, *, key: str, kind: str, subject: str, detail: Mapping[str, object], at: datetime
) -> None:
    """Put a task on the list, also where one with its key was there before and is done.

    Its kind is what it is called now: a version before may have called it otherwise.
    """
    values = {"kind": kind, "subject": subject, "detail": dump_json(dict(detail)), "at": at, "done_at": None}
    if connection.execute(update(tasks).where(tasks.c.key == key).values(values)).rowcount == 0:
        add(connection, key=key, kind=kind, subject=subject, detail=detail, at=at)


def ask_once(
    connection: Connection, *, key: str, kind: str, subject: str, detail: Mapping[str, object], at: datetime
) -> None:
    """The same, but one that is on the list stays as it is, whoever else puts it there at the moment."""
    asked = {"key": key, "kind": kind, "subject": subject, "detail": dump_json(dict(detail)), "at": at}
    new = insert_into(connection, tasks).values({"id": secrets.token_hex(8), **asked})
    again = {"kind": new.excluded.kind, "detail": new.excluded.detail, "at": new.excluded.at, "done_at": None}
    is_done = tasks.c.done_at.is_not(None)
    connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=again, where=is_done))


def amend(connection: Connection, key: str, changed: Mapping[str, object]) -> None:
    """What an open task says is known better by now; one that is done, or unreadable, stays as it is."""
    mine = (tasks.c.key == key) & tasks.c.done_at.is_(None)
    for row in sound(
        connection.execute(select(tasks).where(mine)), _task, lambda row: (f"task/{row.id}", "")
    )[0]:
        detail = dump_json({**row.detail, **changed})
        connection.execute(update(tasks).where(mine).values(detail=detail))


def finish(connection: Connection, key: str, at: datetime) -> None:
    """Take a task off the list."""
    open_ = (tasks.c.key == key) & tasks.c.done_at.is_(None)
    connection.execute(update(tasks).where(open_).values(done_at=at))


def finish_about(connection: Connection, subject: str, kinds: Sequence[str], at: datetime) -> None:
    """Take every task of these kinds about a subject off the list."""
    mine = (tasks.c.subject == subject) & tasks.c.kind.in_(kinds) & tasks.c.done_at.is_(None)
    connection.execute(update(tasks).where(mine).values(done_at=at))


def done(engine: Engine, id: str, *, note: str, by: str, at: datetime) -> Task:
    """A person did what a task asked. note: what they did; both are kept with it. The same again is harmless.

    Raises RefusedError for what is no task, and RejectedError for one that is done, or that only its commands
    end.
    """
    mine = tasks.c.id == id
    with writing(engine) as connection:
        row = connection.execute(select(tasks).where(mine).with_for_update()).one_or_none()
        if row is None:
            raise RefusedError([_unknown(id)])
        task = _task(row)
        said = {"done_by": by, "note": note}
        if row.done_at is not None:
            if said.items() <= task.detail.items():
                return task
            raise RejectedError(f"task {id} is done already")
        ask = TASKS.get(task.kind)
        if ask is not None and not ask.by_hand:
            how = "; ".join(commands_of(task)) or "it ends once it works again"
            raise RejectedError(f"task {id} cannot be ticked off: {ask.what} ({how})")
        detail = dict(task.detail) | said
        connection.execute(update(tasks).where(mine).values(done_at=at, detail=dump_json(detail)))
    return task


def unknown(engine: Engine, id: str) -> list[str]:
    """What is wrong with an ID that no task ever had."""
    with reading(engine) as connection:
        found = connection.execute(select(tasks.c.id).where(tasks.c.id == id)).first()
    return [] if found is not None else [_unknown(id)]


def _unknown(id: str) -> str:
    return f"flag: {shown(id)} is neither ORDER/LINE nor the ID of a task"


def named(connection: Connection, id: str) -> Task:
    """A task, done or not. Raises UnknownError."""
    row = connection.execute(select(tasks).where(tasks.c.id == id)).one_or_none()
    if row is None:
        raise UnknownError(f"there is no task {id}")
    return _task(row)


def is_open(connection: Connection, id: str) -> bool:
    """Whether a task is on the list. Raises UnknownError for one that never was."""
    row = connection.execute(select(tasks.c.done_at).where(tasks.c.id == id)).one_or_none()
    if row is None:
        raise UnknownError(f"there is no task {id}")
    return row.done_at is None


def commands_of(task: Task) -> tuple[str, ...]:
    """The commands that end a task, about its subject."""
    ask = TASKS.get(task.kind)
    commands = {
        "about": shlex.join(parts(task.subject)),
        "line": shlex.quote(task.subject),
        "ticket": shlex.quote(str(task.detail.get("ticket", "TICKET"))),
        "receiver": shlex.quote(str(task.detail.get("receiver", "RECEIVER"))),
        "event": shlex.quote(str(task.detail.get("event", "EVENT"))),
        "day": f" --by-date {day}" if (day := task.detail.get("by_date", "…")) else "",
    }
    ends = tuple(each.format(**commands) for each in ask.commands) if ask else ()
    if ask is not None and not ask.by_hand:
        return ends
    return (*ends, f"backorder task done {task.id} --note … --by NAME")


def waiting(engine: Engine) -> list[Task]:
    """What is on the list, the oldest first."""
    query = select(tasks).where(tasks.c.done_at.is_(None)).order_by(tasks.c.at, tasks.c.id)
    with reading(engine) as connection:
        found, _ = sound(connection.execute(query), _task, lambda row: (f"task/{row.id}", ""))
        left = notes.of_tasks(connection, [each.id for each in found])
        details = with_words(connection, (each.detail for each in found))
    return [
        replace(each, notes=left.get(each.id, ()), detail=detail)
        for each, detail in zip(found, details, strict=True)
    ]


def open_of(connection: Connection, kind: str, limit: int) -> list[Task]:
    """The open tasks of a kind, the oldest first, without their notes."""
    mine = (tasks.c.kind == kind) & tasks.c.done_at.is_(None)
    query = select(tasks).where(mine).order_by(tasks.c.at, tasks.c.id).limit(limit)
    return sound(connection.execute(query), _task, lambda row: (f"task/{row.id}", ""))[0]


def by_key(connection: Connection, keys: Sequence[str]) -> dict[str, Task]:
    """Tasks by their keys, done or not, without their notes."""
    rows = connection.execute(select(tasks).where(tasks.c.key.in_(keys)))
    found, _ = sound(rows, lambda row: (row.key, _task(row)), lambda row: (f"task/{row.id}", ""))
    return dict(found)


class _TaskRow(Protocol):
    detail: str
    id: str
    kind: str
    subject: str
    at: datetime


def _task(row: _TaskRow) -> Task:
    readable(row)
    detail = load_object(row.detail, "what a task says")
    return Task(id=row.id, kind=row.kind, subject=row.subject, detail=detail, at=row.at)
