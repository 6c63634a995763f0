"""The forecast at earlier days of a history, beside the rules of textbooks.

The pinball loss of P50, P90 and P95 is summed over items and origins, and given per hundred units sold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from backorder.forecasting.demand.baselines import BASELINES
from backorder.forecasting.demand.forecast import LEVELS, forecast
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.periods import Period
from backorder.forecasting.demand.sales import Sales, demand_before, weekday_of
from backorder.forecasting.table import Flags, Floats

Progress = Callable[[int, int], None]
"""Told how many of how many mornings are played; what it raises ends the play."""
OURS = "this forecast"
APART = 4
"""Cycles from one origin to the next."""

MOST = 8
"""Origins, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """loss: per hundred units sold. by: share of items and origins that sold no more than each level said."""

    method: str
    loss: float
    by: Mapping[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """Forecasts of `periods` periods from each of `origins` on. units: what was sold in all of them."""

    periods: int
    origins: Sequence[date]
    items: int
    units: float
    scores: Sequence[Score]


def origins(known: int, periods: int, period: Period) -> list[int]:
    """The periods before which to forecast, of `known` ones: from `period.origin` on, four cycles apart.

    Each is followed by as many known periods as the longest usual horizon has, so that all horizons are
    judged at the same ones. Where the history is too short for that, from its middle on.
    """
    last = known - max(periods, period.horizons[-1])
    first = period.origin
    if last < first:
        first, last = max(known // 2, 1), known - periods
    return list(range(first, last + 1, APART * period.cycle))[-MOST:]


def whole_history(sales: Sales, period: Period, anchor: int) -> tuple[Demand, int]:
    """All periods of which the sales are known, and the number of the first of them."""
    end = period.number(date.fromordinal(int(sales.day.max())), anchor) + 1
    whole = demand_before(sales, period, period.first(end, anchor), anchor)
    return whole, end - whole.gap - whole.periods


def run_backtest(
    sales: Sales,
    period: Period,
    periods: int,
    progress: Progress | None = None,
    scored: Flags | None = None,
) -> Backtest | None:
    """Forecast at each origin with what was known before it; None where the history is too short for one.

    scored: the items that are judged, each forecast beside all others; None: all of them.
    """
    anchor = weekday_of(sales)
    whole, start = whole_history(sales, period, anchor)
    places = origins(whole.periods, periods, period)
    if not places:
        return None
    tallies = {name: _Tally() for name in (OURS, *BASELINES)}
    scored = np.ones(len(sales.skus), dtype=np.bool_) if scored is None else scored
    days = []
    for done, place in enumerate(places):
        day = period.first(start + place, anchor)
        days.append(day)
        then = demand_before(sales, period, day, anchor)
        came = whole.sold(place, periods)[scored]
        tallies[OURS].add(forecast(then, periods).quantiles[scored], came)
        for name, baseline in BASELINES.items():
            tallies[name].add(baseline(then, periods, LEVELS)[scored], came)
        if progress:
            progress(done + 1, len(places))
    return Backtest(
        periods=periods,
        origins=days,
        items=int(scored.sum()),
        units=tallies[OURS].sold,
        scores=[tally.score(name) for name, tally in tallies.items()],
    )


class _Tally:
    def __init__(self) -> None:
        self.lost = self.sold = 0.0
        self.count = 0
        self.by = np.zeros(len(LEVELS))

    def add(self, told: Floats, came: Floats) -> None:
        levels = np.array(LEVELS)
        error = came[:, None] - told
        self.lost += float(np.maximum(levels * error, (levels - 1) * error).sum())
        self.sold += float(came.sum())
        self.count += len(came)
        self.by += (came[:, None] <= told + 1e-9).sum(axis=0)

    def score(self, method: str) -> Score:
        by = {level: float(share) for level, share in zip(LEVELS, self.by / max(self.count, 1), strict=True)}
        return Score(method=method, loss=100 * self.lost / max(self.sold, 1e-9), by=by)
