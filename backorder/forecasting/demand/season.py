"""The year's season: what the level of the shop, and of each item, became a year before."""

from collections.abc import Iterator

import numpy as np

from backorder.forecasting.demand.history import Demand
from backorder.forecasting.table import Floats

BEFORE = 6
"""Cycles before the morning a year ago, at least: from fewer its level is not known."""

FEW = 0.1
"""Share of the items that a year must have known: of fewer the season would not be the shop's."""

HELD = 20.0
"""Units with which an item's own season is held to the shop's."""


def is_known(demand: Demand) -> bool:
    """Whether a year before this morning the shop had a level to compare with."""
    return next(_years(demand), None) is not None


def year_before(demand: Demand, half_life: float, periods: int) -> Floats:
    """Usual periods that the next ones are worth for each item, averaged over the years that are there.

    The item's own season is held to the shop's by `HELD` units. Where no year is known it is as if there
    were no season.
    """
    factors = [_since(demand, morning, half_life, periods) for morning in _years(demand)]
    if not factors:
        return np.full(len(demand.life), demand.ahead(periods))
    worth: Floats = np.mean(factors, axis=0) * periods
    return worth


def _years(demand: Demand) -> Iterator[Demand]:
    """The mornings a year before and earlier that knew enough of the shop's items, the newest first."""
    least = BEFORE * demand.period.cycle
    enough = FEW * (demand.life >= least).sum()
    for start in range(demand.periods - demand.period.year, least - 1, -demand.period.year):
        morning = demand.before(start)
        if (morning.life >= least).sum() > enough:
            yield morning


def _since(demand: Demand, morning: Demand, half_life: float, periods: int) -> Floats:
    """What the periods from that morning on sold against the level that it knew."""
    start = morning.periods + demand.gap % demand.period.year
    ahead = slice(start, start + periods)
    shop = float(
        demand.common[ahead].mean() * morning.common.mean() / demand.common[: morning.periods].mean()
    )
    shop /= max(morning.now, 1e-9)
    known = morning.life >= BEFORE * demand.period.cycle
    open_for = demand.exposure[:, ahead].sum(axis=1, dtype=np.float64)
    expected = np.where(known, morning.level(half_life) * open_for, 0.0)
    sold = np.where(known, np.maximum(demand.sold(start, periods), 0.0), 0.0)
    factor: Floats = (sold + HELD * shop) / (expected + HELD)
    return factor
