"""What lists show of lines, from the rows of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import NamedTuple, Protocol, cast

from sqlalchemy import Column, ColumnElement, Connection, FromClause, ScalarSelect, select, true

from backorder.domain.line.decide import decide
from backorder.domain.line.next_review import FirstToCome, next_review
from backorder.domain.line.ship_window import days_of_delay
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy
from backorder.errors import UnreadableError
from backorder.queries.faults import fault_of, status_of
from backorder.queries.views import DutyView, FaultView, LineView, NextView
from backorder.storage import isolation
from backorder.storage.codec import load_state
from backorder.storage.database import Database
from backorder.storage.isolation import Failure, Noted, known, words
from backorder.storage.line_case import supply_seen
from backorder.storage.line_duties import duties_of
from backorder.storage.listed import Listed, listed_of, load_listed, octets
from backorder.storage.statements import AnySelect
from backorder.storage.tables import backorders, customers, demands, products
from backorder.storage.types import among

_OF_LINE = (
    *("id", "order_id", "line_id", "sku", "supplier", "customer", "phase", "promised_by", "first_by"),
    *("ordered_at", "line_version", "listed", "duties"),
)
_OF_DEMAND = ("allocated", "position", "supply_version", "acknowledged")
_OF_REVIEW = ("arrivals", "allocated_on", "why", "since", "moved_by_time_alone")
OWN = (*(backorders.c[name] for name in _OF_LINE), octets(backorders.c.state).label("size"))
"""What is read of a line's own row."""


def with_others(
    lines: FromClause, *more: ColumnElement[object], beside: FromClause | None = None
) -> AnySelect:
    """What is read of lines in all, and more. lines: with the columns of OWN.

    beside: each of its rows is read, also where no line comes with it. Names are looked up by key: a join
    would read all products, where they are thousands.
    """
    whole = lines.join(demands, demands.c.backorder == lines.c.id)
    return select(
        *(lines.c[column.name] for column in OWN),
        _name(products.c.sku, lines.c.sku).label("product"),
        _name(customers.c.id, lines.c.customer).label("customer_name"),
        demands.c.open.label("units_open"),
        *(demands.c[name] for name in _OF_DEMAND),
        isolation.noted(lines).label("noted"),
        *more,
    ).select_from(whole if beside is None else beside.outerjoin(whole, true()))


def _name(key: Column[str], of_line: ColumnElement[str]) -> ScalarSelect[str]:
    return select(key.table.c.name).where(key == of_line).scalar_subquery()


class _Shown(NamedTuple):
    """What is read of a line, in the order of `with_others`."""

    id: str
    order_id: str
    line_id: str
    sku: str
    supplier: str
    customer: str
    phase: str
    promised_by: date | None
    first_by: date | None
    ordered_at: datetime
    line_version: int
    listed: str | None
    duties: str | None
    size: int
    product: str
    customer_name: str
    units_open: int
    allocated: int
    position: int | None
    supply_version: int
    acknowledged: int
    noted: str | None


WIDTH = len(_Shown._fields)
_WHOLE_OWN = ("state", "policy", "policy_version")
_asked_for = (
    select(*OWN, *(backorders.c[name] for name in _WHOLE_OWN))
    .where(among(backorders.c.id, "lines"))
    .subquery()
)
_WHOLE = with_others(
    _asked_for,
    *(_asked_for.c[name] for name in _WHOLE_OWN),
    *(demands.c[name] for name in _OF_REVIEW),
)
"""What says of a line what its last review did not."""


class _WholeRow(Protocol):
    """A row of _WHOLE."""

    id: str
    order_id: str
    line_id: str
    sku: str
    product: str
    supplier: str
    customer: str
    customer_name: str
    phase: str
    promised_by: date | None
    first_by: date | None
    ordered_at: datetime
    units_open: int
    position: int | None
    noted: str | None
    state: str
    supply_version: int
    acknowledged: int
    allocated: int
    allocated_on: date | None
    since: datetime
    moved_by_time_alone: bool
    arrivals: str
    why: str | None
    policy_version: str
    policy: str


def _plain(row: Sequence[object]) -> _Shown:
    return _Shown._make(row[:WIDTH])


def shown(
    connection: Connection, database: Database, rows: Sequence[Sequence[object]], at: datetime
) -> tuple[LineView, ...]:
    """The lines of a page: what their last reviews wrote of them, or else what their states say.

    rows: of `with_others`, and maybe more.
    One that cannot be looked at comes with what can be read of it, and why.
    """
    today = database.policies.calendar.day(at)
    checked = isolation.are_readable(rows)
    # Their columns are read by place, so that most rows need no names.
    views = [_as_listed(row, today, at, checked=checked) for row in cast("Sequence[_Shown]", rows)]
    if all(views) and not any(row[WIDTH - 1] for row in rows):
        return tuple(filter(None, views))
    plain = [_plain(row) for row in rows]
    others = [row.id for row, view in zip(plain, views, strict=True) if view is None]
    found = {view.id: view for view in views if view is not None}
    read = connection.execute(_WHOLE, {"lines": others}).all() if others else []
    anew = {row.id: _plain(row) for row in read}

    def shown_of(row: _WholeRow) -> tuple[str, LineView]:
        plain = anew[row.id]
        duties = _duties(plain.duties) if plain.duties else ()
        return row.id, _view(plain, _looked_at(connection, database, row, at), duties, today, at)

    pairs, failures = isolation.sound(read, shown_of, lambda row: isolation.line(row.id))
    found |= dict(pairs)
    # What was read anew counts whole, and a line that went meanwhile is none any more.
    lines = [row for row in (anew.get(each.id, each) for each in plain) if row.id in anew.keys() | found]
    noted = [row.id for row in lines if row.noted]
    notes = isolation.notes_of(connection, noted) if noted else {}
    failed = {each.backorder: each for each in failures}
    return tuple(
        _noted(found[row.id], notes.get(row.id, ()))
        if row.id in found
        else _faulty(row, failed[row.id], notes.get(row.id, ()))
        for row in lines
    )


def _noted(found: LineView, notes: Sequence[Noted]) -> LineView:
    if not notes:
        return found
    return replace(found, needs=(*found.needs, isolation.NEEDS), fault=fault_of(notes[0]))


def _faulty(row: _Shown | _WholeRow, failure: Failure, notes: Sequence[Noted]) -> LineView:
    needs = (isolation.NEEDS,) if notes or isolation.is_fault(failure) else ()
    return _unreadable(row, fault_of(notes[0] if notes else failure), needs)


def _unreadable(row: _Shown | _WholeRow, fault: FaultView, needs: tuple[str, ...]) -> LineView:
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


def _looked_at(connection: Connection, database: Database, row: _WholeRow, at: datetime) -> Listed:
    """What is shown of a line's state. row: of _WHOLE."""
    policy = database.policies.get(connection, isolation.readable(row).policy, row.policy_version)
    state = _looked(policy, row, at)
    found = listed_of(policy, state, next_review(policy, state, at))
    if state.supply_at is None:
        return found._replace(first=FirstToCome(at, "start", "the line was not looked at yet"))
    return found


def _view(row: _Shown, found: Listed, duties: tuple[DutyView, ...], today: date, at: datetime) -> LineView:
    """row: of `with_others`. It is said by place, since a page is many: its names take half as long again."""
    id, order_id, line_id, sku, supplier, customer, phase, promised_by, first_by, ordered_at = row[:10]
    product, customer_name, units_open, allocated, position = row[14:19]
    ordered, units, forecast, needs, first = found
    return LineView(
        id,
        order_id,
        line_id,
        sku,
        product,
        supplier,
        customer,
        customer_name,
        status_of(phase, units_open, allocated),
        ordered,
        units,
        allocated,
        promised_by,
        first_by,
        forecast if forecast is not None and forecast >= today else None,
        days_of_delay(first_by, promised_by, forecast, today) if units else 0,
        position if units > allocated else None,
        needs,
        ordered_at,
        _next(first, at) if first is not None else None,
        duties,
    )


def _as_listed(row: _Shown, today: date, at: datetime, *, checked: bool) -> LineView | None:
    """What the line's last review wrote beside its state, as long as nothing is new and nothing fell due.

    None also for a row that cannot be read: it is looked at by itself. checked: this one can.
    """
    try:
        supply_version, acknowledged = row[19:21]
        if supply_version > acknowledged:
            return None
        version, listed, duties, size = row[10:14]
        found = load_listed(listed, version, size)
        if found is None or (found.first is not None and found.first.at <= at):
            return None
        whole = row if checked else isolation.readable(_plain(row))
        return _view(whole, found, _duties(duties) if duties else (), today, at)
    except (UnreadableError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _looked(policy: Policy, row: _WholeRow, at: datetime) -> State:
    """The state once the line has looked at its supply."""
    state = load_state(row.state)
    state = replace(state, quantity=replace(state.quantity, allocated=row.allocated))
    if state.supply_at is None or row.supply_version <= row.acknowledged:
        return state
    fact = supply_seen(row, at, policy.calendar.day(at))
    return decide(policy, state, fact).state


def _duties(text: str) -> tuple[DutyView, ...]:
    return tuple([DutyView(rule=each.rule, due=each.due) for each in duties_of(text)])


def _next(first: FirstToCome, at: datetime) -> NextView:
    comes, what, why = first
    when = comes if comes > at else at
    return NextView(when if when.tzinfo is UTC else when.astimezone(UTC), what, why)
