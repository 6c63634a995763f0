"""The forecast of demand: for every item, how many units the next periods take, as P50, P90 and P95."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.mixture import CandidateWeights, Mornings, choose, mixed, sample
from backorder.forecasting.demand.newcomers import newcomers, unsold
from backorder.forecasting.table import Floats

LEVELS = (0.5, 0.9, 0.95)


@dataclass(frozen=True, eq=False, kw_only=True)
class DemandForecast:
    """quantiles: a row an item, a column a level; units over all of the periods together."""

    periods: int
    quantiles: Floats
    mixture: CandidateWeights


def forecast(demand: Demand, periods: int, levels: Sequence[float] = LEVELS) -> DemandForecast:
    """The demand of the next periods, for every item."""
    return forecasts(demand, (periods,), levels)[periods]


def forecasts(
    demand: Demand, spans: Iterable[int], levels: Sequence[float] = LEVELS
) -> Mapping[int, DemandForecast]:
    """The demand of several numbers of periods, by these; what earlier mornings knew is worked out once."""
    mornings = Mornings(sample(demand))
    return {periods: _forecast(demand, mornings, periods, levels) for periods in spans}


def _forecast(demand: Demand, mornings: Mornings, periods: int, levels: Sequence[float]) -> DemandForecast:
    mixture = choose(mornings, demand.periods, periods, levels)
    asked = mornings.question(demand.periods, periods, levels)
    found = mixed(mixture, replace(asked, now=demand))
    new = unsold(demand)
    if new.any():
        found[new] = newcomers(demand, periods, levels)
    return DemandForecast(periods=periods, quantiles=found, mixture=mixture)
