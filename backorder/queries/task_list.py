"""What waits for a person, page by page: tasks of their own first, then what lines need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, bindparam, select

from backorder.domain.keys import parts
from backorder.domain.line.published_events import PREFIX
from backorder.domain.tasks import TASKS, human_task
from backorder.errors import RefusedError, UnreadableError
from backorder.queries import case_words, line_list
from backorder.queries.supply_lists import SupplyPage
from backorder.queries.views import LineView
from backorder.storage import notes
from backorder.storage.codec import load_object
from backorder.storage.compiled import fetch
from backorder.storage.cursors import cursor_of, instant_in, read_cursor
from backorder.storage.customer_texts import with_words
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.isolation import known, readable, sound
from backorder.storage.notes import Note
from backorder.storage.tables import events, tasks
from backorder.storage.tasks import Task, commands_of

_TASKS, _LINES = "tasks", "tasks of lines"
_RAISED = (
    select(events.c.backorder, events.c.data, events.c.at)
    .where(events.c.backorder.in_(bindparam("lines", expanding=True)))
    .where(events.c.type == PREFIX + "needs_attention")
    .order_by(events.c.number)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskView:
    """Something for a person. id: `{line}#{flag}` for what a line needs. about: a line, a purchase order and
    its line, or a channel. what: in words. commands: of the command line, what ends it. by_hand: a person may
    say that it is done; other ones end by themselves. since: business time, for what a line needs of its last
    reason; None where that is not known.
    """

    id: str
    kind: str
    about: str
    what: str
    commands: tuple[str, ...]
    by_hand: bool
    since: datetime | None
    detail: Mapping[str, object]
    notes: tuple[Note, ...]


def flag_of(id: str) -> tuple[str, str] | None:
    """The line and the flag of a task's ID; None for a task of its own."""
    line, hash, flag = id.partition("#")
    return (line, flag) if hash and "/" in line else None


def task_list(
    database: Database,
    at: datetime,
    *,
    kind: str = "",
    due: datetime | None = None,
    cursor: str | None = None,
    limit: int = line_list.LIMIT,
) -> SupplyPage[TaskView]:
    """A page of what waits for a person. kind: of that alone. due: only what waits since before then, or
    since nobody knows when.

    Raises RefusedError for a cursor that means nothing.
    """
    after, lines = read_place(cursor) if cursor else (None, None)
    found, more = ([], None) if lines is not None else _of_their_own(database, kind, due, after, limit)
    if more is not None:
        return SupplyPage(rows=found, next=more)
    room = limit - len(found)
    if room == 0:
        return SupplyPage(rows=found, next=cursor_of(_LINES, "", ""))
    rest, others = _of_lines(_Wanted(database, kind, due, at), lines or ("", ""), room)
    return SupplyPage(rows=[*found, *rest], next=others)


def _of_their_own(
    database: Database, kind: str, due: datetime | None, after: tuple[datetime, str] | None, limit: int
) -> tuple[list[TaskView], str | None]:
    """A page of the tasks that are not a line's flags, and where the next one begins, if there is one."""
    query = select(tasks).where(tasks.c.done_at.is_(None)).order_by(tasks.c.at, tasks.c.id).limit(limit + 1)
    if kind:
        query = query.where(tasks.c.kind == kind)
    if due is not None:
        query = query.where(tasks.c.at <= due)
    if after is not None:
        at, id = after
        query = query.where(tasks.c.at >= at, (tasks.c.at > at) | (tasks.c.id > id))
    with reading(database.engine) as connection:
        rows = connection.execute(query).all()
        # By the rows: one that cannot be read ends no list.
        last = rows[limit - 1] if len(rows) > limit else None
        found, _ = sound(rows[:limit], _task, lambda row: (f"task/{row.id}", ""))
        left = notes.of_tasks(connection, [each.id for each in found])
        details = with_words(connection, (each.detail for each in found))
    views = [
        replace(each, notes=left.get(each.id, ()), detail=detail)
        for each, detail in zip(found, details, strict=True)
    ]
    return views, _cursor(known(last.at), last.id) if last is not None else None


class _TaskRow(Protocol):
    detail: str
    kind: str
    id: str
    subject: str
    at: datetime


def _task(row: _TaskRow) -> TaskView:
    readable(row)
    detail = load_object(row.detail, "what a task says")
    return view_of(Task(id=row.id, kind=row.kind, subject=row.subject, detail=detail, at=row.at))


def view_of(task: Task) -> TaskView:
    """A task as lists have it."""
    human = TASKS.get(task.kind)
    return TaskView(
        id=task.id,
        kind=task.kind,
        about=task.subject,
        what=human.what if human else task.kind.replace("_", " "),
        commands=commands_of(task),
        by_hand=human is None or human.by_hand,
        since=task.at,
        detail=task.detail,
        notes=task.notes,
    )


class _Wanted(NamedTuple):
    """What is asked for of lines: see `task_list`."""

    database: Database
    kind: str
    due: datetime | None
    at: datetime

    def has(self, task: TaskView) -> bool:
        """Whether a flag is among it."""
        late = self.due is not None and task.since is not None and task.since > self.due
        return not late and self.kind in ("", task.kind)


def _of_lines(wanted: _Wanted, after: tuple[str, str], limit: int) -> tuple[list[TaskView], str | None]:
    """Flags of lines behind a flag of one, each line's by name, so that one that comes or goes moves none."""
    line, flag = after
    found: list[TaskView] = []
    for each in chain(_of_line(wanted, line, flag), _behind(wanted, line)):
        if len(found) == limit:
            return found, cursor_of(_LINES, found[-1].about, found[-1].kind)
        found.append(each)
    return found, None


def _of_line(wanted: _Wanted, line: str, flag: str) -> Iterator[TaskView]:
    """The flags of a line behind one of them."""
    if line:
        of_order = line_list.Filter(needs=True, order=parts(line)[0])
        for page in _pages(wanted, of_order, ""):
            yield from _flags(wanted, [each for each in page if each.id == line], flag)


def _behind(wanted: _Wanted, line: str) -> Iterator[TaskView]:
    """All flags of the lines behind one."""
    for page in _pages(wanted, line_list.Filter(needs=True), line):
        yield from _flags(wanted, page, "")


def _pages(wanted: _Wanted, lines: line_list.Filter, behind: str) -> Iterator[Sequence[LineView]]:
    cursor = cursor_of("backorders", behind) if behind else None
    while True:
        page = line_list.lines(wanted.database, lines, wanted.at, cursor=cursor, limit=line_list.MOST)
        yield page.lines
        if page.cursor is None:
            return
        cursor = page.cursor


def _flags(wanted: _Wanted, lines: Sequence[LineView], behind: str) -> Iterator[TaskView]:
    with reading(wanted.database.engine) as connection:
        ids = [each.id for each in lines]
        left, since = notes.of_lines(connection, ids), _raised(connection, ids)
    for each in lines:
        for name in sorted(set(each.needs)):
            task = _flag(each, name, since.get((each.id, name)), left.get(each.id, ()))
            if name > behind and wanted.has(task):
                yield task


def _raised(connection: Connection, lines: Sequence[str]) -> Mapping[tuple[str, str], datetime]:
    """When the order system last heard of each flag of some lines."""
    found: dict[tuple[str, str], datetime] = {}
    if lines:
        for row in fetch(connection, _RAISED, {"lines": sorted(lines)}):
            with suppress(UnreadableError):  # then nobody knows
                said = load_object(row.data, "what an event says")
                found[row.backorder, str(said.get("flag"))] = row.at
    return found


def _flag(line: LineView, name: str, since: datetime | None, left: tuple[Note, ...]) -> TaskView:
    task = human_task(name)
    return TaskView(
        id=f"{line.id}#{name}",
        kind=name,
        about=line.id,
        what=task.what,
        commands=case_words.commands_for(name, line.id, line.customer),
        by_hand=task.by_hand,
        since=since,
        detail={},
        notes=left,
    )


def _cursor(since: datetime | None, id: str) -> str:
    return cursor_of(_TASKS, since.isoformat() if since else "", id)


def read_place(cursor: str) -> tuple[tuple[datetime, str] | None, tuple[str, str] | None]:
    """Behind which task of its own a page begins, or behind which flag of a line.

    Raises RefusedError for a cursor that means nothing.
    """
    try:
        at, id = read_cursor(cursor, _TASKS, 2)
    except RefusedError:
        line, flag = read_cursor(cursor, _LINES, 2)
        return None, (line, flag)
    return (instant_in(at), id), None
