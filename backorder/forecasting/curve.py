"""The weighted, right-censored Kaplan-Meier curve behind every forecast (knowledge/forecasting.md).

A curve lives on a fixed grid of points. On the `LEAD` grid a point is a lead time in days; on the `RATIO`
grid it is actual lead / stated lead. A fixed grid makes a forecast independent of those made with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from backorder.forecasting.history import LONGEST_DAYS
from backorder.forecasting.table import Columns, Days, Floats

TAIL_SHARE = 0.1
"""The slowest tenth of the arrivals gives the hazard with which the curve goes on past its end."""

TAIL_POWER = 3.0
"""Past its end no curve falls faster than (start/t)^3: what has been late for long may be late for longer."""

CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Grid:
    """Increasing points, and the distance from each to the next. `by_stated`: points are ratios, not days."""

    points: Floats
    widths: Floats
    by_stated: bool


def _grid(points: Floats, by_stated: bool) -> Grid:
    return Grid(points, np.diff(points, append=2 * points[-1] - points[-2]), by_stated)


def _lead_points() -> Floats:
    # Each day to 400, then steps of 1%: finer would cost time and change nothing a customer could notice.
    far = np.ceil(400 * 1.01 ** np.arange(1.0, 300.0))
    return np.concatenate([np.arange(401.0), far[far <= LONGEST_DAYS * 1.05]])


LEAD = _grid(_lead_points(), by_stated=False)
RATIO = _grid(1.01 ** np.arange(-300.0, 301.0), by_stated=True)


class Tally(NamedTuple):
    """What one group of orders shows on a grid, as far as one morning knows. Arrays have one value per point.

    events: weight arriving at the point. at_risk: weight of those known not to have arrived before it, whose
    fate at it is known. weight, squares: sums of the weights and squared weights of all orders, also open.
    """

    events: Floats
    at_risk: Floats
    weight: float
    squares: float
    orders: int
    arrived: int


def tally(group: Columns, grid: Grid, asof: int, half_life: float) -> Tally:
    """Weigh a group's orders as known on the morning of `asof` (a day number).

    Only orders placed before that day count, and arrivals before it; an order open that morning has survived
    to the day before. An order's weight is 2^(-age/half_life), age in days since it was placed.
    """
    known = group.placed_before(asof)
    if grid.by_stated:
        known = known.take(np.flatnonzero(~np.isnan(known.stated_lead)))
    arrived = known.arrived < asof
    span = (np.where(arrived, known.arrived, asof - 1) - known.ordered).astype(np.float64)
    if grid.by_stated:
        span = span / known.stated_lead
    after = np.searchsorted(grid.points, span - CLOSE)
    before = np.searchsorted(grid.points, span + CLOSE, side="right") - 1
    last = np.minimum(np.where(arrived, after, before), len(grid.points) - 1)
    weight = np.exp2((known.ordered - asof) / half_life)
    seen = last >= 0
    return Tally(
        events=_by_point(last[arrived], weight[arrived], grid),
        at_risk=_from_here_on(_by_point(last[seen], weight[seen], grid)),
        weight=float(weight.sum()),
        squares=float((weight**2).sum()),
        orders=len(last),
        arrived=int(arrived.sum()),
    )


def _by_point(places: Days, weights: Floats, grid: Grid) -> Floats:
    return np.bincount(places, weights, len(grid.points)).astype(np.float64)


def _from_here_on(values: Floats) -> Floats:
    total: Floats = values[::-1].cumsum()[::-1]
    return total


def tail_hazard(everyone: Tally, grid: Grid) -> float:
    """Arrivals per unit of the grid among the slowest tenth of all arrivals; never zero."""
    later = _from_here_on(everyone.events)
    tail = later <= TAIL_SHARE * later[0]
    exposure = float((everyone.at_risk * grid.widths)[tail].sum())
    events = float(everyone.events[tail].sum())
    if events > 0 and exposure > 0:
        return events / exposure
    reached = grid.points[everyone.at_risk > 0]
    return 1.0 / max(float(reached[-1]), 1.0) if len(reached) else 1.0


class Evidence(NamedTuple):
    """All that one forecast is made from: three nested groups and everyone's tail hazard."""

    pair: Tally
    supplier: Tally
    everyone: Tally
    tail: float


@dataclass(frozen=True, eq=False)
class Stack:
    """The evidence of B forecasts as arrays; the first axis is pair, supplier, everyone.

    events, at_risk: (3, B, T). weight, squares: (3, B). tail: (B,).
    """

    grid: Grid
    events: Floats
    at_risk: Floats
    weight: Floats
    squares: Floats
    tail: Floats


def stack(evidence: Sequence[Evidence], grid: Grid) -> Stack:
    """Put the evidence of many forecasts side by side."""
    levels = [
        [each.pair for each in evidence],
        [each.supplier for each in evidence],
        [each.everyone for each in evidence],
    ]
    return Stack(
        grid,
        events=np.array([[group.events for group in level] for level in levels]),
        at_risk=np.array([[group.at_risk for group in level] for level in levels]),
        weight=np.array([[group.weight for group in level] for level in levels]),
        squares=np.array([[group.squares for group in level] for level in levels]),
        tail=np.array([each.tail for each in evidence]),
    )


@dataclass(frozen=True, eq=False)
class Mixture:
    """Curves of B forecasts on T points.

    hazard (B, T): chance to arrive at a point if not before. tail (B,): everyone's tail hazard.
    orders (B,): the effective number of orders behind each (Kish: (sum w)^2 / sum w^2).
    """

    grid: Grid
    hazard: Floats
    tail: Floats
    orders: Floats


def mix(stacked: Stack, k: float, k2: float) -> Mixture:
    """Shrink each pair's curve to its supplier's (k2 pseudo-orders) and to everyone's (k pseudo-orders).

    Weight = recency * ([same pair] + min(1, k2/V) [same supplier] + min(1, k/A)), V and A sums of recency.
    The minimum keeps one order of a supplier from counting as ten. One pseudo-order of average weight
    (sum w^2 / sum w) is added that only ever meets the tail hazard: it is the n+1 of a predictive quantile,
    and it carries the curve on past the last arrival, so that the curve never touches zero.
    """
    second, third = _share(k2, stacked.weight[1]), _share(k, stacked.weight[2])
    both = second + third
    weight = _total(stacked.weight, second, third)
    _, supplier, everyone = stacked.squares
    squares = stacked.squares[0] * (1 + both) ** 2
    squares += (supplier - stacked.squares[0]) * both**2 + (everyone - supplier) * third**2
    one = np.divide(squares, weight, out=np.ones_like(weight), where=weight > 0)[:, None]
    late = -np.expm1(-np.minimum(stacked.tail[:, None], _falling(stacked.grid)) * stacked.grid.widths)
    hazard = _total(stacked.events, second[:, None], third[:, None])
    hazard += one * late
    hazard /= _total(stacked.at_risk, second[:, None], third[:, None]) + one
    return Mixture(stacked.grid, np.minimum(hazard, 1.0), stacked.tail, weight / one[:, 0])


def _share(pseudo_orders: float, weight: Floats) -> Floats:
    share: Floats = pseudo_orders / np.maximum(weight, max(pseudo_orders, CLOSE))
    return share


def _total(levels: Floats, second: Floats, third: Floats) -> Floats:
    total: Floats = levels[0] + second * levels[1]
    total += third * levels[2]
    return total


def _falling(grid: Grid) -> Floats:
    falling: Floats = TAIL_POWER / np.maximum(grid.points, grid.widths[0])
    return falling


def survival(mixture: Mixture, waited: Floats) -> Floats:
    """S (B, T): the chance not to have arrived by each point, given not arrived before `waited` (B,)."""
    points = mixture.grid.points
    start = np.searchsorted(points, waited - CLOSE)
    hazard = np.where(np.arange(len(points)) < start[:, None], 0.0, mixture.hazard)
    curve: Floats = np.cumprod(1.0 - hazard, axis=1, dtype=np.float64)
    return curve


def quantiles(mixture: Mixture, waited: Floats, levels: Sequence[float]) -> Floats:
    """(B, len(levels)) on the grid's scale: inf{t >= waited: S(t) <= (1 - level) * S(waited)}.

    Past the grid's end the curve goes on with the tail hazard, later with the power law; always finite.
    """
    curve = survival(mixture, waited)
    found = np.empty((len(waited), len(levels)))
    for column, level in enumerate(levels):
        reached = curve <= 1.0 - level + CLOSE
        inside = mixture.grid.points[reached.argmax(axis=1)]
        needed = np.log(np.maximum(curve[:, -1], CLOSE) / (1.0 - level))
        beyond = _past_the_end(
            np.maximum(waited, mixture.grid.points[-1]), mixture.tail, np.maximum(needed, 0.0)
        )
        found[:, column] = np.where(reached.any(axis=1), inside, beyond)
    later: Floats = np.maximum(found, waited[:, None])
    return later


def _past_the_end(start: Floats, tail: Floats, needed: Floats) -> Floats:
    turn: Floats = np.maximum(start, TAIL_POWER / tail)
    by_tail = start + needed / tail
    left = np.maximum(needed - (turn - start) * tail, 0.0)
    beyond = np.where(by_tail <= turn, by_tail, turn * np.exp(left / TAIL_POWER))
    return beyond.astype(np.float64)
