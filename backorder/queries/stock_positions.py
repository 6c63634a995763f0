"""What there is of each product, what is on its way, and what waits for it: what an order has to add to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, func, select

from backorder.queries.supplier_prices import SupplierPriceView, prices_by_sku
from backorder.storage.isolation import Failure, known, sound
from backorder.storage.statements import AnySelect
from backorder.storage.stock_units import DELIVERED
from backorder.storage.tables import demands, expected_receipts, products, stock, suppliers


@dataclass(frozen=True, kw_only=True, slots=True)
class StockPosition:
    """Units of a SKU. free: on hand and nobody's. arrivals: on order, by the day on which they are likely to
    come; None where nobody can say. waiting: of lines in the queue.

    suppliers: the product's own first, then those that could step in for it, then those whose price for it is
    on record. lead_days: the product's own stated lead time, where it has one. pack_size, minimum_order: how
    it is bought, None for one by one; prices: of suppliers, with terms of their own.
    """

    sku: str
    name: str
    category: str
    suppliers: tuple[str, ...]
    lead_days: int | None
    pack_size: int | None
    minimum_order: int | None
    prices: tuple[SupplierPriceView, ...]
    free: int
    arrivals: Mapping[date | None, int]
    waiting: int

    @property
    def undated(self) -> int:
        """Units on order of which nobody can say when they come."""
        return self.arrivals.get(None, 0)

    def coming(self, until: date) -> int:
        """Units on order that are likely to come until a day, that day included."""
        return sum(units for day, units in self.arrivals.items() if day is not None and day <= until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Positions:
    """Positions by SKU, and products whose rows cannot be read."""

    sound: Sequence[StockPosition]
    failures: Sequence[Failure]


def stock_positions(connection: Connection, skus: Sequence[str] | None = None) -> Positions:
    """All products, by SKU, or some of them; a row that cannot be read is put aside."""

    prices, arrivals = prices_by_sku(connection, skus), _arrivals(connection, skus)
    found, failures = sound(
        connection.execute(_query(skus)),
        lambda row: _position(row, prices.get(row.sku, ()), arrivals.get(row.sku, {})),
        lambda row: (f"sku/{row.sku}", ""),
    )
    return Positions(sound=found, failures=failures)


def skus_after(connection: Connection, after: str, limit: int) -> list[str]:
    """The next products, by SKU."""
    query = select(products.c.sku).where(products.c.sku > after).order_by(products.c.sku).limit(limit)
    return list(connection.execute(query).scalars())


def _query(skus: Sequence[str] | None) -> AnySelect:
    waits = (
        select(demands.c.sku, func.sum(demands.c.open - demands.c.allocated).label("units"))
        .where(demands.c.open > 0, DELIVERED, *_of(demands.c.sku, skus))
        .group_by(demands.c.sku)
        .subquery()
    )
    return (
        select(
            *(products.c[name] for name in ("sku", "name", "category", "supplier", "lead_days")),
            *(products.c[name] for name in ("pack_size", "minimum_order")),
            suppliers.c.backups,
            func.coalesce(stock.c.on_hand - stock.c.allocated, 0).label("free"),
            func.coalesce(waits.c.units, 0).label("waiting"),
        )
        .join(suppliers, suppliers.c.id == products.c.supplier)
        .outerjoin(stock, stock.c.sku == products.c.sku)
        .outerjoin(waits, waits.c.sku == products.c.sku)
        .where(*_of(products.c.sku, skus))
        .order_by(products.c.sku)
    )


def _arrivals(connection: Connection, skus: Sequence[str] | None) -> Mapping[str, Mapping[date | None, int]]:
    """Units on order by SKU and likely day."""
    columns = (expected_receipts.c.sku, expected_receipts.c.likely)
    query = select(*columns, func.sum(expected_receipts.c.quantity).label("units")).group_by(*columns)
    found: dict[str, dict[date | None, int]] = defaultdict(dict)
    for sku, likely, units in connection.execute(query.where(*_of(expected_receipts.c.sku, skus))):
        found[sku][known(likely)] = found[sku].get(known(likely), 0) + int(units)
    return found


def _of(column: ColumnElement[str], skus: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if skus is None else (column.in_(skus),)


class _PositionRow(Protocol):
    supplier: str
    sku: str
    name: str
    category: str
    lead_days: int | None
    pack_size: int | None
    minimum_order: int | None
    backups: str
    free: int
    waiting: int


def _position(
    row: _PositionRow, prices: Sequence[SupplierPriceView], arrivals: Mapping[date | None, int]
) -> StockPosition:
    named = (row.supplier, *json.loads(row.backups), *(each.supplier for each in prices))
    return StockPosition(
        sku=row.sku,
        name=row.name,
        category=row.category,
        suppliers=tuple(dict.fromkeys(named)),
        lead_days=row.lead_days,
        pack_size=row.pack_size,
        minimum_order=row.minimum_order,
        prices=tuple(prices),
        free=int(row.free),
        arrivals=arrivals,
        waiting=int(row.waiting),
    )
