"""What there is of each product, what is on its way, and what waits for it: what an order has to add to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from backorder.storage.isolation import sound
from backorder.storage.tables import demands, incoming, products, stock, suppliers


@dataclass(frozen=True, kw_only=True, slots=True)
class StockPosition:
    """Units of a SKU. free: on hand and nobody's. coming: on its way. waiting: of lines in the queue.

    suppliers: the product's own first, then those that could step in for it. lead_days: the product's own
    stated lead time, where it has one.
    """

    sku: str
    name: str
    category: str
    suppliers: tuple[str, ...]
    lead_days: int | None
    free: int
    coming: int
    waiting: int


def stock_positions(connection: Connection) -> list[StockPosition]:
    """All products, by SKU; a row that cannot be read is put aside."""
    waits = (
        select(demands.c.sku, func.sum(demands.c.open - demands.c.allocated).label("units"))
        .where(demands.c.open > 0)
        .group_by(demands.c.sku)
        .subquery()
    )
    comes = (
        select(incoming.c.sku, func.sum(incoming.c.quantity).label("units"))
        .group_by(incoming.c.sku)
        .subquery()
    )
    query = (
        select(
            products.c.sku,
            products.c.name,
            products.c.category,
            products.c.supplier,
            products.c.lead_days,
            suppliers.c.backups,
            func.coalesce(stock.c.on_hand - stock.c.allocated, 0).label("free"),
            func.coalesce(comes.c.units, 0).label("coming"),
            func.coalesce(waits.c.units, 0).label("waiting"),
        )
        .join(suppliers, suppliers.c.id == products.c.supplier)
        .outerjoin(stock, stock.c.sku == products.c.sku)
        .outerjoin(comes, comes.c.sku == products.c.sku)
        .outerjoin(waits, waits.c.sku == products.c.sku)
        .order_by(products.c.sku)
    )
    found, _ = sound(connection.execute(query), _position, lambda row: (f"sku/{row.sku}", ""))
    return found


def _position(row: Any) -> StockPosition:
    return StockPosition(
        sku=row.sku,
        name=row.name,
        category=row.category,
        suppliers=tuple(dict.fromkeys((row.supplier, *json.loads(row.backups)))),
        lead_days=row.lead_days,
        free=int(row.free),
        coming=int(row.coming),
        waiting=int(row.waiting),
    )
