"""Lines that waited, beside rows of sales that name no order: which of them these rows hold already.

A row without an order is all that its product sold on its day, or in its week or month where rows are about
those. So a line counts beside it only as far as the row has fewer units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from backorder.forecasting.demand.known import RowDays, is_stamped, shared_weekday
from backorder.forecasting.demand.periods import PERIODS, Matrix, Period, Wholes
from backorder.forecasting.table import Days

FEW = 4
"""Days with rows below which nothing tells that rows are about more than their day."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SoldUnits:
    """Units of items by day (date.toordinal): parallel arrays."""

    item: Wholes
    day: Wholes
    units: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What imported rows are about. anchor: the weekday on which weeks begin."""

    period: Period
    anchor: int

    @classmethod
    def of(cls, days: Wholes) -> Reach:
        """days: of the rows, in any order."""
        if len(np.unique(days)) >= FEW:
            rows, anchor = RowDays.of(days), shared_weekday(days)
            for name in ("month", "week"):
                if is_stamped(rows, PERIODS[name], anchor):
                    return cls(period=PERIODS[name], anchor=anchor)
        return cls(period=PERIODS["day"], anchor=0)

    def last_day(self, day: int) -> int:
        """The last day that a row of a day is about."""
        number = self.period.number(date.fromordinal(day), self.anchor)
        return self.period.first(number + 1, self.anchor).toordinal() - 1

    def keys(self, found: SoldUnits) -> Days:
        """A number for each item and period."""
        keys: Days = found.item.astype(np.int64) * 4_000_000 + self.period.numbers(found.day, self.anchor)
        return keys


def beside(lines: SoldUnits, rows: SoldUnits, reach: Reach) -> tuple[SoldUnits, int]:
    """The lines as they count beside rows without an order, and how many units these hold already."""
    some = rows.units > 0
    rows = SoldUnits(item=rows.item[some], day=rows.day[some], units=rows.units[some])
    keys, place = np.unique(reach.keys(lines), return_inverse=True)
    of_rows = reach.keys(rows)
    where = np.searchsorted(keys, of_rows)
    known = where < len(keys)
    known[known] = keys[where[known]] == of_rows[known]
    told = np.bincount(where[known], rows.units[known], len(keys))
    waited = np.bincount(place, lines.units, len(keys))
    held = np.minimum(told, waited)
    # Line by line: the first ones are in the row.
    order = np.argsort(place, kind="stable")
    so_far = lines.units[order].cumsum(dtype=np.float64) - (waited.cumsum() - waited)[place[order]]
    left = np.empty_like(lines.units)
    left[order] = np.clip(so_far - held[place[order]], 0, lines.units[order])
    return SoldUnits(item=lines.item, day=lines.day, units=left), round(float(held.sum()))
