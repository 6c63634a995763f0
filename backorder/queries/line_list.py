"""Lists of backorders, page by page: each page is found through an index, however long the list is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    false,
    literal_column,
    or_,
    select,
    tuple_,
)

from backorder.domain.line.state import Status
from backorder.domain.search_terms import numbers
from backorder.errors import RefusedError
from backorder.queries.first_lines import each_of, first_of, lines_of
from backorder.queries.lines_at_once import at_once
from backorder.queries.listed_lines import OWN, WIDTH, shown, with_others
from backorder.queries.views import Page
from backorder.storage import isolation
from backorder.storage.compiled import Rows
from backorder.storage.cursors import cursor_of, day_in, faults_of_cursor, read_cursor
from backorder.storage.database import Database
from backorder.storage.engine import glancing
from backorder.storage.find_lines import CONDITIONS, first_look, meaning
from backorder.storage.isolation import known
from backorder.storage.plain_rows import rows_of
from backorder.storage.statements import AnySelect
from backorder.storage.tables import backorders, demands
from backorder.storage.types import Day, Texts, among, unseen

LIMIT, MOST = 50, 500
STATUSES = tuple(status.value for status in Status)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Order:
    """How a list is sorted. name: of the list in its cursors. day: the column of days, None for IDs alone."""

    name: str
    day: Column[date] | None = None


_BY_ID = _Order(name="backorders")
_BY_PROMISE = _Order(name="late backorders", day=backorders.c.promised_by)
_BY_DUTY = _Order(name="backorders with duties", day=backorders.c.duty_due)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which lines. q: what a caller can say, see `backorder.storage.find_lines`: an order, a line, a SKU, a
    purchase order, a tracking number, words of a product's or a customer's name, a part of an email address,
    a phone number as dialled.

    status: one of STATUSES. late: the promised day is over and units have not shipped; the longest first.
    needs: something waits for a person. duties: the law wants something of the line; the first to fall due
    first.
    """

    q: str = ""
    status: str = ""
    order: str = ""
    sku: str = ""
    supplier: str = ""
    customer: str = ""
    late: bool = False
    needs: bool = False
    duties: bool = False


def _order_of(*, late: bool, duties: bool) -> _Order:
    """The order in which lines come."""
    return _BY_DUTY if duties else _BY_PROMISE if late else _BY_ID


def lines(
    database: Database, wanted: Filter, at: datetime, *, cursor: str | None = None, limit: int = LIMIT
) -> Page:
    """A page of lines as they stand at a business instant, in the order of their IDs (late ones, and those
    with duties: by date).

    Raises RefusedError for a filter or a cursor that means nothing.
    """
    faults = []
    if wanted.status and wanted.status not in STATUSES:
        faults.append(f'status: "{wanted.status}" is unknown; known are {", ".join(STATUSES)}')
    if not 1 <= limit <= MOST:
        faults.append(f"limit: must be from 1 to {MOST}")
    faults += faults_of_cursor(lambda said: read_place(said, late=wanted.late, duties=wanted.duties), cursor)
    if faults:
        raise RefusedError(faults)
    order = _order_of(late=wanted.late, duties=wanted.duties)
    after = read_place(cursor, late=wanted.late, duties=wanted.duties) if cursor else None
    day = database.policies.calendar.day(at)
    with glancing(database.engine) as connection:
        rows, hint = _rows(connection, wanted, limit + 1, day, after)
        found = shown(connection, database, rows[:limit], at)
    more = len(rows) > limit
    return Page(
        lines=found,
        cursor=_cursor(rows[limit - 1], order) if more else None,
        hint=hint,
    )


def _rows(
    connection: Connection, wanted: Filter, limit: int, day: date, after: Mapping[str, object] | None
) -> tuple[Rows, str]:
    """The rows of a page, and how to ask where a search did not look through all there is.

    day: today. after: where the page goes on, as parameters of its statement.
    """
    noted = isolation.noted_lines(connection) if wanted.needs else []
    shape, values = _asked(wanted, noted, limit, paged=after is not None)
    values |= {"today": day, **(after or {})}
    if question := wanted.q.strip():
        return _searched(connection, question, shape, values)
    return rows_of(connection, _page(shape), values), ""


def _searched(
    connection: Connection, question: str, shape: _Shape, values: dict[str, object]
) -> tuple[Rows, str]:
    """The same of a search. shape, values: what else is asked for."""
    postgresql = connection.dialect.name == "postgresql"
    looked, asked = first_look(question)
    if postgresql and _by_id(shape):
        rows = rows_of(connection, _at_once(looked, shape, bool(numbers(question))), values | asked)
        if rows[0][0] is not None:
            return rows, ""
        found = from_json(rows[0][WIDTH])
    else:
        (row,) = rows_of(connection, looked, asked)
        found = dict(zip(looked.selected_columns.keys(), row, strict=False))
    meant = meaning(connection, question, found)
    for parameters in meant.values.values():
        values |= parameters
    shape = shape._replace(meant=tuple(meant.values))
    if postgresql:
        shape = shape._replace(few=_are_few(values, shape))
    return rows_of(connection, _page(shape), values), meant.hint


class _Shape(NamedTuple):
    """What tells the statement of one page from that of another; the rest are values.

    columns: with a value that they have to have. meant: what a search means, None for no search. noted: lines
    that show a note are asked for by name. paged: it goes on after a page. few: a search means the lines of
    owners alone, each of whom may have one on the page.
    """

    status: str
    columns: tuple[str, ...]
    meant: tuple[str, ...] | None
    late: bool
    needs: bool
    noted: bool
    duties: bool
    paged: bool
    limit: int
    few: bool = False


def _asked(
    wanted: Filter, noted: Sequence[str], limit: int, *, paged: bool
) -> tuple[_Shape, dict[str, object]]:
    """A page's statement, and the values of its parameters."""
    columns = {name: value for name in _COLUMNS if (value := getattr(wanted, name.removesuffix("_id")))}
    values: dict[str, object] = {f"of_{name}": value for name, value in columns.items()}
    if noted:
        values["noted"] = list(noted)
    if wanted.status not in ("", "waiting", "allocated"):
        values["phase"] = wanted.status
    shape = _Shape(
        status=wanted.status if "phase" not in values else "phase",
        columns=tuple(columns),
        meant=None,
        late=wanted.late,
        needs=wanted.needs,
        noted=bool(noted),
        duties=wanted.duties,
        paged=paged,
        limit=limit,
    )
    return shape, values


@lru_cache(maxsize=1000)
def _page(shape: _Shape) -> AnySelect:
    """The lines of a page are found first, and then what is shown of them: so many, and not of all.

    The number stands in the statement, so that the database plans for it.
    """
    day = _order_of(late=shape.late, duties=shape.duties).day
    order = (backorders.c.id,) if day is None else (day, backorders.c.id)
    found = select(*OWN, *(() if day is None else (day.label("sorted_by"),)))
    if "purchase_order" in (shape.meant or ()):
        found = found.join(demands, demands.c.backorder == backorders.c.id)
    conditions = [*_conditions(shape), *_after(shape, order)]
    if shape.few and shape.meant is not None:
        (name,) = shape.meant
        owner = each_of(unseen(name, Texts))
        page = lines_of(_OWNERS[name], owner, OWN, conditions, shape.limit).subquery()
        return with_others(page).order_by(page.c.id)
    meant = () if shape.meant is None else (or_(false(), *_meant(shape, conditions)),)
    found = found.where(*conditions, *meant).order_by(*order).limit(literal_column(str(shape.limit)))
    page = found.subquery()
    sorted_by = () if day is None else (page.c.sorted_by,)
    return with_others(page, *sorted_by).order_by(*sorted_by, page.c.id)


@lru_cache(maxsize=1000)
def _at_once(looked: AnySelect, shape: _Shape, is_number: bool) -> AnySelect:
    """The same with what a search means, or that alone. is_number: it may be somebody's phone and no word."""
    conditions = [*_conditions(shape), *_after(shape, (backorders.c.id,))]
    return at_once(looked, conditions, shape.limit, words=not is_number)


# Words of the partial indexes: a database only uses one if the query repeats its condition as it stands.
_OPEN = backorders.c.phase == literal_column("'open'")
_SET_ASIDE = and_(demands.c.open > literal_column("0"), demands.c.open == demands.c.allocated)
_NEEDS: ColumnElement[bool] = literal_column("backorders.needs", Boolean)


_IN_LISTS = or_(
    backorders.c.erased_at.is_(None),
    _NEEDS,
    literal_column("backorders.phase IN ('open', 'closing')", Boolean),
)
"""A line of a customer who was erased is in no list, unless a person has to do something about it."""


_COLUMNS = ("order_id", "sku", "supplier", "customer")
"""Columns that a filter may say, each under its own name or that without `_id`."""


def _of_demand(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether it holds of a line's demand, looked up by key: a join might read all demands up to a page."""
    own = select(condition).where(demands.c.backorder == backorders.c.id).correlate(backorders)
    return own.scalar_subquery()


def _conditions(shape: _Shape) -> Iterable[ColumnElement[bool]]:
    yield _IN_LISTS
    if shape.status == "waiting":
        yield and_(_OPEN, _of_demand(demands.c.open > demands.c.allocated))
    elif shape.status == "allocated":
        yield and_(_OPEN, _of_demand(_SET_ASIDE))
    elif shape.status:
        yield backorders.c.phase == bindparam("phase")
    for name in shape.columns:
        yield backorders.c[name] == unseen(f"of_{name}", String)
    if shape.late:
        yield and_(_OPEN, backorders.c.promised_by < bindparam("today"))
    if shape.duties:
        yield backorders.c.duty_due.is_not(None)
    if shape.needs:
        noted = among(backorders.c.id, "noted")
        yield or_(_NEEDS, noted) if shape.noted else _NEEDS


def _after(shape: _Shape, order: Sequence[Column[Any]]) -> Iterable[ColumnElement[bool]]:
    """What comes after the page before."""
    if shape.paged:
        last = bindparam("after_id", type_=String)
        one = len(order) == 1
        yield (
            backorders.c.id > last
            if one
            else tuple_(*order) > tuple_(bindparam("after_day", type_=Day), last)
        )


_OWNERS = {"people": backorders.c.customer, "products": backorders.c.sku}


def _meant(shape: _Shape, more: Sequence[ColumnElement[bool]]) -> Iterable[ColumnElement[bool]]:
    """What a search means of a line. more: what else has to hold of it."""
    by_id = _by_id(shape)
    for name in shape.meant or ():
        said = CONDITIONS[name]
        owner = _OWNERS.get(name)
        yield said if owner is None or not by_id else first_of(owner, name, said, more, shape.limit)


def _by_id(shape: _Shape) -> bool:
    return _order_of(late=shape.late, duties=shape.duties).day is None


def _are_few(values: Mapping[str, object], shape: _Shape) -> bool:
    """See `_Shape.few`."""
    if not _by_id(shape) or shape.meant is None or len(shape.meant) != 1:
        return False
    owners = values.get(shape.meant[0]) if shape.meant[0] in _OWNERS else None
    return isinstance(owners, list) and len(owners) <= shape.limit


def _cursor(row: Sequence[Any], order: _Order) -> str:
    if order.day is None:
        return cursor_of(order.name, row[0])
    # A day that is none sorts behind every other one, or before it: the page goes on from there.
    day = known(row[WIDTH]) or date.max
    return cursor_of(order.name, day.isoformat(), row[0])


def read_place(cursor: str, *, late: bool, duties: bool) -> dict[str, object]:
    """Where a page of a list goes on, as parameters of its statement; see `Filter`.

    Raises RefusedError for a cursor of another list, or of another order of this one.
    """
    order = _order_of(late=late, duties=duties)
    if order.day is None:
        return {"after_id": read_cursor(cursor, order.name, 1)[0]}
    day, id = read_cursor(cursor, order.name, 2)
    return {"after_day": day_in(day), "after_id": id}
