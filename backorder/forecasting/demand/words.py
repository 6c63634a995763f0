"""What a forecast is made of, in a few words for each item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backorder.domain.texts import how_many
from backorder.forecasting.demand.forecast import DemandForecast
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.newcomers import newcomers_words, unsold

SHORT = 6
"""Cycles of an item's own below which its history is called too little."""

NAMED = 0.05
"""A candidate that counts less is not named."""


def methods(demand: Demand, found: DemandForecast) -> Sequence[str]:
    """For each item what its forecast is made of, and what it used instead of a history that is too short."""
    mixture = found.mixture
    shares = {name: float(np.mean(weights)) for name, weights in mixture.weights.items()}
    parts = sorted((name for name in shares if shares[name] >= NAMED), key=lambda name: -shares[name])
    mixed = "mixed of " + ", ".join(f"{name} {shares[name]:.0%}" for name in parts)
    if "season" in shares and not mixture.season_judged:
        mixed += " (a season that two years show, and no third could confirm)"
    if not mixture.judged:
        mixed = f"too little history to choose by: {' and '.join(mixture.weights)} in equal parts"
    return [
        each if new else f"{each}; {mixed}" if each else mixed
        for each, new in zip(lacking(demand, found.periods), unsold(demand).tolist(), strict=True)
    ]


def lacking(demand: Demand, periods: int) -> Sequence[str]:
    """For each item what its history is too short for, and what is used instead; "" where it is long enough.

    periods: how many are forecast.
    """
    word, cycle = demand.period.name, demand.period.cycle
    others, gap = iter(newcomers_words(demand, periods)), gap_words(demand)
    parts = [
        next(others)
        if new
        else f"too little history of its own ({how_many(max(round(life), 1), word)})"
        if life < SHORT * cycle
        else ""
        for life, new in zip(demand.life.tolist(), unsold(demand).tolist(), strict=True)
    ]
    return [f"{each}; {gap}" if each and gap else each or gap for each in parts]


def gap_words(demand: Demand) -> str:
    """What is not known of the periods before the morning; "" where all is."""
    if not demand.gap:
        return ""
    word = demand.period.name
    newest = f"{demand.gap} {word}s" if demand.gap > 1 else word
    return f"sales of the newest {newest} are missing: they count as not known, not as none"
