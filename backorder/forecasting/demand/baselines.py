"""The rules of textbooks, beside which the forecast is measured; no part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist

import numpy as np

from backorder.forecasting.demand import negative_binomial
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.table import Floats

SMOOTHING = 0.1
"""As the literature on intermittent demand has it."""

Baseline = Callable[[Demand, int, Sequence[float]], Floats]


def textbook(demand: Demand, periods: int, levels: Sequence[float]) -> Floats:
    """Mean and standard deviation, as if demand were normal."""
    mean, variance = moments(demand)
    scores = np.array([NormalDist().inv_cdf(level) for level in levels])
    told: Floats = mean[:, None] * periods + np.sqrt(variance * periods)[:, None] * scores
    return np.maximum(told, 0.0)


def sba(demand: Demand, periods: int, levels: Sequence[float]) -> Floats:
    """Croston's mean with the correction of Syntetos and Boylan, as a negative binomial."""
    hits = demand.quantity > 0
    open_for = (demand.exposure > 0).sum(axis=1)
    size = demand.quantity.sum(axis=1, dtype=np.float64) / np.maximum(hits.sum(axis=1), 1)
    interval = np.maximum(open_for, 1) / np.maximum(hits.sum(axis=1), 1)
    since = np.ones(len(size))
    for column in range(demand.periods):
        hit = hits[:, column]
        size = np.where(hit, size + SMOOTHING * (demand.quantity[:, column] - size), size)
        interval = np.where(hit, interval + SMOOTHING * (since - interval), interval)
        since = np.where(hit, 1.0, since + (demand.exposure[:, column] > 0))
    return _binomial(demand, (1 - SMOOTHING / 2) * size / interval, periods, levels)


def tsb(demand: Demand, periods: int, levels: Sequence[float]) -> Floats:
    """The mean of Teunter, Syntetos and Babai: size times a chance that falls in empty periods too."""
    hits = demand.quantity > 0
    size = demand.quantity.sum(axis=1, dtype=np.float64) / np.maximum(hits.sum(axis=1), 1)
    chance = hits.sum(axis=1) / np.maximum((demand.exposure > 0).sum(axis=1), 1)
    for column in range(demand.periods):
        hit = hits[:, column]
        moved = size + SMOOTHING * (demand.quantity[:, column] - size)
        size = np.where(hit, moved, size)
        chance = np.where(demand.exposure[:, column] > 0, chance + SMOOTHING * (hit - chance), chance)
    return _binomial(demand, size * chance, periods, levels)


def moments(demand: Demand) -> tuple[Floats, Floats]:
    """Mean and variance of each item's periods since it is sold."""
    known = demand.exposure > 0
    count = np.maximum(known.sum(axis=1), 1)
    mean = (demand.quantity * known).sum(axis=1, dtype=np.float64) / count
    squares = (demand.quantity**2 * known).sum(axis=1, dtype=np.float64) / count
    return mean, np.maximum(squares - mean**2, 0.0)


def _binomial(demand: Demand, mean: Floats, periods: int, levels: Sequence[float]) -> Floats:
    variance = np.maximum(moments(demand)[1], 1.01 * mean)
    return negative_binomial.quantiles(mean * periods, variance * periods, levels)


BASELINES: Mapping[str, Baseline] = {
    "mean and standard deviation, normal": textbook,
    "SBA mean, negative binomial": sba,
    "TSB mean, negative binomial": tsb,
}
