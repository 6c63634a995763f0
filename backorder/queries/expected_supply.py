"""What there is of products, what comes when, and how much waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from backorder.storage.isolation import sound
from backorder.storage.stock_units import DELIVERED
from backorder.storage.tables import demands, expected_receipts, stock


@dataclass(frozen=True, kw_only=True, slots=True)
class ComingUnits:
    """Units of a purchase order that come, and their days: P50 and P90."""

    order: str
    quantity: int
    likely: date
    by: date


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedSupply:
    """Units of a SKU. free: on hand and nobody's; waiting: of lines that have none; dateless: on their way,
    and nobody can say for when.
    """

    free: int
    waiting: int
    coming: tuple[ComingUnits, ...]
    dateless: int


def expected_supplies(connection: Connection, skus: Sequence[str]) -> dict[str, ExpectedSupply]:
    """Of each of some products that are on record."""
    stocked = {
        row.sku: row.on_hand - row.allocated
        for row in sound(
            connection.execute(select(stock).where(stock.c.sku.in_(skus))),
            lambda row: row,
            lambda row: (f"sku/{row.sku}", ""),
        )[0]
    }
    waits = (
        select(demands.c.sku, func.sum(demands.c.open - demands.c.allocated))
        .where(demands.c.open > 0, demands.c.sku.in_(skus), DELIVERED)
        .group_by(demands.c.sku)
    )
    waiting = {row[0]: int(row[1]) for row in connection.execute(waits)}
    coming, dateless = defaultdict[str, list[ComingUnits]](list), defaultdict[str, int](int)
    parts = select(expected_receipts).where(
        expected_receipts.c.sku.in_(skus), expected_receipts.c.quantity > 0
    )
    rows = connection.execute(parts.order_by(expected_receipts.c.likely, expected_receipts.c.purchase_order))
    for row in sound(rows, lambda row: row, lambda row: (f"sku/{row.sku}", ""))[0]:
        if row.likely is None or row.by is None:
            dateless[row.sku] += row.quantity
        else:
            found = ComingUnits(order=row.purchase_order, quantity=row.quantity, likely=row.likely, by=row.by)
            coming[row.sku].append(found)
    return {
        sku: ExpectedSupply(
            free=free, waiting=waiting.get(sku, 0), coming=tuple(coming[sku]), dateless=dateless[sku]
        )
        for sku, free in stocked.items()
    }
