"""Sales as they come, and the demand by item and period that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.known import RowDays, is_stamped, known_end, shared_weekday
from backorder.forecasting.demand.periods import Matrix, Period, Wholes
from backorder.forecasting.demand.stock_outs import Stretches, covered, distinct, silent, starts
from backorder.forecasting.table import Days, Flags


@dataclass(frozen=True, eq=False, kw_only=True)
class Sales:
    """Rows of sales as columns: parallel arrays, in any order; a SKU and day may come several times.

    skus: what `item` counts. day: date.toordinal. quantity: units; below zero what came back or was
    cancelled. out: it was out of stock on that day. category: of each SKU, "" for none. outs: the days
    without stock by the shop's own record, None without one. until: the last day (date.toordinal) of which
    all sales are there, later rows being a part of them; None where the rows tell. remarks: what of all that
    is not on record, in words.
    """

    skus: Sequence[str]
    category: Sequence[str]
    item: Wholes
    day: Wholes
    quantity: Matrix
    out: Flags
    outs: Stretches | None = None
    until: int | None = None
    remarks: tuple[str, ...] = ()

    def before(self, day: date) -> Sales:
        """The rows before a day, of all SKUs still."""
        return self.take(self.day < day.toordinal())

    def take(self, rows: Flags) -> Sales:
        """Some of the rows."""
        return replace(
            self, item=self.item[rows], day=self.day[rows], quantity=self.quantity[rows], out=self.out[rows]
        )

    def of(self, skus: Sequence[str], category: Sequence[str]) -> Sales:
        """The sales of these SKUs, in their order; those of all others are left out."""
        place = {sku: number for number, sku in enumerate(skus)}
        moved = np.array([place.get(sku, -1) for sku in self.skus], dtype=np.int32)
        kept = self.take(moved[self.item] >= 0)
        outs = self.outs.moved(moved) if self.outs is not None else None
        return replace(kept, skus=skus, category=category, item=moved[kept.item], outs=outs)


def weekday_of(sales: Sales) -> int:
    """The weekday on which weeks begin: the one that nearly all rows share, else Monday (0)."""
    return shared_weekday(sales.day)


def demand_before(sales: Sales, period: Period, as_of: date, anchor: int = 0) -> Demand:
    """The demand of whole periods before the one that `as_of` lies in; what lies later is not looked at.

    Where sales are not known up to there (`known_end`), it ends before.

    Returns take back the newest sales before them. A day out of stock on which nothing was sold is no day
    without demand: it leaves its period's exposure (for days of the shop's own record see `silent`). Where
    most rows stand on the first day of a period, a row is about its whole period.
    """
    end = known_end(sales.day, sales.until, period, as_of, anchor)
    numbers = period.numbers(sales.day, anchor)
    known = numbers < end
    first = max(int(numbers[known].min()), end - period.most) if known.any() else end
    item, column = sales.item[known], np.maximum(numbers[known] - first, 0)
    recent = numbers[known] >= first
    shape = (len(sales.skus), end - first)
    quantity = np.zeros(shape, dtype=np.float32)
    np.add.at(quantity, (item[recent], column[recent]), sales.quantity[known][recent])
    began = np.full(shape[0], shape[1])
    np.minimum.at(began, item, column)
    exposure = _exposure(sales.take(known), began, first, shape[1], period, anchor)
    _take_back(quantity)
    names = sorted(set(filter(None, sales.category)))
    return Demand(
        quantity=quantity,
        exposure=exposure,
        category=_numbers(sales.category, names),
        period=period,
        categories=names,
        gap=period.number(as_of, anchor) - end,
    )


def _exposure(rows: Sales, began: Days, first: int, periods: int, period: Period, anchor: int) -> Matrix:
    """The part of each period in which each item could be sold. began: its first one, of those from `first`
    on."""
    exposure = (np.arange(periods) >= began[:, None]).astype(np.float32)
    out = _sold_out(rows)
    if rows.outs is not None and len(rows.item):
        bounds = starts(period, first, periods, anchor)
        unseen = _unseen(rows, rows.outs, int(bounds[-1]), period, anchor)
        exposure -= covered(unseen, len(began), bounds)
        np.maximum(exposure, 0, out=exposure)
        out &= ~unseen.holds(rows.item, rows.day)
    if out.any():
        stamped = is_stamped(RowDays.of(rows.day), period, anchor)
        _take_out(exposure, rows.take(out), first, stamped, period, anchor)
    return exposure


def _sold_out(rows: Sales) -> Flags:
    """The rows out of stock whose SKU sold nothing that day, in no other row either."""
    out = rows.out & (rows.quantity <= 0)
    if not out.any():
        return out
    mine = np.isin(rows.item, np.unique(rows.item[out])) & (rows.quantity > 0)
    item, day = distinct(rows.item[mine], rows.day[mine])
    return out & ~Stretches(item=item, first=day, until=day + 1).holds(rows.item, rows.day)


def _unseen(rows: Sales, outs: Stretches, end: int, period: Period, anchor: int) -> Stretches:
    """The days without stock on record that are no days without demand. end: the first day not known."""
    began = np.full(len(rows.skus), end, dtype=np.int32)
    np.minimum.at(began, rows.item, rows.day)
    some = rows.quantity > 0
    item, day = distinct(rows.item[some], rows.day[some])
    until = day + 1
    if len(rows.day) and is_stamped(RowDays.of(rows.day), period, anchor):
        numbers, where = np.unique(period.numbers(day, anchor), return_inverse=True)
        ends = [period.first(number + 1, anchor).toordinal() for number in numbers.tolist()]
        until = np.array(ends, dtype=np.int32)[where]
    return silent(outs, Stretches(item=item, first=day, until=until), began, end)


def _take_out(exposure: Matrix, out: Sales, first: int, stamped: bool, period: Period, anchor: int) -> None:
    """Take the days out of stock from the exposure; stamped: a row is about its whole period."""
    numbers = period.numbers(out.day, anchor)
    rows = np.unique(np.stack([out.item, numbers, out.day]), axis=1)
    rows = rows[:, rows[1] >= first]
    spans = {
        number: period.first(number + 1, anchor).toordinal() - period.first(number, anchor).toordinal()
        for number in np.unique(rows[1]).tolist()
    }
    parts = np.array([1.0 if stamped else 1.0 / spans[number] for number in rows[1].tolist()])
    np.subtract.at(exposure, (rows[0], rows[1] - first), parts)
    np.maximum(exposure, 0, out=exposure)


def _take_back(quantity: Matrix) -> None:
    """Let no period be below zero: what it lacks is taken from those before it, the newest first."""
    rows = np.flatnonzero((quantity < 0).any(axis=1))
    if not len(rows):
        return
    some = quantity[rows]
    owed = np.zeros(len(rows), dtype=quantity.dtype)
    for column in range(some.shape[1] - 1, -1, -1):
        left = some[:, column] + owed
        some[:, column], owed = np.maximum(left, 0), np.minimum(left, 0)
    quantity[rows] = some


def _numbers(category: Sequence[str], names: Sequence[str]) -> Days:
    known = {name: place for place, name in enumerate(names)}
    return np.array([known.get(name, -1) for name in category], dtype=np.int64)
