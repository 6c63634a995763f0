"""What there is of each product, what is on its way, and what waits for it: what an order has to add to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from backorder.queries.supplier_prices import SupplierPriceView, prices_by_sku
from backorder.storage.isolation import Failure, sound
from backorder.storage.tables import demands, incoming, products, stock, suppliers


@dataclass(frozen=True, kw_only=True, slots=True)
class StockPosition:
    """Units of a SKU. free: on hand and nobody's. coming: on its way. waiting: of lines in the queue.

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
    coming: int
    waiting: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Positions:
    """Positions by SKU, and products whose rows cannot be read."""

    sound: Sequence[StockPosition]
    failures: Sequence[Failure]


def stock_positions(connection: Connection, skus: Sequence[str] | None = None) -> Positions:
    """All products, by SKU, or some of them; a row that cannot be read is put aside."""

    prices = prices_by_sku(connection, skus)
    found, failures = sound(
        connection.execute(_query(skus)),
        lambda row: _position(row, prices.get(row.sku, ())),
        lambda row: (f"sku/{row.sku}", ""),
    )
    return Positions(sound=found, failures=failures)


def skus_after(connection: Connection, after: str, limit: int) -> list[str]:
    """The next products, by SKU."""
    query = select(products.c.sku).where(products.c.sku > after).order_by(products.c.sku).limit(limit)
    return list(connection.execute(query).scalars())


def _query(skus: Sequence[str] | None) -> Select[Any]:
    def within(column: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
        return () if skus is None else (column.in_(skus),)

    waits = (
        select(demands.c.sku, func.sum(demands.c.open - demands.c.allocated).label("units"))
        .where(demands.c.open > 0, *within(demands.c.sku))
        .group_by(demands.c.sku)
        .subquery()
    )
    comes = (
        select(incoming.c.sku, func.sum(incoming.c.quantity).label("units"))
        .where(*within(incoming.c.sku))
        .group_by(incoming.c.sku)
        .subquery()
    )
    return (
        select(
            *(products.c[name] for name in ("sku", "name", "category", "supplier", "lead_days")),
            *(products.c[name] for name in ("pack_size", "minimum_order")),
            suppliers.c.backups,
            func.coalesce(stock.c.on_hand - stock.c.allocated, 0).label("free"),
            func.coalesce(comes.c.units, 0).label("coming"),
            func.coalesce(waits.c.units, 0).label("waiting"),
        )
        .join(suppliers, suppliers.c.id == products.c.supplier)
        .outerjoin(stock, stock.c.sku == products.c.sku)
        .outerjoin(comes, comes.c.sku == products.c.sku)
        .outerjoin(waits, waits.c.sku == products.c.sku)
        .where(*within(products.c.sku))
        .order_by(products.c.sku)
    )


def _position(row: Any, prices: Sequence[SupplierPriceView]) -> StockPosition:
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
        coming=int(row.coming),
        waiting=int(row.waiting),
    )
