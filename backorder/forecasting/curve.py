"""The weighted, right-censored Kaplan-Meier curve behind every forecast (knowledge/forecasting.md).

A curve lives on a fixed grid of points. On the `LEAD` grid a point is a lead time in days; on the `RATIO`
grid it is actual lead / stated lead. A fixed grid makes a forecast independent of those made with it.
"""

from collections.abc import Iterator, Sequence
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


def _ratio_points() -> Floats:
    # Steps of half a percent where suppliers keep or break their word, of two percent beyond. 1 is a point.
    near = 1.005 ** np.arange(-460.0, 221.0)
    steps = 1.02 ** np.arange(1.0, 97.0)
    return np.concatenate([near[0] / steps[::-1], near, near[-1] * steps])


RATIO = _grid(_ratio_points(), by_stated=True)

MIDDLE = 0.5
"""An arrival noted on day x happened between x - 1 and x: on average half a day before its end."""


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
    """Weigh a group's orders as known on the morning of `asof` (a day number); see `tallies`."""
    return next(tallies(group, grid, (asof,), half_life))


def tallies(group: Columns, grid: Grid, mornings: Sequence[int], half_life: float) -> Iterator[Tally]:
    """Weigh a group's orders as known on each of some mornings (increasing day numbers), one tally each.

    Only orders placed before that day count, and arrivals before it; an order open that morning has survived
    to the end of the day before. An order's weight is 2^(-age/half_life), age in days since it was placed.
    Each order is looked at once when it is placed and once when it arrives, and while open each morning: the
    sums of what has arrived only fade from one morning to the next.
    """
    known = group
    if grid.by_stated:
        known = known.take(np.flatnonzero(~np.isnan(known.stated_lead)))
    running = _Running(known, grid, half_life, mornings[-1])
    for morning in mornings:
        yield running.step(morning)


class _Running:
    """The sums of `tallies` on one morning, moved forward morning by morning."""

    def __init__(self, known: Columns, grid: Grid, half_life: float, last: int) -> None:
        came = np.flatnonzero(known.arrived < last)
        self._came = came[np.argsort(known.arrived[came], kind="stable")]
        self._came_on = known.arrived[self._came]
        span = (self._came_on - known.ordered[self._came]).astype(np.float64)
        if grid.by_stated:
            span = np.maximum(span - MIDDLE, 0.0) / known.stated_lead[self._came]
        point = np.searchsorted(grid.points, span - CLOSE)
        self._point = np.minimum(point, len(grid.points) - 1)
        self._known, self._grid, self._half_life = known, grid, half_life
        self._events = np.zeros(len(grid.points))
        self._weight = self._squares = 0.0
        self._placed = self._arrived = self._morning = 0
        self._open = np.empty(0, dtype=np.int64)

    def step(self, morning: int) -> Tally:
        fade = 2.0 ** ((self._morning - morning) / self._half_life)
        placed = int(np.searchsorted(self._known.ordered, morning))
        arrived = int(np.searchsorted(self._came_on, morning))
        new = self._fresh(slice(self._placed, placed), morning)
        self._weight = self._weight * fade + float(new.sum())
        self._squares = self._squares * fade**2 + float((new**2).sum())
        since = slice(self._arrived, arrived)
        self._events *= fade
        self._events += _by_point(self._point[since], self._fresh(self._came[since], morning), self._grid)
        both = np.concatenate([self._open, np.arange(self._placed, placed)])
        self._open = both[self._known.arrived[both] >= morning]
        self._morning, self._placed, self._arrived = morning, placed, arrived
        return Tally(
            events=self._events.copy(),
            at_risk=_from_here_on(self._events + self._still_open()),
            weight=self._weight,
            squares=self._squares,
            orders=placed,
            arrived=arrived,
        )

    def _fresh(self, which: Days | slice, morning: int) -> Floats:
        weight: Floats = np.exp2((self._known.ordered[which] - morning) / self._half_life)
        return weight

    def _still_open(self) -> Floats:
        span = (self._morning - 1 - self._known.ordered[self._open]).astype(np.float64)
        if self._grid.by_stated:
            span /= self._known.stated_lead[self._open]
        last = np.searchsorted(self._grid.points, span + CLOSE, side="right") - 1
        seen = last >= 0
        weights = self._fresh(self._open[seen], self._morning)
        return _by_point(last[seen], weights, self._grid)


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


class Level(NamedTuple):
    """The tallies of B groups as arrays. events, at_risk: (B, T). weight, squares: (B,)."""

    events: Floats
    at_risk: Floats
    weight: Floats
    squares: Floats

    @classmethod
    def of(cls, groups: Sequence[Tally]) -> "Level":
        """Put tallies side by side."""
        return cls(
            np.array([group.events for group in groups]),
            np.array([group.at_risk for group in groups]),
            np.array([group.weight for group in groups]),
            np.array([group.squares for group in groups]),
        )

    def part(self, which: slice) -> "Level":
        """Some of the groups."""
        return Level(*(values[which] for values in self))


@dataclass(frozen=True, eq=False)
class EvidenceStack:
    """The evidence of B forecasts: that of the pairs, of the suppliers, and of everyone.

    tail (B,): everyone's tail hazard. late (B, T): the chance it gives to arrive at a point if not before.
    """

    grid: Grid
    pair: Level
    supplier: Level
    everyone: Level
    tail: Floats
    late: Floats


def stack(evidence: Sequence[Evidence], grid: Grid) -> EvidenceStack:
    """Put the evidence of many forecasts side by side."""
    tail = np.array([each.tail for each in evidence])
    return EvidenceStack(
        grid,
        pair=Level.of([each.pair for each in evidence]),
        supplier=Level.of([each.supplier for each in evidence]),
        everyone=Level.of([each.everyone for each in evidence]),
        tail=tail,
        late=late_chances(tail, grid),
    )


def late_chances(tail: Floats, grid: Grid) -> Floats:
    """(B, T) from the tail hazards (B,): the chance to arrive at each point if not before."""
    falling = TAIL_POWER / np.maximum(grid.points, grid.widths[0])
    late: Floats = -np.expm1(-np.minimum(tail[:, None], falling) * grid.widths)
    return late


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


def mix(stacked: EvidenceStack, k: float, k2: float) -> Mixture:
    """Shrink each pair's curve to its supplier's (k2 pseudo-orders) and to everyone's (k pseudo-orders).

    Weight = recency * ([same pair] + min(1, k2/V) [same supplier] + min(1, k/A)), V and A sums of recency.
    The minimum keeps one order of a supplier from counting as ten. One pseudo-order of average weight
    (sum w^2 / sum w) is added that only ever meets the tail hazard: it is the n+1 of a predictive quantile,
    and it carries the curve on past the last arrival, so that the curve never touches zero.
    """
    pair, supplier, everyone = stacked.pair, stacked.supplier, stacked.everyone
    second, third = _share(k2, supplier.weight), _share(k, everyone.weight)
    both = second + third
    weight = pair.weight + second * supplier.weight + third * everyone.weight
    squares = pair.squares * (1 + both) ** 2
    squares += (supplier.squares - pair.squares) * both**2
    squares += np.maximum(everyone.squares - supplier.squares, 0.0) * third**2
    one = np.divide(squares, weight, out=np.ones_like(weight), where=weight > 0)[:, None]
    second, third = second[:, None], third[:, None]
    hazard: Floats = pair.events + second * supplier.events
    hazard += third * everyone.events
    hazard += one * stacked.late
    at_risk = pair.at_risk + second * supplier.at_risk
    at_risk += third * everyone.at_risk
    hazard /= at_risk + one
    return Mixture(stacked.grid, np.minimum(hazard, 1.0), stacked.tail, weight / one[:, 0])


def _share(pseudo_orders: float, weight: Floats) -> Floats:
    share: Floats = pseudo_orders / np.maximum(weight, max(pseudo_orders, CLOSE))
    return share


def mean_curve(mixtures: Sequence[Mixture]) -> Mixture:
    """The mean of several curves of the same forecasts, hazard by hazard."""
    first, share = mixtures[0], 1.0 / len(mixtures)
    hazard, tail, orders = first.hazard * share, first.tail * share, first.orders * share
    for other in mixtures[1:]:
        hazard += other.hazard * share
        tail += other.tail * share
        orders += other.orders * share
    return Mixture(first.grid, hazard, tail, orders)


def survival(mixture: Mixture, survived: Floats) -> Floats:
    """S (B, T): the chance not to have arrived by each point, given not arrived by `survived` (B,)."""
    points = mixture.grid.points
    start = np.searchsorted(points, survived + CLOSE, side="right")
    hazard = np.where(np.arange(len(points)) < start[:, None], 0.0, mixture.hazard)
    curve: Floats = np.cumprod(1.0 - hazard, axis=1, dtype=np.float64)
    return curve


def quantiles(mixture: Mixture, survived: Floats, levels: Sequence[float]) -> Floats:
    """(B, len(levels)) on the grid's scale: inf{t > survived: S(t) <= (1 - level) * S(survived)}.

    survived (B,): known not to have arrived by then, on the grid's scale; negative if nothing is known. Past
    the grid's end the curve goes on with the tail hazard, later with the power law; always finite.
    """
    curve = survival(mixture, survived)
    found = np.empty((len(survived), len(levels)))
    for column, level in enumerate(levels):
        reached = curve <= 1.0 - level + CLOSE
        inside = mixture.grid.points[reached.argmax(axis=1)]
        needed = np.log(np.maximum(curve[:, -1], CLOSE) / (1.0 - level))
        beyond = _past_the_end(
            np.maximum(survived, mixture.grid.points[-1]), mixture.tail, np.maximum(needed, 0.0)
        )
        found[:, column] = np.where(reached.any(axis=1), inside, beyond)
    later: Floats = np.maximum(found, survived[:, None])
    return later


def _past_the_end(start: Floats, tail: Floats, needed: Floats) -> Floats:
    turn: Floats = np.maximum(start, TAIL_POWER / tail)
    by_tail = start + needed / tail
    left = np.maximum(needed - (turn - start) * tail, 0.0)
    beyond = np.where(by_tail <= turn, by_tail, turn * np.exp(left / TAIL_POWER))
    return beyond.astype(np.float64)
