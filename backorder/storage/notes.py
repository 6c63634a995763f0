"""Notes that people leave about lines and tasks. Their words stand here alone, and can be emptied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, select

from backorder.domain.texts import shown
from backorder.errors import ConflictError, RefusedError, UnknownBackorderError
from backorder.storage.asked_of_lines import add_note
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import sound
from backorder.storage.tables import backorders, notes, tasks

if TYPE_CHECKING:
    from backorder.schemas import NoteText

_TASK = select(tasks).where(tasks.c.id == bindparam("id"))
SHOWN = 200
"""The newest notes that are read of a line or a task."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A note that somebody left. id: the same one again is the same note."""

    id: str
    at: datetime
    by: str
    text: str


def about_line(engine: Engine, backorder: str, left: NoteText, at: datetime) -> Note:
    """Keep a note about a line, ended or not; the same one again changes nothing.

    Raises UnknownBackorderError, and ConflictError for the same ID with other words.
    """
    with writing(engine) as connection:
        line = select(backorders.c.id).where(backorders.c.id == backorder).with_for_update(key_share=True)
        if connection.execute(line).first() is None:
            raise UnknownBackorderError(backorder)
        return _keep(connection, {"backorder": backorder}, left, at)


def is_about_line(connection: Connection, backorder: str, id: str) -> bool:
    """Whether a note of that name about a line is kept."""
    return _is_there(connection, (notes.c.backorder == backorder) & (notes.c.id == id))


def is_about_task(connection: Connection, task: str, id: str) -> bool:
    """Whether a note of that name about a task is kept."""
    return _is_there(connection, (notes.c.task == task) & (notes.c.id == id))


def _is_there(connection: Connection, mine: ColumnElement[bool]) -> bool:
    return connection.execute(select(notes.c.number).where(mine)).first() is not None


def about_task(engine: Engine, task: str, left: NoteText, at: datetime) -> Note:
    """Keep a note about a task that is on the list; the same one again changes nothing, also once it is off.

    Raises RefusedError for one that is not, and ConflictError for the same ID with other words.
    """
    with writing(engine) as connection:
        row = connection.execute(_TASK.with_for_update(), {"id": task}).one_or_none()
        faults = _faults_of(row, task)
        if faults and not is_about_task(connection, task, left.request_id):
            raise RefusedError(faults)
        return _keep(connection, {"task": task}, left, at)


def faults_of_task(engine: Engine, task: str) -> list[str]:
    """What is wrong with a task of which no note can be left; it looks by itself."""
    with reading(engine) as connection:
        return _faults_of(connection.execute(_TASK, {"id": task}).one_or_none(), task)


def _faults_of(row: _TaskRow | None, task: str) -> list[str]:
    if row is None:
        return [f"task: {shown(task)} is neither ORDER/LINE nor the ID of a task"]
    return ["task: it is done already"] if row.done_at is not None else []


def of_lines(connection: Connection, lines: Sequence[str]) -> Mapping[str, tuple[Note, ...]]:
    """The notes about lines, the oldest first, by the lines that have any."""
    return _read(connection, "backorder", lines)


def of_tasks(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[Note, ...]]:
    """The notes about tasks, the oldest first, by the tasks that have any."""
    return _read(connection, "task", ids)


def _keep(connection: Connection, about: Mapping[str, str], left: NoteText, at: datetime) -> Note:
    ((column, key),) = about.items()
    mine: ColumnElement[bool] = (notes.c[column] == key) & (notes.c.id == left.request_id)
    known = connection.execute(select(notes).where(mine)).one_or_none()
    if known is None:
        row = {"id": left.request_id, "at": at, "by": left.actor, "text": left.text}
        add_note(connection, {**row, **about})
        return Note(id=left.request_id, at=at, by=left.actor, text=left.text)
    if (known.by, known.text) != (left.actor, left.text):
        raise ConflictError(f"note {left.request_id} about {key} exists already, with other words")
    return _note(known)


def _read(connection: Connection, column: str, keys: Sequence[str]) -> Mapping[str, tuple[Note, ...]]:
    if not keys:
        return {}
    about = notes.c[column]
    query = select(notes).where(about.in_(keys)).order_by(notes.c.number.desc()).limit(SHOWN)
    rows = connection.execute(query).all()
    read, _ = sound(
        reversed(rows),
        lambda row: (getattr(row, column), _note(row)),
        lambda row: (f"note/{row.number}", row.backorder or ""),
    )
    found: dict[str, tuple[Note, ...]] = {}
    for key, note in read:
        found[key] = (*found.get(key, ()), note)
    return found


class _TaskRow(Protocol):
    done_at: datetime | None


class _NoteRow(Protocol):
    id: str
    at: datetime
    by: str
    text: str


def _note(row: _NoteRow) -> Note:
    return Note(id=row.id, at=row.at, by=row.by, text=row.text)
