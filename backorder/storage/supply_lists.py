"""What buyers look up: open purchase-order lines, stock, one order, one product with its queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from backorder.errors import RefusedError
from backorder.storage import units
from backorder.storage.reporting import OpenOrder, open_orders
from backorder.storage.tables import (
    demands,
    incoming,
    products,
    purchase_order_lines,
    purchase_orders,
    stock,
)

LONGEST = 500
"""Rows on a page at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderLine:
    """A line of a purchase order. stated, likely, by: of what is outstanding, the earliest and the latest."""

    line: str
    sku: str
    ordered: int
    received: int
    outstanding: int
    cancelled: bool
    stated: date | None
    likely: date | None
    by: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A purchase order with its lines."""

    id: str
    supplier: str
    ordered_on: date
    lines: Sequence[OrderLine]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stock:
    """A product's units. free: on hand and set aside for nobody. waiting: units that nobody has yet."""

    sku: str
    name: str
    on_hand: int
    allocated: int
    free: int
    incoming: int
    waiting: int


@dataclass(frozen=True, kw_only=True, slots=True)
class InQueue:
    """A line that waits for units. position: its place when the queue was pegged last."""

    position: int | None
    backorder: str
    waiting: int
    allocated: int
    priority: int


def late_or_open(
    connection: Connection, today: date, *, supplier: str = "", sku: str = "", late: bool = False
) -> list[OpenOrder]:
    """Open purchase-order lines, by order and line. late: those whose day is over."""
    return [
        each
        for each in open_orders(connection)
        if (not supplier or each.supplier == supplier)
        and (not sku or each.sku == sku)
        and (not late or (each.due is not None and each.due < today))
    ]


def order(connection: Connection, id: str) -> Order:
    """One purchase order. Raises RefusedError for an unknown one."""
    found = connection.execute(select(purchase_orders).where(purchase_orders.c.id == id)).one_or_none()
    if found is None:
        raise RefusedError([f'"{id}" is neither a purchase order nor a product'])
    mine = incoming.c.purchase_order == id
    columns = func.min(incoming.c.stated), func.max(incoming.c.likely), func.max(incoming.c.by)
    coming = {
        row[0]: row[1:]
        for row in connection.execute(select(incoming.c.line, *columns).where(mine).group_by(incoming.c.line))
    }
    wanted = purchase_order_lines.c.purchase_order == id
    rows = connection.execute(
        select(purchase_order_lines).where(wanted).order_by(purchase_order_lines.c.line)
    )
    lines = []
    for row in rows:
        stated, likely, by = coming.get(row.line, (None, None, None))
        cancelled = row.cancelled_at is not None
        lines.append(
            OrderLine(
                line=row.line,
                sku=row.sku,
                ordered=row.quantity,
                received=row.received,
                outstanding=0 if cancelled else max(0, row.quantity - row.received),
                cancelled=cancelled,
                stated=stated,
                likely=likely,
                by=by,
            )
        )
    return Order(id=id, supplier=found.supplier, ordered_on=found.ordered_on, lines=lines)


def stocks(connection: Connection, *, sku: str = "", after: str = "", limit: int = 50) -> list[Stock]:
    """Products by SKU, from behind `after`; one of them with `sku`."""
    need = func.coalesce(func.sum(demands.c.open - demands.c.allocated), 0)
    waiting = select(need).where(demands.c.sku == stock.c.sku, demands.c.open > 0).scalar_subquery()
    coming = (
        select(func.coalesce(func.sum(incoming.c.quantity), 0))
        .where(incoming.c.sku == stock.c.sku)
        .scalar_subquery()
    )
    query = (
        select(stock, products.c.name, coming.label("incoming"), waiting.label("waiting"))
        .join(products, products.c.sku == stock.c.sku)
        .where(stock.c.sku == sku if sku else stock.c.sku > after)
        .order_by(stock.c.sku)
        .limit(min(limit, LONGEST))
    )
    return [
        Stock(
            sku=row.sku,
            name=row.name,
            on_hand=row.on_hand,
            allocated=row.allocated,
            free=row.on_hand - row.allocated,
            incoming=int(row.incoming),
            waiting=int(row.waiting),
        )
        for row in connection.execute(query)
    ]


def queue(connection: Connection, sku: str, *, limit: int = 50) -> list[InQueue]:
    """The head of a product's queue, in the order in which it is served."""
    place = demands.c.position.is_(None), demands.c.position, demands.c.backorder
    query = select(demands).where(units.queued(sku)).order_by(*place).limit(min(limit, LONGEST))
    return [
        InQueue(
            position=row.position,
            backorder=row.backorder,
            waiting=row.open - row.allocated,
            allocated=row.allocated,
            priority=row.priority,
        )
        for row in connection.execute(query)
    ]
