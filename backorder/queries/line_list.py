"""Lists of backorders, page by page: each page is found through an index, however long the list is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    literal_column,
    or_,
    select,
    tuple_,
)

from backorder.domain.line.decide import decide
from backorder.domain.line.events import SupplyChanged
from backorder.domain.line.next_review import FirstToCome, next_review
from backorder.domain.line.ship_window import days_of_delay
from backorder.domain.line.state import State, Status
from backorder.domain.notifications import Why
from backorder.domain.policy.policy import Policy
from backorder.errors import RefusedError
from backorder.queries.faults import fault_of, status_of
from backorder.queries.views import DutyView, FaultView, LineView, NextView, Page
from backorder.storage import isolation
from backorder.storage.codec import load_arrivals, load_state
from backorder.storage.cursors import cursor_of, read_cursor
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.find_lines import meaning
from backorder.storage.isolation import Failure, Noted, known, words
from backorder.storage.line_duties import duties_of
from backorder.storage.listed import Listed, listed_of, load_listed
from backorder.storage.tables import backorders, customers, demands, products

LIMIT, MOST = 50, 500
STATUSES = tuple(status.value for status in Status)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Order:
    """How a list is sorted. name: of the list in its cursors. day: the column of days, None for IDs alone."""

    name: str
    day: Column[Any] | None = None


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

    @property
    def order_of(self) -> _Order:
        """The order in which the lines come."""
        return _BY_DUTY if self.duties else _BY_PROMISE if self.late else _BY_ID


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
    if faults:
        raise RefusedError(faults)
    order = wanted.order_of
    after = _read_cursor(cursor, order) if cursor else None
    day = database.policies.calendar.day(at)
    with reading(database.engine) as connection:
        conditions = list(_conditions(wanted, day))
        meant = meaning(connection, wanted.q) if wanted.q.strip() else None
        if meant is not None:
            conditions.append(meant.condition)
        if wanted.needs:
            noted = isolation.noted_lines(connection)
            conditions.append(or_(_NEEDS, backorders.c.id.in_(noted)) if noted else _NEEDS)
        rows = connection.execute(_page(conditions, after, limit + 1, order)).all()
        noted_ids = [row.id for row in rows if row.noted]
        notes = isolation.notes_of(connection, noted_ids) if noted_ids else {}
        found = tuple(_isolated(connection, database, row, at, notes.get(row.id, [])) for row in rows[:limit])
    more = len(rows) > limit
    return Page(
        lines=found,
        cursor=_cursor(rows[limit - 1], order) if more else None,
        hint=meant.hint if meant is not None else "",
    )


_OF_LINE = (
    *("id", "order_id", "line_id", "sku", "supplier", "customer", "phase", "promised_by", "first_by"),
    *("ordered_at", "state", "listed", "duties", "duty_due", "policy", "policy_version"),
)
_OF_DEMAND = (
    *("allocated", "allocated_on", "arrivals", "why", "since", "moved_by_time_alone"),
    *("position", "supply_version", "acknowledged"),
)
_SHOWN = (
    *(backorders.c[name] for name in _OF_LINE),
    products.c.name.label("product"),
    customers.c.name.label("customer_name"),
    demands.c.open.label("units_open"),
    *(demands.c[name] for name in _OF_DEMAND),
    isolation.NOTED.label("noted"),
)


def _page(conditions: Iterable[ColumnElement[bool]], after: Any, limit: int, by: _Order) -> Select[Any]:
    """The lines of a page are found first, and then what is shown of them: so many, and not of all.

    The number stands in the statement, so that the database plans for it.
    """
    order = (backorders.c.id,) if by.day is None else (by.day, backorders.c.id)
    found = select(backorders.c.id).join(demands, demands.c.backorder == backorders.c.id)
    found = found.where(*conditions).order_by(*order).limit(literal_column(str(limit)))
    if after is not None:
        found = found.where(backorders.c.id > after if by.day is None else tuple_(*order) > tuple_(*after))
    page = found.subquery()
    query = (
        select(*_SHOWN)
        .join_from(page, backorders, backorders.c.id == page.c.id)
        .join(demands, demands.c.backorder == page.c.id)
        .join(products, products.c.sku == backorders.c.sku)
        .join(customers, customers.c.id == backorders.c.customer)
    )
    return query.order_by(*order)


# Words of the partial indexes: a database only uses one if the query repeats its condition as it stands.
_OPEN = backorders.c.phase == literal_column("'open'")
_WHOLE = and_(demands.c.open > literal_column("0"), demands.c.open == demands.c.allocated)
_NEEDS: ColumnElement[bool] = literal_column("backorders.needs", Boolean)


_IN_LISTS = or_(backorders.c.erased_at.is_(None), _NEEDS, backorders.c.phase.in_(("open", "closing")))
"""A line of a customer who was erased is in no list, unless a person has to do something about it."""


def _conditions(wanted: Filter, day: date) -> Iterable[ColumnElement[bool]]:
    yield _IN_LISTS
    if wanted.status == "waiting":
        yield and_(_OPEN, demands.c.open > demands.c.allocated)
    elif wanted.status == "allocated":
        yield and_(_OPEN, _WHOLE)
    elif wanted.status:
        yield backorders.c.phase == wanted.status
    for column, value in (
        (backorders.c.order_id, wanted.order),
        (backorders.c.sku, wanted.sku),
        (backorders.c.supplier, wanted.supplier),
        (backorders.c.customer, wanted.customer),
    ):
        if value:
            yield column == value
    if wanted.late:
        yield and_(_OPEN, backorders.c.promised_by < day)
    if wanted.duties:
        yield backorders.c.duty_due.is_not(None)


def _isolated(
    connection: Connection, database: Database, row: Any, at: datetime, notes: Sequence[Noted]
) -> LineView:
    """A line; one that cannot be looked at with what can be read of it, and why."""
    failures: list[Failure] = []
    found: LineView | None = None
    with isolation.Apart(failures, *isolation.line(row.id)):
        found = _line(connection, database, row, at)
    if found is None:
        why = notes[0] if notes else failures[0]
        needs = (isolation.NEEDS,) if notes or isolation.is_fault(failures[0]) else ()
        return _unreadable(row, fault_of(why), needs)
    if notes:
        return replace(found, needs=(*found.needs, isolation.NEEDS), fault=fault_of(notes[0]))
    return found


def _unreadable(row: Any, fault: FaultView, needs: tuple[str, ...]) -> LineView:
    open_units, allocated = known(row.units_open) or 0, known(row.allocated) or 0
    return LineView(
        id=row.id,
        order_id=words(row.order_id),
        line_id=words(row.line_id),
        sku=words(row.sku),
        product=words(row.product),
        supplier=words(row.supplier),
        customer=words(row.customer),
        customer_name=words(row.customer_name),
        status=status_of(words(row.phase), open_units, allocated),
        ordered=open_units,
        open=open_units,
        allocated=allocated,
        promised_by=known(row.promised_by),
        first_by=known(row.first_by),
        forecast_by=None,
        delay_days=0,
        queue_position=known(row.position),
        needs=needs,
        ordered_at=known(row.ordered_at),
        next=None,
        fault=fault,
    )


def _line(connection: Connection, database: Database, row: Any, at: datetime) -> LineView:
    isolation.readable(row)
    found = _as_listed(row, at)
    if found is None:
        policy = database.policies.get(connection, row.policy, row.policy_version)
        state = _looked(policy, row, at)
        found = listed_of(policy, state, next_review(policy, state, at))
        if state.supply_at is None:
            found = replace(found, first=FirstToCome(at, "start", "the line was not looked at yet"))
    today = database.policies.calendar.day(at)
    forecast = found.forecast_by
    return LineView(
        id=row.id,
        order_id=row.order_id,
        line_id=row.line_id,
        sku=row.sku,
        product=row.product,
        supplier=row.supplier,
        customer=row.customer,
        customer_name=row.customer_name,
        status=status_of(row.phase, row.units_open, row.allocated),
        ordered=found.ordered,
        open=found.open,
        allocated=row.allocated,
        promised_by=row.promised_by,
        first_by=row.first_by,
        forecast_by=forecast if forecast and forecast >= today else None,
        delay_days=days_of_delay(row.first_by, row.promised_by, forecast, today) if found.open else 0,
        queue_position=row.position if found.open > row.allocated else None,
        needs=found.needs,
        ordered_at=row.ordered_at,
        next=_next(found, at),
        duties=tuple(DutyView(rule=each.rule, due=each.due) for each in duties_of(row.duties)),
    )


def _as_listed(row: Any, at: datetime) -> Listed | None:
    """What the line's last review wrote beside its state, as long as nothing is new and nothing fell due."""
    if row.supply_version > row.acknowledged:
        return None
    found = load_listed(row.listed, row.state)
    return found if found is None or found.first is None or found.first.at > at else None


def _looked(policy: Policy, row: Any, at: datetime) -> State:
    """The state once the line has looked at its supply."""
    state = load_state(row.state)
    state = replace(state, quantity=replace(state.quantity, allocated=row.allocated))
    if state.supply_at is None or row.supply_version <= row.acknowledged:
        return state
    news = SupplyChanged(
        at=at,
        day=policy.calendar.day(at),
        allocated=row.allocated,
        allocated_on=row.allocated_on,
        arrivals=load_arrivals(row.arrivals),
        since=row.since,
        moved_by_time_alone=row.moved_by_time_alone,
        why=Why(row.why) if row.why else None,
    )
    return decide(policy, state, news).state


def _next(found: Listed, at: datetime) -> NextView | None:
    if found.first is None:
        return None
    return NextView(at=max(at, found.first.at), what=found.first.what, why=found.first.why)


def _cursor(row: Any, order: _Order) -> str:
    if order.day is None:
        return cursor_of(order.name, row.id)
    # A day that is none sorts behind every other one, or before it: the page goes on from there.
    day = known(row._mapping[order.day.name]) or date.max
    return cursor_of(order.name, day.isoformat(), row.id)


def _read_cursor(cursor: str, order: _Order) -> Any:
    if order.day is None:
        return read_cursor(cursor, order.name, 1)[0]
    day, id = read_cursor(cursor, order.name, 2)
    try:
        return date.fromisoformat(day), id
    except ValueError:
        raise RefusedError(["cursor: this is no cursor of this list"]) from None
