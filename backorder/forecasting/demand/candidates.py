"""The candidates that a forecast is mixed of: each turns what one morning knows into quantiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backorder.forecasting.demand import negative_binomial
from backorder.forecasting.demand.alike import quantiles_after
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.season import year_before
from backorder.forecasting.table import Floats

STEADY, RECENT = 32.0, 8.0
"""Half-lives of an item's share of the shop's level, in periods."""

ENOUGH = 100
"""Past cases from which on like items are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandQuestion:
    """The demand of `periods` periods from a morning on, at some levels of probability.

    earlier: mornings before, newest first, each with the period it stands before; `demand` is all that was
    known later, so that what followed them can be read.
    """

    now: Demand
    periods: int
    levels: Sequence[float]
    demand: Demand
    earlier: Sequence[tuple[int, Demand]]


Candidate = Callable[[DemandQuestion], Floats]


def own(asked: DemandQuestion) -> Floats:
    """Each item's share of the shop's common level, as a negative binomial."""
    expected = asked.now.level(STEADY) * asked.now.ahead(asked.periods)
    return _spread_out(asked, expected)


def season(asked: DemandQuestion) -> Floats:
    """The same, times what became of its level a year before."""
    expected = asked.now.level(STEADY) * year_before(asked.now, STEADY, asked.periods)
    return _spread_out(asked, expected)


def _spread_out(asked: DemandQuestion, expected: Floats) -> Floats:
    variance = np.maximum(asked.now.spread * asked.periods, expected * 1.01)
    return negative_binomial.quantiles(expected, variance, asked.levels)


def alike(asked: DemandQuestion) -> Floats:
    """What followed such a level for all of the shop's items, changes of the shop's level included."""
    return _after(asked, RECENT, at_level=False)


def alike_at_level(asked: DemandQuestion) -> Floats:
    """The same, less what the shop's common level did then: what items do against each other."""
    return _after(asked, STEADY, at_level=True)


def _after(asked: DemandQuestion, half_life: float, *, at_level: bool) -> Floats:
    expected, followed = [], []
    for period, morning in asked.earlier:
        counts = (morning.life > 0) & asked.demand.open(period, asked.periods)
        then = morning.level(half_life)[counts] * morning.ahead(asked.periods)
        came = asked.demand.sold(period, asked.periods)[counts]
        if at_level:
            voices = asked.demand.voices[counts]
            came = came * (float(voices @ then + 1) / max(float(voices @ came + 1), 1.0))
        expected.append(then)
        followed.append(came)
    if sum(map(len, expected)) < ENOUGH:
        return own(asked)
    wanted = asked.now.level(half_life) * asked.now.ahead(asked.periods)
    return quantiles_after(
        wanted, asked.periods, np.concatenate(expected), np.concatenate(followed), asked.levels
    )


CANDIDATES: Mapping[str, Candidate] = {
    "own level": own,
    "like items": alike,
    "like items at the shop's level": alike_at_level,
    "season": season,
}
"""By the name that a forecast's `method` gives them."""
