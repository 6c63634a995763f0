"""What a shop sells and who supplies it: products with their units, suppliers, purchase orders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Connection, select

from backorder.domain.money import rounded
from backorder.errors import UnknownError
from backorder.queries import supply_lists
from backorder.queries.names_off_record import of_alternatives, of_each_backups
from backorder.queries.ordered_lines import OrderedLine, with_waiting
from backorder.queries.supply_lists import InQueue, SupplyPage
from backorder.storage.cursors import cursor_of, read_cursor
from backorder.storage.isolation import readable, sound
from backorder.storage.tables import products, purchase_orders, suppliers

_SUPPLIERS = "suppliers"
"""The list of suppliers in its cursors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductView:
    """A product and its units. free: on hand and set aside for nobody. waiting: units that nobody has yet.

    queue: the first of those who wait, in the order in which they are served. pack_size, minimum_order:
    how it is bought; None: one by one. warnings: alternatives that are no product on record.
    """

    sku: str
    name: str
    category: str
    price: Decimal
    currency: str
    supplier: str
    lead_days: int | None
    alternatives: tuple[str, ...]
    backorder_limit: int | None
    sell_without_date: bool
    pack_size: int | None
    minimum_order: int | None
    on_hand: int
    allocated: int
    free: int
    incoming: int
    waiting: int
    queue: tuple[InQueue, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplierView:
    """A supplier. lead_days: the stated lead time. backups: who could step in. locale: None for English.

    warnings: backups that are no supplier on record.
    """

    id: str
    name: str
    email: str | None
    locale: str | None
    lead_days: int
    backups: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseOrderView:
    """A purchase order with its lines."""

    id: str
    supplier: str
    ordered_at: datetime
    ordered_on: date
    lines: tuple[OrderedLine, ...]


def product(connection: Connection, sku: str) -> ProductView:
    """A product. Raises UnknownError."""
    row = connection.execute(select(products).where(products.c.sku == sku)).one_or_none()
    units = supply_lists.stock_of(connection, sku)
    if row is None or units is None:
        raise UnknownError(f"there is no product {sku}")
    readable(row)
    alternatives = _texts(row.alternatives)
    return ProductView(
        sku=sku,
        name=row.name,
        category=row.category,
        price=rounded(row.price, row.currency),
        currency=row.currency,
        supplier=row.supplier,
        lead_days=row.lead_days,
        alternatives=alternatives,
        backorder_limit=row.backorder_limit,
        sell_without_date=row.sell_without_date,
        pack_size=row.pack_size,
        minimum_order=row.minimum_order,
        on_hand=units.on_hand,
        allocated=units.allocated,
        free=units.free,
        incoming=units.incoming,
        waiting=units.waiting,
        queue=tuple(supply_lists.queue(connection, sku).rows),
        warnings=of_alternatives(connection, alternatives),
    )


def supplier(connection: Connection, id: str) -> SupplierView:
    """A supplier. Raises UnknownError."""
    row = connection.execute(select(suppliers).where(suppliers.c.id == id)).one_or_none()
    if row is None:
        raise UnknownError(f"there is no supplier {id}")
    return _with_warnings(connection, [_supplier(row)])[0]


def read_supplier(cursor: str) -> str:
    """Behind which supplier a page begins. Raises RefusedError for a cursor of another list."""
    return read_cursor(cursor, _SUPPLIERS, 1)[0]


def supplier_list(connection: Connection, *, cursor: str | None, limit: int) -> SupplyPage[SupplierView]:
    """A page of suppliers, by ID. Raises RefusedError for a cursor that means nothing."""
    query = select(suppliers).order_by(suppliers.c.id).limit(limit + 1)
    if cursor:
        query = query.where(suppliers.c.id > read_supplier(cursor))
    rows = connection.execute(query).all()
    found, _ = sound(rows[:limit], _supplier, lambda row: (f"supplier/{row.id}", ""))
    more = cursor_of(_SUPPLIERS, rows[limit - 1].id) if len(rows) > limit else None
    return SupplyPage(rows=_with_warnings(connection, found), next=more)


def purchase_order(connection: Connection, id: str, today: date) -> PurchaseOrderView:
    """A purchase order with all its lines. Raises UnknownError."""
    order = purchase_orders.c
    columns = (order.supplier, order.ordered_at, order.ordered_on)
    row = connection.execute(select(*columns).where(order.id == id)).one_or_none()
    if row is None:
        raise UnknownError(f"there is no purchase order {id}")
    lines = supply_lists.order_lines(connection, id, today, limit=_ALL_LINES).rows
    return PurchaseOrderView(id=id, **row._mapping, lines=tuple(with_waiting(connection, id, lines)))


_ALL_LINES = 10_000


class _SupplierRow(Protocol):
    id: str
    name: str
    email: str | None
    locale: str | None
    lead_days: int
    backups: str


def _supplier(row: _SupplierRow) -> SupplierView:
    readable(row)
    return SupplierView(
        id=row.id,
        name=row.name,
        email=row.email,
        locale=row.locale,
        lead_days=row.lead_days,
        backups=_texts(row.backups),
    )


def _with_warnings(connection: Connection, found: Sequence[SupplierView]) -> Sequence[SupplierView]:
    warnings = of_each_backups(connection, [each.backups for each in found])
    return [replace(each, warnings=mine) for each, mine in zip(found, warnings, strict=True)]


def _texts(stored: str) -> tuple[str, ...]:
    found: Sequence[object] = json.loads(stored)
    return tuple(str(each) for each in found)
