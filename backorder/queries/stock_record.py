"""On which days there was no stock, and since when that is on record."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import CompoundSelect, Connection, Integer, Row, func, literal, select, union_all

from backorder.domain.supply.stock_outs import stock_outs
from backorder.storage.isolation import sound
from backorder.storage.tables import allocations, stock_counts, stock_movements

if TYPE_CHECKING:
    from backorder.domain.calendar import Calendar
    from backorder.forecasting.demand.stock_outs import Stretches

CHUNK = 5000
"""Rows that are held at once."""
_COUNTED, _MOVED, _SET_ASIDE = range(3)


def _book_of(skus: Sequence[str] | None) -> CompoundSelect[str, datetime, int, int]:
    """What changed what is free, and the counts that found what was believed; of all SKUs, or of some."""
    parts = (
        (
            stock_movements.c.sku,
            func.coalesce(stock_movements.c.happened_at, stock_movements.c.at).label("at"),
            stock_movements.c.quantity,
            literal(_MOVED, Integer).label("kind"),
        ),
        (allocations.c.sku, allocations.c.at, -allocations.c.quantity, literal(_SET_ASIDE, Integer)),
        (stock_counts.c.sku, stock_counts.c.as_of, literal(0, Integer), literal(_COUNTED, Integer)),
    )
    found = (select(*part) if skus is None else select(*part).where(part[0].in_(skus)) for part in parts)
    return union_all(*found).order_by("sku", "at")


@dataclass(frozen=True, kw_only=True, slots=True)
class StockRecord:
    """The days without stock of SKUs. since: from when on the stock of each is on record; those that are not
    there are not on record at all."""

    outs: Stretches
    since: Mapping[str, date]


def stock_record(
    connection: Connection, calendar: Calendar, skus: Mapping[str, int], *, few: bool = False
) -> StockRecord:
    """Days on which no unit of a SKU was free, neither on hand nor set aside for nobody.

    skus: the numbers by which the answer counts them. few: so few that only their rows are read. A row that
    cannot be read is left out and logged.
    """
    import numpy as np

    from backorder.forecasting.demand.stock_outs import Stretches

    columns, since = (array("i"), array("i"), array("i")), dict[str, date]()
    last = date.max.toordinal()
    for sku, rows in groupby(_book(connection, list(skus) if few else None), key=lambda row: row.sku):
        if sku not in skus:
            continue
        book = list(rows)
        told: datetime | None = next((row.at for row in book if row.kind != _SET_ASIDE), None)
        if told is None:
            continue
        since[sku] = calendar.day(told)
        for out in stock_outs(calendar, ((row.at, row.quantity) for row in book), told):
            until = out.until.toordinal() if out.until is not None else last
            for column, value in zip(columns, (skus[sku], out.first.toordinal(), until), strict=True):
                column.append(value)
    item, first, until_ = (np.array(column, dtype=np.int32) for column in columns)
    return StockRecord(outs=Stretches(item=item, first=first, until=until_), since=since)


def _book(connection: Connection, skus: Sequence[str] | None) -> Iterator[Row[str, datetime, int, int]]:
    found = connection.execute(_book_of(skus), execution_options={"yield_per": CHUNK})
    for part in found.partitions():
        yield from sound(part, lambda row: row, lambda row: (f"sku/{row.sku}", ""))[0]
