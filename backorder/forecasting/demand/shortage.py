"""How many units would be short, where the lead time and demand over it are played as they are spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backorder.forecasting.demand.forecast import forecasts
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.stock import LEVELS, Spans, over
from backorder.forecasting.table import Days, Floats


def expected_short(
    demand: Demand, spans: Spans, kinds: Days, items: Days, held: Sequence[Floats]
) -> Sequence[Floats]:
    """The units that demand over the spans takes beyond what is held, on average.

    items: whose. held: units of each of them, below zero where lines wait for more than there is; several
    times over. kinds: the row of `spans` of every item of the demand.
    """
    found_for = forecasts(demand, spans.wholes, LEVELS)
    told = {periods: each.quantiles for periods, each in found_for.items()}
    found = [np.zeros(len(items)) for _ in held]
    for kind in np.unique(kinds[items]):
        mine = np.flatnonzero(kinds[items] == kind)
        played = [over(told, items[mine], float(span)) for span in spans.periods[kind]]
        for short, units in zip(found, held, strict=True):
            short[mine] = np.mean(
                [np.maximum(each - units[mine, None], 0.0).mean(axis=1) for each in played], axis=0
            )
    return found
