"""Sales from before this database or beside it, put on record."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, String, and_, bindparam, case, or_, update

from backorder.storage.engine import add_all, writing
from backorder.storage.tables import sales
from backorder.storage.types import Count, Day, Instant

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from backorder.forecasting.demand.sale import Sale

BATCH = 1000
"""Rows that are written in one transaction."""
_MINE = sales.c.import_id == bindparam("mine", type_=String())
_CORRECTED = (
    update(sales)
    .where(
        sales.c.sku == bindparam("of_sku", type_=String()),
        sales.c.day == bindparam("of_day", type_=Day()),
        sales.c.order_id == bindparam("of_order", type_=String()),
    )
    .values(
        quantity=bindparam("units", type_=Count()) + case((_MINE, sales.c.quantity), else_=0),
        returned=bindparam("back", type_=Count()) + case((_MINE, sales.c.returned), else_=0),
        in_stock=and_(bindparam("there", type_=Boolean()), or_(~_MINE, sales.c.in_stock)),
        import_id=bindparam("mine", type_=String()),
        imported_at=bindparam("at", type_=Instant()),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSales:
    """What an import led to. rows: taken in. new: of a SKU, day and order that were not on record before.

    without_order: rows that sold something and name no order.
    """

    rows: int
    products: int
    new: int
    without_order: int


class SalesImport:
    """Keeps what was sold, by SKU, day and order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, found: Iterable[Sale], at: datetime) -> ImportedSales:
        """Put sales on record, batch by batch. Rows of one SKU, day and order are added up.

        at: business time, from which on they are kept for so long.

        What an earlier import said of the same SKU, day and order is forgotten: the same file again changes
        nothing, and neither does one that was broken off, as soon as it is whole.
        """
        rows, mine = iter(found), secrets.token_hex(8)
        count, new, unnamed, skus = 0, 0, 0, set[str]()
        while batch := list(islice(rows, BATCH)):
            with writing(self._engine) as connection:
                new += _put(connection, batch, mine, at)
            count += len(batch)
            unnamed += sum(each.quantity > 0 and not each.order for each in batch)
            skus.update(each.sku for each in batch)
        return ImportedSales(rows=count, products=len(skus), new=new, without_order=unnamed)


def _put(connection: Connection, batch: Sequence[Sale], mine: str, at: datetime) -> int:
    """Write rows of the import `mine`. Returns how many are new."""
    units: dict[tuple[str, date, str], tuple[int, int, bool]] = {}
    for each in batch:
        key = (each.sku, each.day, each.order)
        before, back, there = units.get(key, (0, 0, True))
        units[key] = (before + each.quantity, back - min(each.quantity, 0), there and each.in_stock)
    rows: list[dict[str, object]] = [
        {
            "sku": sku,
            "day": day,
            "order_id": order,
            "quantity": quantity,
            "returned": back,
            "in_stock": there,
            "import_id": mine,
            "imported_at": at,
        }
        for (sku, day, order), (quantity, back, there) in sorted(units.items())
    ]
    new = {tuple(key) for key in add_all(connection, sales, rows)}
    known = [
        {
            "of_sku": sku,
            "of_day": day,
            "of_order": order,
            "units": count,
            "back": back,
            "there": there,
            "mine": mine,
            "at": at,
        }
        for (sku, day, order), (count, back, there) in sorted(units.items())
        if (sku, day, order) not in new
    ]
    if known:
        connection.execute(_CORRECTED, known)
    return len(new)
