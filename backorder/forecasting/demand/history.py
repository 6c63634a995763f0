"""What one morning knows of every item, period by period, and what is worked out of it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from backorder.forecasting.demand.levels import (
    common_level,
    item_level,
    level_now,
    rhythm,
    shop_half_life,
    spread,
    voices,
)
from backorder.forecasting.demand.periods import Matrix, Period
from backorder.forecasting.table import Days, Flags, Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Demand:
    """Demand by item (rows) and period (columns), oldest first, no period after the morning it is asked on.

    quantity: units sold less those returned. exposure: the part of the period in which an item could be
    sold, 0 before its first row. category: a number for each item's in `categories`, -1 for none.
    gap: periods between the last one and the morning of which nothing is known.
    """

    quantity: Matrix
    exposure: Matrix
    category: Days
    period: Period
    categories: Sequence[str] = ()
    gap: int = 0
    _levels: dict[float, Floats] = field(default_factory=dict, repr=False)

    @property
    def periods(self) -> int:
        """How many are known."""
        return int(self.quantity.shape[1])

    def before(self, period: int) -> Demand:
        """What the morning of a period (0 is the first) knew."""
        return replace(
            self, quantity=self.quantity[:, :period], exposure=self.exposure[:, :period], gap=0, _levels={}
        )

    def of(self, items: Days) -> Demand:
        """Some of the items."""
        return replace(
            self,
            quantity=self.quantity[items],
            exposure=self.exposure[items],
            category=self.category[items],
            _levels={},
        )

    def sold(self, start: int, periods: int) -> Floats:
        """What each item sold in some periods."""
        sold: Floats = self.quantity[:, start : start + periods].sum(axis=1, dtype=np.float64)
        return sold

    def open(self, start: int, periods: int) -> Flags:
        """The items that could be sold throughout some periods: only their sales show their demand."""
        return np.asarray(self.exposure[:, start : start + periods].min(axis=1) > 0.99)

    @cached_property
    def life(self) -> Floats:
        """Periods in which each item could be sold."""
        life: Floats = self.exposure.sum(axis=1, dtype=np.float64)
        return life

    @cached_property
    def common(self) -> Matrix:
        """The shop's common level, see `levels.common_level`."""
        return common_level(self.quantity, self.exposure, self._usual)

    @cached_property
    def voices(self) -> Matrix:
        """What a unit of each item counts where items are added up, see `levels.voices`."""
        return voices(self.quantity, self.exposure, self.common)

    @cached_property
    def rhythm(self) -> Floats:
        """What each period of a cycle (a day of the week) sells against the others; 1 where there is none."""
        return rhythm(self.quantity, self.exposure, self.period.cycle)

    @cached_property
    def _usual(self) -> Floats:
        return self.rhythm[np.arange(self.periods) % len(self.rhythm)]

    @cached_property
    def now(self) -> float:
        """The common level as it stands, whichever period of the cycle comes next."""
        even = self.common / self._usual
        return level_now(even, shop_half_life(even))

    def ahead(self, periods: int) -> float:
        """The next periods in usual ones: `periods`, but for those of a cycle that sell more or less."""
        start = self.periods + self.gap
        return float(self.rhythm[np.arange(start, start + periods) % len(self.rhythm)].sum())

    @cached_property
    def spread(self) -> Floats:
        """The variance of one period of each item."""
        return spread(self.quantity, self.exposure, self.common)

    def level(self, half_life: float) -> Floats:
        """What each item sells in a period as things stand; half_life: of its share, in cycles."""
        if half_life not in self._levels:
            self._levels[half_life] = item_level(
                self.quantity, self.exposure, self.common, half_life * self.period.cycle, self.now
            )
        return self._levels[half_life]
