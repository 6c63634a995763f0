"""What an item sells per period: its share of the shop's common level.

Arrays have a row an item and a column a period. `exposure` is the part of a period in which an item could be
sold: 0 before its first row and while it is out of stock, 1 for a whole period.
"""

from collections.abc import Sequence
from math import log

import numpy as np

from backorder.forecasting.demand.periods import Matrix
from backorder.forecasting.table import Floats

ROUNDS = 4
"""Alternations between items and periods; the change after them is far below a unit."""

CAUTION = 20.0
"""Units with which the common level of a period is held to the usual one: little where a shop sells much."""

SHOP_HALF_LIVES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Periods after which the shop's level counts half: a large shop's last period says nearly all, a small one's
is chance."""

RHYTHM_OF = 8
"""Cycles whose mean is a cycle's rhythm: a week's, where a period is a day."""

FIRST = 4
"""Periods before the common level can be told from chance."""

LUMPY = 3.0
"""Times its mean that an item's variance may be before its units count for less."""

LOUDEST, FEW = 0.02, 2.0
"""The share of what is known of the common level that one item may have at most; or `FEW` times its equal
share, where there are few items."""


def rhythm(quantity: Matrix, exposure: Matrix, cycle: int) -> Floats:
    """What each period of a cycle sells against the mean, of the last cycles; 1 each from fewer than two."""
    known = min(quantity.shape[1] // cycle, RHYTHM_OF)
    if cycle == 1 or known < 2:
        return np.ones(1)
    start = quantity.shape[1] - known * cycle
    quantity, exposure = quantity[:, start:], exposure[:, start:]
    open_for = exposure.sum(axis=0, dtype=np.float64).reshape(known, cycle).sum(axis=0)
    against = np.ones(cycle)
    for _ in range(2):
        weights = voices(quantity, exposure, np.tile(against, known).astype(quantity.dtype))
        sold = (weights @ quantity).astype(np.float64).reshape(known, cycle).sum(axis=0)
        means = (sold + CAUTION) / (open_for + CAUTION * open_for.sum() / max(sold.sum(), 1.0))
        against = means / max(float(means.mean()), 1e-9)
    return np.roll(against, start % cycle)


def common_level(quantity: Matrix, exposure: Matrix, usual: Floats) -> Matrix:
    """The shop's level in each period against its usual one: how many times what its items usually sell.

    Fitted with the items' own levels in turn, as the quasi-likelihood of overdispersed counts has it. usual:
    the rhythm, to which a period is held by `CAUTION` units.
    """
    common = usual.astype(quantity.dtype)
    sold = np.maximum(quantity.sum(axis=1), 0)
    for turn in range(ROUNDS):
        if not turn % 2:
            weights = voices(quantity, exposure, common)
            by_period = np.maximum(weights @ quantity, 0)
        own = weights * sold / np.maximum(exposure @ common, 1e-9)
        common = (by_period + CAUTION * usual) / (own @ exposure + CAUTION)
        common = (common / max(float(common.mean()), 1e-9)).astype(quantity.dtype)
    return common


def voices(quantity: Matrix, exposure: Matrix, common: Matrix) -> Matrix:
    """What a unit of each item counts where items are added up: 1, less for one of very lumpy sales.

    So a rare large order counts like one of few units, and no item has more than a small share of the whole:
    whatever is written of one product, the others' level stays.
    """
    own = np.maximum(quantity.sum(axis=1), 0) / np.maximum(exposure @ common, 1e-9)
    weights = own / np.maximum(spread(quantity, exposure, common) / LUMPY, np.maximum(own, 1e-9))
    known = weights * own
    most = max(LOUDEST, FEW / max(int((known > 0).sum()), 1))
    held = known
    for _ in range(ROUNDS):
        held = np.minimum(known, most * held.sum())
    found: Matrix = (weights * held / np.maximum(known, 1e-9)).astype(quantity.dtype)
    return found


def shop_half_life(common: Matrix | Floats) -> float:
    """The half-life that would have foretold each next period of the common level best."""
    levels = np.maximum(common, 1e-3).tolist()
    errors = {half_life: _error(levels, half_life) for half_life in SHOP_HALF_LIVES}
    return min(SHOP_HALF_LIVES, key=lambda half_life: errors[half_life])


def _error(levels: Sequence[float], half_life: float) -> float:
    fade = 0.5 ** (1 / half_life)
    total = weight = error = 0.0
    for period, level in enumerate(levels):
        if period >= FIRST:
            error += abs(log(level * weight / total))
        total, weight = total * fade + level, weight * fade + 1
    return error


def fading(periods: int, half_life: float) -> Floats:
    """Weights of periods of which the last counts 1, and half after each half-life."""
    weights: Floats = np.exp2((np.arange(periods) - (periods - 1)) / half_life)
    return weights


def level_now(common: Matrix | Floats, half_life: float) -> float:
    """The common level as the last period leaves it."""
    weights = fading(len(common), half_life)
    return float(common @ weights / weights.sum())


def item_level(quantity: Matrix, exposure: Matrix, common: Matrix, half_life: float, now: float) -> Floats:
    """What each item sells in a period at the common level `now`; half_life: of its share, in periods."""
    weights = fading(len(common), half_life).astype(quantity.dtype)
    share = (quantity @ weights) / np.maximum(exposure @ (weights * common), 1e-9)
    level: Floats = np.maximum(share * now, 0.0).astype(np.float64)
    return level


def spread(quantity: Matrix, exposure: Matrix, common: Matrix) -> Floats:
    """The variance of each item's periods around its share of the common level."""
    share = np.maximum(quantity.sum(axis=1), 0) / np.maximum(exposure @ common, 1e-9)
    residual = quantity - share[:, None] * common * exposure
    residual *= residual
    residual *= exposure > 0
    variance: Floats = residual.sum(axis=1, dtype=np.float64) / np.maximum((exposure > 0).sum(axis=1) - 1, 1)
    return variance
