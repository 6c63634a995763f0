"""What was waited for, and why: read chunk by chunk."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from backorder.domain.calendar import Calendar
from backorder.domain.keys import joined, parts
from backorder.domain.line.state import CLOSED
from backorder.domain.notifications import Kind
from backorder.domain.supply.shortage_causes import (
    LOOKED_BACK,
    Coming,
    Corrected,
    SkuDemand,
    WaitedFor,
    demand_by_sku,
    prevention,
)
from backorder.queries.opened_lines import CHUNK, chunks_of_lines
from backorder.storage.codec import load_pegs, plain_state
from backorder.storage.isolation import line, sound
from backorder.storage.stated_dates import of_this_supplier
from backorder.storage.statements import AnyRow, AnySelect
from backorder.storage.stored_state import PlainState
from backorder.storage.tables import (
    allocations,
    backorders,
    message_items,
    peggings,
    products,
    purchase_order_lines,
    purchase_orders,
    receipts,
    stated_dates,
    stock_movements,
    suppliers,
)

if TYPE_CHECKING:
    from backorder.queries.rows import GivenRow, LeadTimeRow, OrderedRow, ReceivedRow, WaitedLineRow


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OF_LINE = tuple(backorders.c[name] for name in ("sku", "ordered_at", "closed_at", "phase", "state"))
_FIRST_PEGGED = select(peggings.c.backorder, peggings.c.arrivals).where(
    peggings.c.number.in_(
        select(func.min(peggings.c.number))
        .where(peggings.c.backorder.in_(_IDS))
        .group_by(peggings.c.backorder)
    )
)
_CONFIRMED = select(message_items.c.backorder, message_items.c.evidence).where(
    message_items.c.backorder.in_(_IDS), message_items.c.step == Kind.CONFIRMED.value
)
_GIVEN = (
    select(allocations.c.backorder, allocations.c.quantity, allocations.c.cause, allocations.c.at)
    .where(allocations.c.backorder.in_(_IDS))
    .order_by(allocations.c.id)
)
_ORDER_IDS: BindParameter[str] = bindparam("orders", expanding=True)
_ORDERED = (
    select(
        purchase_order_lines.c.purchase_order,
        purchase_order_lines.c.line,
        purchase_order_lines.c.quantity,
        purchase_orders.c.supplier,
        purchase_orders.c.ordered_on,
        func.coalesce(products.c.lead_days, suppliers.c.lead_days).label("lead_days"),
    )
    .join(purchase_orders, purchase_orders.c.id == purchase_order_lines.c.purchase_order)
    .join(suppliers, suppliers.c.id == purchase_orders.c.supplier)
    .outerjoin(
        products,
        (products.c.sku == purchase_order_lines.c.sku) & (products.c.supplier == purchase_orders.c.supplier),
    )
    .where(purchase_order_lines.c.purchase_order.in_(_ORDER_IDS))
)
_STATED = (
    select(stated_dates.c.purchase_order, stated_dates.c.line, stated_dates.c.day)
    .where(stated_dates.c.purchase_order.in_(_ORDER_IDS), stated_dates.c.day.is_not(None), of_this_supplier())
    .order_by(stated_dates.c.revision.desc(), stated_dates.c.day)
)
"""The first revision that states a day comes last, and of its days the last one."""
_RECEIVED = (
    select(receipts.c.purchase_order, receipts.c.line, receipts.c.received_on, receipts.c.quantity)
    .where(receipts.c.purchase_order.in_(_ORDER_IDS))
    .order_by(receipts.c.received_on)
)
_CORRECTED = select(stock_movements.c.sku, stock_movements.c.happened_at, stock_movements.c.quantity).where(
    stock_movements.c.sku.in_(bindparam("skus", expanding=True)),
    stock_movements.c.happened_at >= bindparam("since", type_=stock_movements.c.happened_at.type),
    stock_movements.c.kind.in_(("adjustment", "count")),
    stock_movements.c.quantity < 0,
)
_PRODUCTS = (
    select(
        products.c.sku,
        products.c.name,
        func.coalesce(products.c.lead_days, suppliers.c.lead_days).label("lead_days"),
    )
    .join(suppliers, suppliers.c.id == products.c.supplier)
    .where(products.c.sku.in_(bindparam("skus", expanding=True)))
)
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CauseView:
    """What one cause is to blame for: lines, units, days in all, and units times days.

    prevention: what would have prevented most of that, in words.
    """

    cause: str
    lines: int
    units: int
    days: int
    unit_days: int
    prevention: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DemandView:
    """A SKU that was waited for. unit_days: units times days; longest: days. main_cause: with most of them.

    prevention: what would have prevented most of what that is to blame for.
    """

    sku: str
    name: str
    lines: int
    units: int
    days: int
    unit_days: int
    longest: int
    main_cause: str
    causes: tuple[CauseView, ...]
    prevention: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DemandReport:
    """What was waited for by the lines that were opened from `since` on and before `until`, most first.

    skus: the first ones of `found`.
    """

    since: date
    until: date
    found: int
    lines: int
    units: int
    unit_days: int
    skus: tuple[DemandView, ...]


def demand_report(
    connection: Connection, calendar: Calendar, since: date, until: date, now: datetime, *, limit: int = 50
) -> DemandReport:
    """See `DemandReport`. A line that cannot be read is left out and logged."""
    lines = list(_waited_for(connection, calendar, since, until, now))
    skus = sorted({each.sku for each in lines})
    found = demand_by_sku(lines, _corrected(connection, calendar, skus, since))
    known = {row.sku: row for row in _in_chunks(connection, _PRODUCTS, "skus", skus)}
    return DemandReport(
        since=since,
        until=until,
        found=len(found),
        lines=sum(each.lines for each in found),
        units=sum(each.units for each in found),
        unit_days=sum(each.unit_days for each in found),
        skus=tuple(_view(each, known.get(each.sku)) for each in found[:limit]),
    )


def _view(found: SkuDemand, product: LeadTimeRow | None) -> DemandView:
    lead_days = product.lead_days if product is not None else None
    causes = sorted(found.causes.items(), key=lambda each: -each[1].unit_days)
    return DemandView(
        sku=found.sku,
        name=product.name if product is not None else "",
        lines=found.lines,
        units=found.units,
        days=found.days,
        unit_days=found.unit_days,
        longest=found.longest,
        main_cause=found.main_cause.value,
        causes=tuple(
            CauseView(
                cause=cause.value,
                lines=share.lines,
                units=share.units,
                days=share.days,
                unit_days=share.unit_days,
                prevention=prevention(found, cause, lead_days),
            )
            for cause, share in causes
        ),
        prevention=prevention(found, found.main_cause, lead_days),
    )


def _waited_for(
    connection: Connection, calendar: Calendar, since: date, until: date, now: datetime
) -> Iterator[WaitedFor]:
    """The lines that had to wait, in the order in which they were opened."""
    for rows in chunks_of_lines(connection, _OF_LINE, calendar, since, until):
        ids = [row.id for row in rows]
        given = _by_line(connection.execute(_GIVEN, {"ids": ids}))
        first = _first_coming(connection, ids)

        def read(
            row: WaitedLineRow,
            given: Mapping[str, list[GivenRow]] = given,
            first: Mapping[str, tuple[Coming, ...]] = first,
        ) -> WaitedFor | None:
            return _line(row, given.get(row.id, []), first.get(row.id, ()), calendar, now)

        found, _ = sound(rows, read, lambda row: line(row.id))
        yield from (each for each in found if each is not None)


def _line(
    row: WaitedLineRow,
    given: Sequence[GivenRow],
    coming: tuple[Coming, ...],
    calendar: Calendar,
    now: datetime,
) -> WaitedFor | None:
    """A line that had to wait; None for one whose units were there."""
    state = plain_state(row.state)
    quantity = state["quantity"]
    end = row.closed_at if row.phase in CLOSED and row.closed_at else now
    ordered_on = calendar.day(row.ordered_at)
    spans = tuple(_missing(state, given, ordered_on, row.opened_at, end, calendar))
    units = max(each.units for each in spans)
    if not units:
        return None
    gone = quantity.get("cancelled", 0) + quantity.get("substituted", 0)
    return WaitedFor(
        backorder=row.id,
        sku=row.sku,
        ordered_on=ordered_on,
        units=units,
        waited=max((each.until - ordered_on).days for each in spans if each.units),
        unit_days=sum(each.units * (each.until - each.since).days for each in spans),
        wanted=min(units, quantity["ordered"] - gone) or units,
        coming=coming,
        lost=-sum(each.quantity for each in given if each.cause == "withdrawn"),
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """Units that were missing, from a day until another one."""

    since: date
    until: date
    units: int


def _missing(
    state: PlainState,
    given: Sequence[GivenRow],
    ordered_on: date,
    opened_at: datetime,
    end: datetime,
    calendar: Calendar,
) -> Iterator[_Span]:
    """How many units of a line were neither set aside nor gone, stretch by stretch; at least one."""
    changes: Counter[datetime] = Counter()
    for each in given:
        changes[max(each.at, opened_at)] += each.quantity
    for at, units in _gone(state):
        changes[max(datetime.fromisoformat(at), opened_at)] += units
    missing, since = state["quantity"]["ordered"] - changes.pop(opened_at, 0), ordered_on
    for instant, units in sorted(changes.items()):
        day = max(since, calendar.day(min(instant, end)))
        yield _Span(since, day, max(0, missing))
        missing, since = missing - units, day
    yield _Span(since, max(since, calendar.day(end)), max(0, missing))


def _gone(state: PlainState) -> Iterator[tuple[str, int]]:
    """What ends a unit's wait besides its being set aside: instants and units."""
    for cancelled in state.get("cancellations", ()):
        yield cancelled["received_at"], cancelled["units"]
    for became in state.get("substitutions", ()):
        yield became.get("taken_over_at") or became["received_at"], became["units"]
    for left in state.get("shipments", ()):
        yield left["shipped_at"], left["quantity"]


def _by_line(rows: Iterable[GivenRow]) -> Mapping[str, list[GivenRow]]:
    found: dict[str, list[GivenRow]] = defaultdict(list)
    for row in rows:
        found[row.backorder].append(row)
    return found


def _first_coming(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Coming, ...]]:
    """What was on its way for each line when it was first looked at."""
    first = {row.backorder: row.arrivals for row in connection.execute(_FIRST_PEGGED, {"ids": ids})}
    first |= {row.backorder: row.evidence for row in connection.execute(_CONFIRMED, {"ids": ids})}
    pegs = {backorder: _pegs(text) for backorder, text in first.items()}
    orders = sorted({key[0] for each in pegs.values() for _, key in each})
    ordered = {
        (row.purchase_order, row.line): row for row in _in_chunks(connection, _ORDERED, "orders", orders)
    }
    stated = {
        (row.purchase_order, row.line): row.day for row in _in_chunks(connection, _STATED, "orders", orders)
    }
    arrived = _arrived(_in_chunks(connection, _RECEIVED, "orders", orders), ordered)
    return {
        backorder: tuple(
            _coming(units, ordered[key], stated.get(key), arrived.get(key))
            for units, key in each
            if key in ordered
        )
        for backorder, each in pegs.items()
    }


def _arrived(received: Iterable[ReceivedRow], ordered: Mapping[Key, OrderedRow]) -> dict[Key, date]:
    """The day on which the last unit of each order's line came; those that are not whole are left out."""
    come: dict[Key, int] = defaultdict(int)
    found: dict[Key, date] = {}
    for row in received:
        key = (row.purchase_order, row.line)
        come[key] += row.quantity
        if key in ordered and come[key] >= ordered[key].quantity:
            found.setdefault(key, row.received_on)
    return found


def _coming(units: int, row: OrderedRow, stated: date | None, arrived: date | None) -> Coming:
    usual = row.ordered_on + timedelta(days=row.lead_days) if row.lead_days is not None else None
    return Coming(
        order=joined(row.purchase_order, row.line),
        supplier=row.supplier,
        units=units,
        due=stated or usual,
        arrived=arrived,
    )


@lru_cache(maxsize=8192)
def _pegs(text: str) -> tuple[tuple[int, Key], ...]:
    """Units and the purchase-order line that they come with."""
    found = []
    for units, supply in load_pegs(text)[1]:
        names = parts((supply or "").partition("#")[0])
        if len(names) == 2:
            found.append((units, (names[0], names[1])))
    return tuple(found)


def _corrected(
    connection: Connection, calendar: Calendar, skus: Sequence[str], since: date
) -> dict[str, list[Corrected]]:
    begins = calendar.instant(since - timedelta(days=LOOKED_BACK), datetime.min.time())
    found: dict[str, list[Corrected]] = defaultdict(list)
    for row in _in_chunks(connection, _CORRECTED, "skus", skus, since=begins):
        found[row.sku].append(Corrected(on=calendar.day(row.happened_at), units=-row.quantity))
    return found


def _in_chunks(
    connection: Connection, query: AnySelect, name: str, values: Sequence[str], **others: object
) -> Iterator[AnyRow]:
    for place in range(0, len(values), CHUNK):
        yield from connection.execute(query, {name: values[place : place + CHUNK], **others})
