"""What a forecast is made of, in a few words for each item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backorder.domain.texts import how_many
from backorder.forecasting.demand.forecast import DemandForecast
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.mixture import FIRST_JUDGED, JUDGED_AT, Mornings

SHORT = 6
"""Cycles of an item's own below which its history is called too little."""

SAID = 0.05
"""A candidate that counts less is not named."""

_NEVER_SOLD = "no sale before"


def methods(demand: Demand, found: DemandForecast) -> Sequence[str]:
    """For each item what its forecast is made of, and what it used instead of a history that is too short."""
    mixture = found.mixture
    shares = {name: float(np.mean(weights)) for name, weights in mixture.weights.items()}
    parts = sorted((name for name in shares if shares[name] >= SAID), key=lambda name: -shares[name])
    mixed = "mixed of " + ", ".join(f"{name} {shares[name]:.0%}" for name in parts)
    if not mixture.judged:
        mixed = f"too little history to choose by: {' and '.join(mixture.weights)} in equal parts"
    return [
        each if each.startswith(_NEVER_SOLD) else f"{each}; {mixed}" if each else mixed
        for each in _lacking(demand, mixture.judged)
    ]


def lacking(demand: Demand, periods: int) -> Sequence[str]:
    """For each item what its history is too short for, and what is used instead; "" where it is long enough.

    periods: how many are forecast.
    """
    return _lacking(demand, len(Mornings(demand).before(demand.periods, periods, JUDGED_AT, FIRST_JUDGED)))


def _lacking(demand: Demand, judged: int) -> list[str]:
    word, cycle = demand.period.name, demand.period.cycle
    sold_ever = np.asarray((demand.quantity > 0).any(axis=1))
    others = "what products did that had not been sold either"
    never = f"{_NEVER_SOLD}; {others if judged else 'too little history of others: none is expected'}"
    return [
        never
        if not sold
        else f"too little history of its own ({how_many(max(round(life), 1), word)})"
        if life < SHORT * cycle
        else ""
        for life, sold in zip(demand.life.tolist(), sold_ever.tolist(), strict=True)
    ]
