"""What waits for a person, the most urgent first: lines with flags, and tasks, each with its last day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from backorder.domain.keys import joined
from backorder.queries import line_list
from backorder.queries.line_list import Filter
from backorder.queries.task_list import TaskView, task_list, view_of
from backorder.queries.task_words import task_in_words
from backorder.queries.views import LineView
from backorder.storage import tasks
from backorder.storage.customer_texts import with_words
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.notes import of_tasks
from backorder.storage.tables import approvals

SHOWN = 100
"""Entries on the list, at most; what comes after them is found through the lists of lines and tasks."""
_LAST_DAYS = ("answer_by", "day")
"""What a task names its last day by."""
_SAME_DAY = frozenset(
    {"notice_undelivered", "complaint_undelivered", "may_be_cancellation", "unknown_sender"}
)
"""Tasks that are for the day on which they came up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItem:
    """Something for a person: a task (task), or a line with all its flags (line).

    what: in words, one for each flag. due: the last day; None where there is none. since: when it came up,
    of a line when it was ordered.
    """

    what: tuple[str, ...]
    about: str
    due: date | None
    since: datetime | None
    task: TaskView | None = None
    line: LineView | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Worklist:
    """The first of what waits. more: there is more of it than is shown."""

    entries: tuple[WorkItem, ...]
    more: bool


def worklist(database: Database, at: datetime) -> Worklist:
    """What waits for a person at a business instant."""
    own = task_list(database, at, due=at, limit=line_list.MOST)
    legal = line_list.lines(database, Filter(needs=True, duties=True), at, limit=SHOWN)
    flagged = line_list.lines(database, Filter(needs=True), at, limit=SHOWN)
    with reading(database.engine) as connection:
        until = _waiting_until(connection)
    found = [_of_task(each, database, until) for each in own.rows]
    found += [_of_line(each) for each in {line.id: line for line in (*legal.lines, *flagged.lines)}.values()]
    found.sort(key=_urgency)
    cut = any(each is not None for each in (own.next, legal.cursor, flagged.cursor))
    return Worklist(entries=tuple(found[:SHOWN]), more=cut or len(found) > SHOWN)


def task_of(database: Database, id: str) -> WorkItem | None:
    """One task; None for one that is not on the list. Raises UnknownError for one that never was."""
    with reading(database.engine) as connection:
        if not tasks.is_open(connection, id):
            return None
        task = tasks.named(connection, id)
        (detail,) = with_words(connection, [task.detail])
        left = of_tasks(connection, [id]).get(id, ())
        until = _waiting_until(connection)
    return _of_task(view_of(replace(task, detail=detail, notes=left)), database, until)


def _of_task(task: TaskView, database: Database, until: Mapping[str, datetime]) -> WorkItem:
    calendar = database.policies.calendar
    due = next((day for name in _LAST_DAYS if (day := _day(task.detail.get(name)))), None)
    if task.kind == "approve_date" and task.about in until:
        due = calendar.day(until[task.about])
    if task.kind in _SAME_DAY and task.since is not None:
        due = calendar.day(task.since)
    what = task_in_words(task.kind, task.about, task.detail)
    return WorkItem(what=(what,), about=task.about, due=due, since=task.since, task=task)


def _of_line(line: LineView) -> WorkItem:
    due = line.duties[0].due if line.duties else None
    return WorkItem(what=line.needs, about=line.id, due=due, since=line.ordered_at, line=line)


def _urgency(each: WorkItem) -> tuple[date, str, str]:
    return each.due or date.max, each.since.isoformat() if each.since else "", each.about


def _day(stated: object) -> date | None:
    try:
        return date.fromisoformat(str(stated))
    except ValueError:
        return None


def _waiting_until(connection: Connection) -> dict[str, datetime]:
    """When dates that wait for the buyer take effect all the same, by order and line."""
    columns = (approvals.c.purchase_order, approvals.c.line, approvals.c.until)
    rows = connection.execute(select(*columns).where(approvals.c.state == "waiting"))
    return {joined(row.purchase_order, row.line): row.until for row in rows}
