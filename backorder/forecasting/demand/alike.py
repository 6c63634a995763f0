"""What followed a level like an item's, for all of the shop's items: quantiles without any distribution.

"Demand over a lead time": above half a unit a period as ratios to the level, below it as whole units.
"""

from collections.abc import Sequence

import numpy as np

from backorder.forecasting.table import Days, Floats

NEAREST = 400
"""Past cases, half of them below an item's level and half above it, that speak for it; where there are very
many, a fortieth of them."""

PARTS = 40
HALF_A_UNIT = 0.5
LEAST = 0.02
"""Units: a ratio to less than that says nothing."""


def quantiles_after(
    expected: Floats, periods: int, past: Floats, followed: Floats, levels: Sequence[float]
) -> Floats:
    """Quantiles of demand for items of which `expected` units are expected over some periods.

    past, followed: what was expected at earlier mornings for any item, and what came. A row an item.
    """
    order = np.argsort(past, kind="stable")
    past, followed = past[order], followed[order]
    width = min(len(past), max(NEAREST, len(past) // PARTS))
    starts = np.unique(np.append(np.arange(0, len(past) - width + 1, max(1, width // 2)), len(past) - width))
    middle = np.array([past[start : start + width].mean() for start in starts])
    ratios = followed / np.maximum(past, LEAST)
    by_unit = _by_window(followed, starts, width, levels)
    by_ratio = _by_window(ratios, starts, width, levels)
    found = np.empty((len(expected), len(levels)))
    for column in range(len(levels)):
        units = np.interp(expected, middle, by_unit[:, column])
        scaled = np.interp(expected, middle, by_ratio[:, column]) * expected
        found[:, column] = np.where(expected > HALF_A_UNIT * periods, scaled, units)
    return found


def _by_window(values: Floats, starts: Days, width: int, levels: Sequence[float]) -> Floats:
    found: Floats = np.quantile(values[starts[:, None] + np.arange(width)], levels, axis=1).T
    return found
