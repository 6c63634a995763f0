"""Stretches without stock of a shop's own record, and which days of them are no days without demand.

Who is out of stock may be ordered all the same, on backorder: then a day on which nobody did is a day without
demand like any other, unless the silence is too long for the product's usual pace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backorder.forecasting.demand.periods import Matrix, Period, Wholes
from backorder.forecasting.table import Days, Flags

EVIDENT = 3.0
"""Sales that a silence must have missed, at the pace of the days with stock: one in twenty is longer by
chance."""

_APART = 4_000_000
"""More than there are day numbers: so an item and a day make one number."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Stretches:
    """Days in a row of items, from `first` on and before `until` (date.toordinal), by item and day."""

    item: Wholes
    first: Wholes
    until: Wholes

    def moved(self, place: Wholes) -> Stretches:
        """The same of the items that are counted otherwise: place of each, -1 for those left out."""
        item = place[self.item]
        order = np.lexsort((self.first, item))
        order = order[item[order] >= 0]
        return Stretches(item=item[order], first=self.first[order], until=self.until[order])

    def holds(self, item: Wholes, day: Wholes) -> Flags:
        """Whether each of some days of items lies in one of the stretches."""
        if not len(self.item):
            return np.zeros(len(item), dtype=np.bool_)
        found = np.searchsorted(_key(self.item, self.first), _key(item, day), side="right") - 1
        return np.asarray((found >= 0) & (self.item[found] == item) & (day < self.until[found]))


def distinct(item: Wholes, day: Wholes) -> tuple[Wholes, Wholes]:
    """Items and days in their order, each pair once."""
    items, days = np.divmod(np.unique(_key(item, day)), _APART)
    return items.astype(np.int32), days.astype(np.int32)


def silent(outs: Stretches, sold: Stretches, began: Wholes, end: int) -> Stretches:
    """The days without stock that are no days without demand, as they were known on a morning.

    sold: the days on which something was sold, or the whole periods that a row is about. began: the first day
    of each item. end: the first day that is not known. An item that was never sold while it was out could not
    be ordered. Of one that was, a silence counts as one where it misses `EVIDENT` sales.
    """
    first, until = np.maximum(outs.first, began[outs.item]), np.minimum(outs.until, end)
    some = first < until
    item, first, until = outs.item[some], first[some], until[some]
    low = np.searchsorted(_key(sold.item, sold.first), _key(item, first))
    high = np.searchsorted(_key(sold.item, sold.until), _key(item, until), side="right")
    inside = np.maximum(high - low, 0)
    items = len(began)
    while_out = np.bincount(item, inside, items)
    days = end - began - np.bincount(item, until - first, items)
    pace = (np.bincount(sold.item, minlength=items) - while_out) / np.maximum(days, 1)
    runs = _between(item, first, until, low, inside, sold)
    length = runs.until - runs.first
    kept = (length > 0) & ((while_out[runs.item] == 0) | (length * pace[runs.item] >= EVIDENT))
    return Stretches(item=runs.item[kept], first=runs.first[kept], until=runs.until[kept])


def _between(
    item: Wholes, first: Wholes, until: Wholes, low: Days, inside: Days, sold: Stretches
) -> Stretches:
    """Stretches without the days on which something was sold: one more than there are of these in each."""
    of = np.repeat(np.arange(len(item)), inside + 1)
    place = np.arange(len(of)) - np.repeat(np.cumsum(inside + 1) - inside - 1, inside + 1)
    if not len(sold.item):
        return Stretches(item=item, first=first, until=until)
    before = np.clip(low[of] + place - 1, 0, len(sold.item) - 1)
    after = np.clip(low[of] + place, 0, len(sold.item) - 1)
    begins = np.where(place == 0, first[of], sold.until[before])
    ends = np.where(place == inside[of], until[of], sold.first[after])
    return Stretches(item=item[of], first=begins, until=ends)


def covered(runs: Stretches, items: int, bounds: Wholes) -> Matrix:
    """The part of each period that stretches take: a row an item. bounds: where the periods begin, and the
    last one ends."""
    found = np.zeros((items, len(bounds) - 1), dtype=np.float32)
    first, until = np.maximum(runs.first, bounds[0]), np.minimum(runs.until, bounds[-1])
    some = first < until
    item, first, until = runs.item[some], first[some], until[some]
    begins = np.searchsorted(bounds, first, side="right") - 1
    ends = np.searchsorted(bounds, until, side="left") - 1
    length = np.diff(bounds).astype(np.float32)
    # All whole periods from the first to the last, less what of these two does not belong to it.
    step = np.zeros((items, len(bounds)), dtype=np.float32)
    np.add.at(step, (item, begins), 1)
    np.add.at(step, (item, ends + 1), -1)
    np.cumsum(step[:, :-1], axis=1, out=found)
    np.subtract.at(found, (item, begins), (first - bounds[begins]) / length[begins])
    np.subtract.at(found, (item, ends), (bounds[ends + 1] - until) / length[ends])
    return found


def starts(period: Period, first: int, count: int, anchor: int) -> Wholes:
    """The day numbers on which periods begin, and the last of them ends."""
    return np.array(
        [period.first(first + each, anchor).toordinal() for each in range(count + 1)], dtype=np.int32
    )


def _key(item: Wholes, day: Wholes) -> Days:
    key: Days = item.astype(np.int64) * _APART + day
    return key
