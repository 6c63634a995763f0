"""Complaints beside the state that has them: on the worklist, with their customer, and with their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import Connection, or_, select, update

from backorder.domain.complaints import COMPLAINT_DUE, is_urgent
from backorder.domain.line.events import Answered, CancelRequested, Complained, Event
from backorder.domain.line.state import State
from backorder.storage import tasks
from backorder.storage.codec import load_object
from backorder.storage.statements import AnyRow
from backorder.storage.tables import backorders, customers, requests
from backorder.storage.tables import tasks as tasks_


def keep_from_offers(connection: Connection, backorder: str, event: Event) -> None:
    """Note with the customer of a line when they last complained or cancelled, if an event says so.

    Of a line whose customer was erased it says nothing of who has their ID by now.
    """
    match event:
        case Complained():
            column, received_at = customers.c.complained_at, event.received_at
        case (
            CancelRequested(by="customer") | Answered(choice="cancel" | "withdraw") | Answered(rest="cancel")
        ):
            column, received_at = customers.c.cancelled_at, event.received_at
        case _:
            return
    line = (backorders.c.id == backorder) & backorders.c.erased_at.is_(None)
    mine = select(backorders.c.customer).where(line).scalar_subquery()
    earlier = or_(column.is_(None), column < received_at)
    connection.execute(update(customers).where(customers.c.id == mine, earlier).values({column: received_at}))


def on_the_worklist(connection: Connection, before: State, after: State, at: datetime) -> None:
    """What is new has a task, and what was ended none any more."""
    known = {each.ticket: each for each in before.complaints}
    for each in after.complaints:
        if each.ticket not in known:
            detail = {"ticket": each.ticket, "answer_by": each.answer_by.isoformat()}
            key, since = _key(each.ticket), each.received_at
            tasks.add(connection, key=key, kind="complaint", subject=after.id, detail=detail, at=since)
        elif not each.is_open and known[each.ticket].is_open:
            for key in (_key(each.ticket), _urgent_key(each.ticket)):
                tasks.finish(connection, key, at)


def urgent(connection: Connection, today: date) -> list[AnyRow]:
    """The tasks of complaints that nobody has ended, and whose last day is near."""
    waiting = (tasks_.c.kind == "complaint") & tasks_.c.done_at.is_(None)
    rows = connection.execute(select(tasks_).where(waiting).order_by(tasks_.c.id)).all()
    return [row for row in rows if (by := _answer_by(row)) is not None and is_urgent(by, today)]


class _TaskRow(Protocol):
    detail: str
    subject: str


def remind(connection: Connection, task: _TaskRow, at: datetime) -> None:
    """Put a complaint before people once more. task: of it."""
    detail = load_object(task.detail, "what a task says")
    key = _urgent_key(str(detail["ticket"]))
    tasks.add(connection, key=key, kind=COMPLAINT_DUE, subject=task.subject, detail=detail, at=at)


def _answer_by(task: _TaskRow) -> date | None:
    """None where its customer was erased."""
    by = load_object(task.detail, "what a task says").get("answer_by")
    return date.fromisoformat(str(by)) if by else None


def words_of(connection: Connection, state: State) -> Mapping[str, str]:
    """What was written about a line's complaints, by the requests that brought it: in it, or how it ended."""
    ids = [id for each in state.complaints for id in (each.request, each.closed_by) if id]
    if not ids:
        return {}
    mine = (requests.c.backorder == state.id) & requests.c.id.in_(ids)
    rows = connection.execute(select(requests.c.id, requests.c.evidence).where(mine))
    return {row.id: row.evidence or "" for row in rows}


def _key(ticket: str) -> str:
    return f"complaint/{ticket}"


def _urgent_key(ticket: str) -> str:
    return f"complaint-due/{ticket}"
