"""How good forecasts were: pinball loss and the share that arrived in time."""

import numpy as np

from backorder.forecasting.table import Days, Floats


def pinball(actual: Floats, forecast: Floats, level: float) -> Floats:
    """Loss of a quantile forecast in days: level * days late, (1 - level) * days early (Koenker, Bassett)."""
    late = actual - forecast
    loss: Floats = np.maximum(level * late, (level - 1.0) * late)
    return loss


def kept(arrived: Days, by: Days, known_until: int) -> tuple[int, int]:
    """(arrived by the day promised, promises whose day has been seen), for day numbers of one shape.

    Only days up to `known_until` are judged. A later one is left out even if its order has arrived:
    counting the early arrivals while the late ones are still open would flatter the forecast.
    """
    judged = by <= known_until
    return int((arrived <= by)[judged].sum()), int(judged.sum())
