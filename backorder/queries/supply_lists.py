"""What buyers look up: purchase-order lines, products with their stock, and who waits for what.

Each list comes page by page, and a page is found through an index, however long the list is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select, tuple_

from backorder.domain.keys import joined
from backorder.errors import RefusedError
from backorder.storage import stock_units
from backorder.storage.arrivals import arrivals_in_words
from backorder.storage.cursors import cursor_of, day_in, number_in, read_cursor
from backorder.storage.isolation import known, sound
from backorder.storage.purchase_order_lines import OPEN
from backorder.storage.statements import AnySelect, one_of
from backorder.storage.tables import (
    demands,
    expected_receipts,
    products,
    purchase_order_lines,
    purchase_orders,
    receipts,
    stock,
    supply_returns,
)

if TYPE_CHECKING:
    from backorder.queries.rows import QueuedRow, StockRow, SupplyLineRow


R = TypeVar("R")

LIMIT, MOST = 50, 500
_STOCKS = "stock"
"""The list of products in its cursors."""
FEW = 5
"""Of those who wait behind a line of an order, how many are shown with the whole order."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplyPage(Generic[T]):
    """A page of a list. next: the cursor of the page behind it; None on the last one."""

    rows: Sequence[T]
    next: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Which purchase-order lines. open: units are still to come; late: their day is over, longest first."""

    supplier: str = ""
    sku: str = ""
    open: bool = True
    late: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplyLine:
    """A purchase-order line.

    Units: ordered, received (all that ever came), returned, open (still to come). due: the day that counts
    for what is open; stated: the earliest day that the supplier states for it. likely, by: our forecast of
    the last of it, P50 and P90; None where a part has no date. cancel_reason: why it was cancelled, None
    where it was not, or nobody said.
    """

    purchase_order: str
    line: str
    supplier: str
    sku: str
    destination: str
    ordered_on: date
    ordered: int
    received: int
    returned: int
    open: int
    cancelled: bool
    cancel_reason: str | None
    due: date | None
    stated: date | None
    likely: date | None
    by: date | None
    late: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A purchase order."""

    id: str
    supplier: str
    ordered_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Stock:
    """A product's units. free: on hand and set aside for nobody. waiting: units that nobody has yet."""

    sku: str
    name: str
    supplier: str
    on_hand: int
    allocated: int
    free: int
    incoming: int
    waiting: int
    backorder_limit: int | None
    sell_without_date: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class InQueue:
    """A line that waits for units, in the order in which it is served.

    position: its place when the queue was pegged last. units: how many it waits for; of a purchase-order
    line, how many of that line's.
    """

    position: int | None
    backorder: str
    units: int
    allocated: int
    priority: int


def supply_lines(
    connection: Connection, wanted: Lines, today: date, *, cursor: str | None = None, limit: int = LIMIT
) -> SupplyPage[SupplyLine]:
    """A page of purchase-order lines, by order and line; late ones by their day.

    Raises RefusedError for a cursor that means nothing.
    """
    line = purchase_order_lines.c
    key: tuple[ColumnElement[object], ...] = (line.purchase_order, line.line)
    of, conditions = _name_of(late=wanted.late), list(_conditions(wanted, today))
    if wanted.late:
        key = (line.due, *key)
    if cursor:
        after = read_place(cursor, late=wanted.late)
        conditions.append(tuple_(*key) > tuple_(*after))
        if not wanted.late:
            # Said of the order too: that is what an index begins with where a supplier's are asked for.
            conditions.append(purchase_orders.c.id >= after[0])
    order = (purchase_orders.c.id, line.line) if wanted.supplier and not wanted.late else key
    rows = connection.execute(_LINES.where(*conditions).order_by(*order).limit(limit + 1)).all()

    def place(row: SupplyLineRow) -> tuple[str, ...]:
        last = (row.purchase_order, row.line)
        return ((known(row.due) or date.max).isoformat(), *last) if wanted.late else last

    more = cursor_of(of, *place(rows[limit - 1])) if len(rows) > limit else None
    return SupplyPage(rows=_with_units(connection, rows[:limit], today), next=more)


def _name_of(*, late: bool) -> str:
    """The list of purchase-order lines in its cursors."""
    return "late" if late else "lines"


def read_place(cursor: str, *, late: bool) -> tuple[object, ...]:
    """Behind which purchase-order line a page begins. Raises RefusedError for a cursor of another order."""
    if not late:
        return tuple(read_cursor(cursor, _name_of(late=late), 2))
    day, *line = read_cursor(cursor, _name_of(late=late), 3)
    return (day_in(day), *line)


def read_sku(cursor: str) -> str:
    """Behind which product a page begins. Raises RefusedError for a cursor of another list."""
    return read_cursor(cursor, _STOCKS, 1)[0]


def order_named(connection: Connection, id: str) -> Order:
    """A purchase order. Raises RefusedError for an unknown one."""
    columns = purchase_orders.c.id, purchase_orders.c.supplier, purchase_orders.c.ordered_on
    found = connection.execute(select(*columns).where(purchase_orders.c.id == id)).one_or_none()
    if found is None:
        raise RefusedError([f'id: "{id}" is neither a purchase order nor a product'])
    return Order(**found._mapping)


def order_lines(
    connection: Connection, id: str, today: date, *, cursor: str | None = None, limit: int = LIMIT
) -> SupplyPage[SupplyLine]:
    """The lines of one purchase order. Raises RefusedError for a cursor that means nothing."""
    line = purchase_order_lines.c
    query = _LINES.where(line.purchase_order == id).order_by(line.line).limit(limit + 1)
    if cursor:
        query = query.where(line.line > read_cursor(cursor, "order", 1)[0])
    rows = connection.execute(query).all()
    more = cursor_of("order", rows[limit - 1].line) if len(rows) > limit else None
    return SupplyPage(rows=_with_units(connection, rows[:limit], today), next=more)


def order_line(connection: Connection, id: str, line: str, today: date) -> SupplyLine:
    """One line of a purchase order. Raises RefusedError for an unknown one."""
    mine = purchase_order_lines.c.purchase_order == id, purchase_order_lines.c.line == line
    found = _with_units(connection, connection.execute(_LINES.where(*mine)).all(), today)
    if not found:
        raise RefusedError([f"id, line: purchase order {id} has no line {line}"])
    return found[0]


def stocks(
    connection: Connection,
    *,
    supplier: str = "",
    sku: str = "",
    cursor: str | None = None,
    limit: int = LIMIT,
) -> SupplyPage[Stock]:
    """A page of products, by SKU. supplier, sku: those alone, "" for any.

    Raises RefusedError for a cursor that means nothing.
    """
    query = _STOCK.order_by(products.c.sku).limit(limit + 1)
    if supplier:
        query = query.where(products.c.supplier == supplier)
    if sku:
        query = query.where(products.c.sku == sku)
    if cursor:
        query = query.where(products.c.sku > read_sku(cursor))
    rows = connection.execute(query).all()
    more = cursor_of(_STOCKS, rows[limit - 1].sku) if len(rows) > limit else None
    return SupplyPage(rows=_read(rows[:limit], _stock, "sku", lambda row: row.sku), next=more)


def stock_of(connection: Connection, sku: str) -> Stock | None:
    """One product's units; None for an unknown one."""
    return next(
        iter(_read(connection.execute(_STOCK.where(stock.c.sku == sku)), _stock, "sku", lambda row: row.sku)),
        None,
    )


def queue(
    connection: Connection, sku: str, *, cursor: str | None = None, limit: int = LIMIT
) -> SupplyPage[InQueue]:
    """A page of a product's queue. Raises RefusedError for a cursor that means nothing."""
    return _queued(connection, sku, [], lambda row: row.open - row.allocated, cursor, limit)


def waiting_for(
    connection: Connection, line: SupplyLine, *, cursor: str | None = None, limit: int = LIMIT
) -> SupplyPage[InQueue]:
    """A page of those who wait for the units of a purchase-order line, as they were pegged last.

    Raises RefusedError for a cursor that means nothing.
    """

    def units_of(row: QueuedRow) -> int:
        pegged = arrivals_in_words(row.arrivals)
        name = _name(line)
        return sum(each for each, _, _, supply in pegged if supply.partition("#")[0] == name)

    return _queued(connection, line.sku, [_serves(line)], units_of, cursor, limit)


def count_waiting_for(connection: Connection, line: SupplyLine) -> int:
    """How many lines wait for the units of a purchase-order line."""
    query = select(func.count()).select_from(demands).where(stock_units.queued(line.sku), _serves(line))
    return int(connection.execute(query).scalar_one())


# --- inside

_LINES: AnySelect = select(
    purchase_order_lines, purchase_orders.c.supplier, purchase_orders.c.ordered_on
).join(purchase_orders, purchase_orders.c.id == purchase_order_lines.c.purchase_order)
_WAITING = (
    select(func.coalesce(func.sum(demands.c.open - demands.c.allocated), 0))
    .where(stock_units.queued(stock.c.sku))
    .scalar_subquery()
)
_COMING = (
    select(func.coalesce(func.sum(expected_receipts.c.quantity), 0))
    .where(expected_receipts.c.sku == stock.c.sku)
    .scalar_subquery()
)
_STOCK: AnySelect = select(
    stock,
    products.c.name,
    products.c.supplier,
    products.c.backorder_limit,
    products.c.sell_without_date,
    _COMING.label("incoming"),
    _WAITING.label("waiting"),
).join(products, products.c.sku == stock.c.sku)
_PLACE = (func.coalesce(demands.c.position, 0), demands.c.backorder)


def _conditions(wanted: Lines, today: date) -> Iterable[ColumnElement[bool]]:
    line = purchase_order_lines.c
    if wanted.supplier:
        yield purchase_orders.c.supplier == wanted.supplier
    if wanted.sku:
        yield line.sku == wanted.sku
    if wanted.late:
        yield and_(line.due.is_not(None), line.due < today)
    elif wanted.open:
        yield OPEN


def _with_units(connection: Connection, rows: Sequence[SupplyLineRow], today: date) -> list[SupplyLine]:
    """The lines of a page, each with what came, went back and is expected."""
    keys = [(row.purchase_order, row.line) for row in rows]
    came = _sums(connection, receipts, keys)
    back = _sums(connection, supply_returns, keys)
    coming = _coming(connection, keys)

    def read(row: SupplyLineRow) -> SupplyLine:
        key = (row.purchase_order, row.line)
        cancelled = row.cancelled_at is not None
        return SupplyLine(
            purchase_order=row.purchase_order,
            line=row.line,
            supplier=row.supplier,
            sku=row.sku,
            destination=row.destination,
            ordered_on=row.ordered_on,
            ordered=row.quantity,
            received=came.get(key, 0),
            returned=back.get(key, 0),
            open=0 if cancelled else max(0, row.quantity - row.received),
            cancelled=cancelled,
            cancel_reason=row.cancel_reason if cancelled else None,
            due=row.due,
            late=row.due is not None and row.due < today,
            **coming.get(key, _NOTHING_COMES),
        )

    return _read(rows, read, "purchase-order", lambda row: row.purchase_order)


Key = tuple[str, str]


class _Days(TypedDict):
    stated: date | None
    likely: date | None
    by: date | None


_NOTHING_COMES: _Days = {"stated": None, "likely": None, "by": None}


def _sums(connection: Connection, table: Table, keys: Sequence[Key]) -> dict[Key, int]:
    columns = table.c.purchase_order, table.c.line
    query = select(*columns, func.sum(table.c.quantity)).where(one_of(keys, *columns)).group_by(*columns)
    return {(order, line): int(total) for order, line, total in connection.execute(query)} if keys else {}


def _coming(connection: Connection, keys: Sequence[Key]) -> dict[Key, _Days]:
    """The days of what is expected, of each line."""
    part = expected_receipts.c
    columns = part.purchase_order, part.line
    latest = func.max(part.likely), func.max(part.by)
    query = select(*columns, func.min(part.stated), *latest, func.count() - func.count(part.by))
    rows = connection.execute(query.where(one_of(keys, *columns)).group_by(*columns)) if keys else ()
    found: dict[Key, _Days] = {}
    for order, line, stated, likely, by, undated in rows:
        found[order, line] = {
            "stated": known(stated),
            "likely": None if undated else known(likely),
            "by": None if undated else known(by),
        }
    return found


def _stock(row: StockRow) -> Stock:
    return Stock(
        sku=row.sku,
        name=row.name,
        supplier=row.supplier,
        on_hand=row.on_hand,
        allocated=row.allocated,
        free=row.on_hand - row.allocated,
        incoming=int(row.incoming),
        waiting=int(row.waiting),
        backorder_limit=row.backorder_limit,
        sell_without_date=row.sell_without_date,
    )


def _name(line: SupplyLine) -> str:
    return joined(line.purchase_order, line.line)


def _serves(line: SupplyLine) -> ColumnElement[bool]:
    """The condition that picks the lines of a queue that are pegged to a purchase-order line."""
    name = json.dumps(_name(line))  # as it stands within the arrivals; a part of the line has #1 behind it
    arrivals = demands.c.arrivals
    return or_(arrivals.contains(name, autoescape=True), arrivals.contains(f"{name[:-1]}#", autoescape=True))


def _queued(
    connection: Connection,
    sku: str,
    conditions: Sequence[ColumnElement[bool]],
    units_of: Callable[[QueuedRow], int],
    cursor: str | None,
    limit: int,
) -> SupplyPage[InQueue]:
    query = select(demands).where(stock_units.queued(sku), *conditions).order_by(*_PLACE).limit(limit + 1)
    if cursor:
        place, backorder = read_cursor(cursor, "queue", 2)
        query = query.where(tuple_(*_PLACE) > tuple_(number_in(place), backorder))
    rows = connection.execute(query).all()

    def read(row: QueuedRow) -> InQueue:
        return InQueue(
            position=row.position,
            backorder=row.backorder,
            units=units_of(row),
            allocated=row.allocated,
            priority=row.priority,
        )

    last = rows[limit - 1] if len(rows) > limit else None
    more = cursor_of("queue", str(known(last.position) or 0), last.backorder) if last is not None else None
    return SupplyPage(rows=_read(rows[:limit], read, "backorder", lambda row: row.backorder), next=more)


def _read(
    rows: Iterable[R],
    read: Callable[[R], T],
    kind: str,
    id_of: Callable[[R], str],
) -> list[T]:
    found, _ = sound(rows, read, lambda row: (f"{kind}/{id_of(row)}", ""))
    return found
