"""What was stated of a purchase-order line, what of it waits for the buyer, and what the buyer knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, and_, func, select

from backorder.domain.supply.approval import FROM_ORDER
from backorder.storage.stated_chain import NamedLine
from backorder.storage.tables import approvals, stated_dates

_changes = stated_dates.alias("changes")
CHANGED_IN = (
    select(func.coalesce(func.max(_changes.c.revision), 0))
    .where(
        _changes.c.purchase_order == stated_dates.c.purchase_order,
        _changes.c.line == stated_dates.c.line,
        _changes.c.source == FROM_ORDER,
        _changes.c.day.is_(None),
    )
    .correlate(stated_dates)
    .scalar_subquery()
)
"""The revision that says that another supplier supplies the line of a word; 0 where it has always been one.

Only that is an order's own word without a day.
"""


def of_this_supplier() -> ColumnElement[bool]:
    """The condition that picks what was said since the supplier of now supplies a line."""
    return stated_dates.c.revision > CHANGED_IN


def buyer_asked(connection: Connection, order: str) -> dict[str, str]:
    """Why the buyer is asked about the lines of an order of which a date waits, by line."""
    mine = and_(approvals.c.purchase_order == order, approvals.c.state == "waiting")
    query = select(approvals.c.line, approvals.c.why).where(mine).order_by(approvals.c.line)
    return {row.line: row.why for row in connection.execute(query)}


def waits_already(
    connection: Connection, line: NamedLine, splits: Sequence[tuple[int, date | None]], note: str = ""
) -> str:
    """Why the buyer is asked about this very word already; "" if that is not so.

    A note that differs makes it another word: it may be what the buyer decides by. "" adds nothing.
    """
    waiting = waiting_date(connection, line.purchase_order, line.line)
    if waiting is None:
        return ""
    mine = and_(about(line), stated_dates.c.revision == waiting.revision)
    columns = (stated_dates.c.quantity, stated_dates.c.day, stated_dates.c.note)
    words = connection.execute(select(*columns).where(mine).order_by(stated_dates.c.split)).all()
    same = [(row.quantity, row.day) for row in words if row.quantity] == list(splits)
    return str(waiting.why) if same and note in ("", words[0].note) else ""


def own_stated_date(connection: Connection, order: str, line: str) -> date | None:
    """The date that last stood in the order itself; None if there was none."""
    mine = and_(
        stated_dates.c.purchase_order == order,
        stated_dates.c.line == line,
        stated_dates.c.source == FROM_ORDER,
    )
    newest = select(stated_dates.c.day).where(mine).order_by(stated_dates.c.revision.desc()).limit(1)
    day: date | None = connection.execute(newest).scalar_one_or_none()
    return day


def agreed_day(connection: Connection, line: NamedLine) -> date | None:
    """The last day of a line that the buyer knows of; moves are measured from it, however many they are.

    That is the latest word that was approved, or waited long enough; else the first one that took effect.
    None if there is no such day; what a supplier of before stated is none.
    """
    asked = and_(
        approvals.c.purchase_order == stated_dates.c.purchase_order,
        approvals.c.line == stated_dates.c.line,
        approvals.c.revision == stated_dates.c.revision,
    )
    words = select(stated_dates.c.revision, approvals.c.state).outerjoin(approvals, asked)
    known = words.where(about(line), of_this_supplier()).subquery()
    seen = select(func.max(known.c.revision)).where(known.c.state.in_(("approved", "expired")))
    first = select(func.min(known.c.revision)).where(known.c.state.is_(None))
    revision = connection.execute(select(func.coalesce(seen.scalar_subquery(), first.scalar_subquery())))
    mine = and_(about(line), stated_dates.c.revision == revision.scalar_one())
    return last_day(connection.execute(select(stated_dates.c.day).where(mine)).scalars())


class WaitingRow(Protocol):
    """A word that waits for the buyer."""

    purchase_order: str
    line: str
    revision: int
    why: str
    until: datetime


def waiting_date(connection: Connection, order: str, line: str) -> WaitingRow | None:
    """The word about a line that waits for the buyer; None if none does."""
    wanted = and_(
        approvals.c.purchase_order == order, approvals.c.line == line, approvals.c.state == "waiting"
    )
    return connection.execute(select(approvals).where(wanted)).one_or_none()


def last_decision(connection: Connection, line: NamedLine, revision: int | None = None) -> str | None:
    """What became of a word about a line that a buyer was asked about; None where none was.

    revision: of the word; None is the newest.
    """
    mine = and_(approvals.c.purchase_order == line.purchase_order, approvals.c.line == line.line)
    if revision is not None:
        mine = and_(mine, approvals.c.revision == revision)
    newest = select(approvals.c.state).where(mine).order_by(approvals.c.revision.desc()).limit(1)
    state: str | None = connection.execute(newest).scalar_one_or_none()
    return state


def about(line: NamedLine) -> ColumnElement[bool]:
    """The condition that picks what was ever stated of a line."""
    return and_(stated_dates.c.purchase_order == line.purchase_order, stated_dates.c.line == line.line)


def last_day(days: Iterable[date | None]) -> date | None:
    """The last of the days that are stated; None where none is."""
    return max((day for day in days if day is not None), default=None)
