"""Quantiles of the negative binomial by their sum, many at once; numpy alone."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from backorder.forecasting.table import Floats

LARGE = 100.0
"""From this mean on the gamma's quantile, after Wilson and Hilferty, is within a unit of the exact one."""

LEAST_EXCESS = 1.001
"""A variance no larger than the mean would be a binomial's; demand is never steadier than Poisson's."""

_CLOSE = 1e-12
_STEPS = 20_000
"""Units at which the sum is given up: only a variance far beyond any demand comes there."""


def quantiles(mean: Floats, variance: Floats, levels: Sequence[float]) -> Floats:
    """The least whole numbers that a share of `levels` does not exceed: a row an item, a column a level."""
    mean = np.maximum(mean, 1e-9)
    variance = np.maximum(variance, mean * LEAST_EXCESS)
    found = _as_gamma(mean, variance, levels)
    small = np.flatnonzero(mean < LARGE)
    found[small] = _by_sum(mean[small], variance[small], levels)
    return found


def _as_gamma(mean: Floats, variance: Floats, levels: Sequence[float]) -> Floats:
    shape = mean**2 / variance
    scores = np.array([NormalDist().inv_cdf(level) for level in levels])
    cube = 1 - 1 / (9 * shape[:, None]) + scores / (3 * np.sqrt(shape[:, None]))
    found: Floats = np.round(mean[:, None] * np.maximum(cube, 0.0) ** 3)
    return found


def _by_sum(mean: Floats, variance: Floats, levels: Sequence[float]) -> Floats:
    """Add up probabilities from zero units on; an item leaves once its highest level is reached."""
    wanted = np.asarray(levels) - _CLOSE
    found = np.zeros((len(mean), len(wanted)))
    size = mean**2 / (variance - mean)
    stop = 1 - mean / variance
    single = np.exp(size * np.log(mean / variance))
    total = single.copy()
    going = np.arange(len(mean))
    for units in range(1, _STEPS):
        below = total[:, None] < wanted
        found[going] += below
        on = below.any(axis=1)
        if not on.all():
            going, size, stop, single, total = going[on], size[on], stop[on], single[on], total[on]
        if not len(going):
            break
        single = single * ((units - 1 + size) / units) * stop
        total = total + single
    return found
