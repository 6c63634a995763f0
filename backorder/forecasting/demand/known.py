"""How far a shop's sales are known, and whether a row is about its day or a whole period.

A file or an import that ends before the morning of a forecast says nothing of the days after it. They are
told from days on which nothing was sold by how unlikely such a silence would be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from backorder.forecasting.demand.periods import Period, Wholes
from backorder.forecasting.table import Days, Floats

MOSTLY = 0.8
"""Share of the rows that tells what all rows are about; a few odd ones change nothing."""

CHANCE = 0.06
"""What is less likely is no silence: one day of a shop that has sold on each day of eight weeks."""

RECENT = 8
"""Weeks, or periods where rows are about periods, by which a silence is judged."""

WHOLE = 0.5
"""Of the rows that were usual: where so many lines have waited here since the last import, they are all."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RowDays:
    """How many rows stand on each day from `first` (date.toordinal) on."""

    first: int
    counts: Days

    @classmethod
    def of(cls, days: Wholes) -> RowDays:
        """days: of the rows; one at least."""
        first = int(days.min())
        return cls(first=first, counts=np.bincount(days - np.int32(first)))

    @property
    def days(self) -> Wholes:
        """Those with rows."""
        return (np.flatnonzero(self.counts) + self.first).astype(np.int32)

    def between(self, start: int, until: int) -> Days:
        """The rows of days from one on and before another."""
        return self.counts[max(start - self.first, 0) : max(until - self.first, 0)]


def shared_weekday(days: Wholes) -> int:
    """The weekday that nearly all days share; Monday (0) where they share none."""
    if not len(days):
        return 0
    rows = RowDays.of(days)
    by_weekday = np.bincount((np.arange(len(rows.counts)) + rows.first - 1) % 7, rows.counts, 7)
    most = int(by_weekday.argmax())
    return most if by_weekday[most] >= MOSTLY * len(days) else 0


def is_stamped(rows: RowDays, period: Period, anchor: int) -> bool:
    """Whether rows stand on the first days of periods, and are about the whole of them."""
    days = rows.days
    starts = [period.first(each, anchor).toordinal() for each in period.numbers(days, anchor).tolist()]
    on_first = rows.counts[days[days == np.array(starts)] - rows.first].sum()
    return bool(on_first >= MOSTLY * rows.counts.sum())


def known_end(days: Wholes, until: int | None, period: Period, as_of: date, anchor: int) -> int:
    """The first period that is not known on a morning; the one of the morning, where all before it are.

    days: of the rows. until: the last day (date.toordinal) of which all sales are known, later rows being a
    part of them; None where nobody says, then the rows tell.
    """
    end = period.number(as_of, anchor)
    start = period.first(end, anchor).toordinal()
    before = days[days < start]
    if not len(before) or (until is not None and until >= start - 1):
        return end
    rows = RowDays.of(before)
    newest = rows.first + len(rows.counts) - 1 if until is None else max(until, rows.first)
    if _are_the_sales(rows, newest, start):
        return end
    if period.cycle == 1 and is_stamped(rows, period, anchor):
        last = period.number(date.fromordinal(newest), anchor)
        silence = np.full(max(end - 1 - last, 0), _of_periods(rows, period, last, anchor)).cumprod()
        found = last + 1 + int((silence >= CHANCE).sum())
    else:
        silence = _of_weekdays(rows, newest)[np.arange(newest + 1, start) % 7].cumprod()
        known = newest + 1 + int((silence >= CHANCE).sum())
        found = period.number(date.fromordinal(known), anchor)
    # The only period that there is says something, even if it is no whole one.
    return min(max(found, period.number(date.fromordinal(rows.first), anchor) + 1), end)


def _of_weekdays(rows: RowDays, newest: int) -> Floats:
    """The chance that a day has no row, by date.toordinal modulo 7."""
    weeks = min(RECENT, (newest - rows.first) // 7 + 1)
    start = newest + 1 - 7 * weeks
    active = np.flatnonzero(rows.between(start, newest + 1)) + max(start, rows.first)
    chance: Floats = 1 - np.bincount(active % 7, minlength=7) / (weeks + 0.5)
    return chance


def _of_periods(rows: RowDays, period: Period, last: int, anchor: int) -> float:
    """The chance that a period has no row."""
    numbers = np.unique(period.numbers(rows.days, anchor))
    looked_at = min(RECENT, last - int(numbers[0]) + 1)
    active = int(((numbers > last - looked_at) & (numbers <= last)).sum())
    return 1 - active / (looked_at + 0.5)


def _are_the_sales(rows: RowDays, newest: int, start: int) -> bool:
    """Whether the rows after the newest day that is known come as often as those before it did."""
    usual = rows.between(newest + 1 - 7 * RECENT, newest + 1)
    since = rows.between(newest + 1, start)
    return bool(len(since)) and bool(since.sum() >= WHOLE * usual.mean() * (start - newest - 1))
