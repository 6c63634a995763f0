"""Products that have never been sold: what such products did at the shop's earlier mornings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backorder.forecasting.demand.history import Demand
from backorder.forecasting.table import Days, Flags, Floats

ENOUGH = 10
"""Products that had not been sold by an earlier morning, at least; of fewer the category, then the shop, then
nobody speaks, and then the forecast is none."""


def first_sale(demand: Demand) -> Days:
    """The period in which each item was first sold; the number of periods for never."""
    sold = demand.quantity > 0
    return np.where(sold.any(axis=1), sold.argmax(axis=1), demand.periods)


def newcomers(
    demand: Demand, new: Flags, periods: int, levels: Sequence[float], mornings: Sequence[int]
) -> Floats:
    """Quantiles for the items that are `new`, a row each: what came after `mornings` for those new then."""
    first = first_sale(demand)
    groups, sold = [], []
    for morning in mornings:
        then = np.flatnonzero(first >= morning)
        groups.append(demand.category[then])
        sold.append(demand.quantity[then, morning : morning + periods].sum(axis=1, dtype=np.float64))
    found = np.zeros((int(new.sum()), len(levels)))
    if not groups:
        return found
    of, came = np.concatenate(groups), np.concatenate(sold)
    if len(came) >= ENOUGH:
        found[:] = np.quantile(came, levels)
    wanted = demand.category[new]
    for group in np.unique(wanted[wanted >= 0]):
        own = came[of == group]
        if len(own) >= ENOUGH:
            found[wanted == group] = np.quantile(own, levels)
    return np.maximum(found, 0.0)
