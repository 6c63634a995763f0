"""What a forecast is made of, in a few words for each item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backorder.domain.texts import how_many
from backorder.forecasting.demand.forecast import DemandForecast
from backorder.forecasting.demand.history import Demand

SHORT = 6
"""Cycles of an item's own below which its history is called too little."""

SAID = 0.05
"""A candidate that counts less is not named."""


def methods(demand: Demand, found: DemandForecast) -> Sequence[str]:
    """For each item what its forecast is made of, and what it used instead of a history that is too short."""
    mixture = found.mixture
    shares = {name: float(np.mean(weights)) for name, weights in mixture.weights.items()}
    parts = sorted((name for name in shares if shares[name] >= SAID), key=lambda name: -shares[name])
    mixed = "mixed of " + ", ".join(f"{name} {shares[name]:.0%}" for name in parts)
    if not mixture.judged:
        mixed = f"too little history to choose by: {' and '.join(mixture.weights)} in equal parts"
    word, cycle = demand.period.name, demand.period.cycle
    sold_ever = np.asarray((demand.quantity > 0).any(axis=1))
    said = []
    for life, sold in zip(demand.life.tolist(), sold_ever.tolist(), strict=True):
        if not sold:
            said.append(_never_sold(found))
        elif life < SHORT * cycle:
            said.append(f"too little history of its own ({how_many(max(round(life), 1), word)}); {mixed}")
        else:
            said.append(mixed)
    return said


def _never_sold(found: DemandForecast) -> str:
    if not found.mixture.judged:
        return "no sale before; too little history of others: none is expected"
    return "no sale before; what products did that had not been sold either"
