"""The periods of demand: days, weeks, months, and which one a day lies in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
"""A row an item, a column a period: half the memory of `Floats`, and exact for units."""

Wholes = NDArray[np.int32]
"""Day numbers and places of millions of rows."""

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A kind of period. numbers: those of day numbers (date.toordinal), one greater from one to the next.

    first: the first day of a number. year: periods of a year, whole cycles of them. cycle: periods after
    which the same weekday returns. most: periods of history that are looked at, the newest ones. origin: of a
    backtest's first forecast. horizons: periods ahead that are asked about where nobody says. days: of a
    period, on average.
    """

    name: str
    numbers: Callable[[Wholes, int], Wholes]
    first: Callable[[int, int], date]
    year: int
    cycle: int
    most: int
    origin: int
    horizons: tuple[int, ...]
    days: float

    def number(self, day: date, anchor: int = 0) -> int:
        """The period that a day lies in."""
        return int(self.numbers(np.array([day.toordinal()], dtype=np.int32), anchor)[0])


def _months(days: Wholes, anchor: int) -> Wholes:
    dates = (days - _EPOCH.toordinal()).astype("datetime64[D]")
    return dates.astype("datetime64[M]").astype(np.int32)


def _first_of_month(number: int, anchor: int) -> date:
    return date(1970 + number // 12, number % 12 + 1, 1)


PERIODS: Mapping[str, Period] = {
    "day": Period(
        name="day",
        numbers=lambda days, anchor: days,
        first=lambda number, anchor: date.fromordinal(number),
        year=364,
        cycle=7,
        most=3 * 364,
        origin=182,
        horizons=(28, 56),
        days=1.0,
    ),
    "week": Period(
        name="week",
        numbers=lambda days, anchor: (days - 1 - anchor) // 7,
        first=lambda number, anchor: date.min + timedelta(days=7 * number + anchor),
        year=52,
        cycle=1,
        most=5 * 52,
        origin=26,
        horizons=(4, 8),
        days=7.0,
    ),
    "month": Period(
        name="month",
        numbers=_months,
        first=_first_of_month,
        year=12,
        cycle=1,
        most=10 * 12,
        origin=30,
        horizons=(3, 6),
        days=365.25 / 12,
    ),
}
"""By name. anchor: the weekday on which weeks begin, 0 for Monday."""
