"""Choose the model's hyper-parameters on the older part of a shop's own history."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

import numpy as np

from backorder.forecasting.arrival import ArrivalModel, whole_days
from backorder.forecasting.curve import LEAD, RATIO, Grid, Stack, mix, quantiles, stack
from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import DEFAULT, Parameters
from backorder.forecasting.scores import kept, pinball
from backorder.forecasting.table import Days, Floats, OrderTable

HALF_LIVES = (15.0, 45.0, 120.0, 365.0, 1000.0)
EVERYONE = (1.0, 3.0, 10.0)
SUPPLIERS = (3.0, 10.0, 30.0)
"""The grid: half-lives in days, k and k2 in pseudo-orders."""

WARM_UP = 0.2
"""The share of the history, oldest first, that is only learnt from."""

MOST_ASKS = 600
FEWEST_ASKS = 60
"""More replayed forecasts cost time and decide nothing; from fewer nothing can be chosen."""

NEAR = 0.01
SAME_COVERAGE = 0.02
"""Losses this close (relative; more with few asks) are equal, the better calibrated choice is taken; with
coverage this close too, the one nearest to the defaults. The measures are noisier than that.
"""

MAKE_UP = 0.5
LOWEST_LEVEL, HIGHEST_LEVEL = 0.88, 0.94
"""The share of a past lack of coverage that the P90 makes up, and how far it may go: the future errs
differently from the past.
"""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One point of the grid. pinball: mean loss of P50 and P90 in days. coverage: P(arrived by P90)."""

    parameters: Parameters
    pinball: float
    coverage: float
    judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What was chosen from what was known on the morning of `asof`, and why.

    asked: forecasts replayed. judged: those whose P90 day had been seen. pinball, coverage: of the choice,
    with P90 at 0.9 of the curve (None without enough history). candidates: the whole grid.
    """

    parameters: Parameters
    asof: date
    asked: int
    judged: int
    pinball: float | None
    coverage: float | None
    words: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, eq=False)
class _Asks:
    """Replayed questions, parallel: the order's place in the table, day asked, days waited, outcome."""

    table: OrderTable
    place: Days
    asked: Days
    waited: Floats
    arrived: Days
    stated_lead: Floats
    asof: int

    def take(self, which: Days) -> "_Asks":
        return _Asks(
            self.table,
            self.place[which],
            self.asked[which],
            self.waited[which],
            self.arrived[which],
            self.stated_lead[which],
            self.asof,
        )


def tune(orders: Iterable[PastOrder] | OrderTable, asof: date, progress: Progress | None = None) -> Tuning:
    """Replay the older part of what was known on the morning of `asof`; choose by the loss of P50 and P90.

    Every replayed forecast knows only its own morning. Orders of the last P90 lead time are not asked about:
    too many of them are still open. Half of what the P90 then lacks of 0.9 (or exceeds it by) is made up
    through `Parameters.level`.
    """
    table = orders if isinstance(orders, OrderTable) else OrderTable.of(orders)
    asks = _asks(table, asof)
    if len(asks.place) < FEWEST_ASKS:
        return _untuned(asof, len(asks.place))
    candidates: list[Candidate] = []
    for done, half_life in enumerate(HALF_LIVES):
        if progress:
            progress(done, len(HALF_LIVES))
        candidates.extend(_candidates(asks, half_life))
    if progress:
        progress(len(HALF_LIVES), len(HALF_LIVES))
    return _chosen(len(asks.place), candidates, asof)


def _asks(table: OrderTable, asof: date) -> _Asks:
    today = asof.toordinal()
    known = table.everyone.placed_before(today)
    lead = ArrivalModel(table, asof).lead_days((0.5, 0.9))
    first = known.ordered[int(WARM_UP * len(known))] if len(known) else today
    asked_about = np.flatnonzero((known.ordered >= first) & (known.ordered < today - lead[1]))
    parts = []
    for wait in sorted({0, int(lead[0] / 2), int(lead[0])}):
        day = known.ordered[asked_about] + wait
        parts.append(np.stack([asked_about, day])[:, (known.arrived[asked_about] >= day) & (day < today)])
    place, asked = np.concatenate(parts, axis=1)
    every = max(1, -(-len(place) // MOST_ASKS))
    place, asked = place[::every], asked[::every]
    waited = (asked - known.ordered[place]).astype(np.float64)
    arrived = np.where(known.arrived[place] < today, known.arrived[place], today)
    return _Asks(table, place, asked, waited, arrived, known.stated_lead[place], today)


def _candidates(asks: _Asks, half_life: float) -> Iterator[Candidate]:
    models = {
        int(day): ArrivalModel(asks.table, date.fromordinal(int(day)), replace(DEFAULT, half_life=half_life))
        for day in np.unique(asks.asked)
    }
    stated = np.flatnonzero(~np.isnan(asks.stated_lead))
    by_lead = _evidence(asks, models, LEAD)
    by_ratio = _evidence(asks.take(stated), models, RATIO) if len(stated) else None
    for k, k2 in product(EVERYONE, SUPPLIERS):
        days = _forecast(asks, by_lead, k, k2)
        yield _score(asks, days, Parameters(k=k, k2=k2, half_life=half_life, trust_stated=not len(stated)))
        if by_ratio:
            days[stated] = _forecast(asks.take(stated), by_ratio, k, k2)
            yield _score(asks, days, Parameters(k=k, k2=k2, half_life=half_life))


def _evidence(asks: _Asks, models: dict[int, ArrivalModel], grid: Grid) -> Stack:
    rows = [(int(day), asks.table.orders[place]) for day, place in zip(asks.asked, asks.place, strict=True)]
    return stack([models[day].evidence(grid, row.supplier, row.destination) for day, row in rows], grid)


def _forecast(asks: _Asks, stacked: Stack, k: float, k2: float) -> Floats:
    units = asks.stated_lead if stacked.grid.by_stated else np.ones(len(asks.place))
    found = quantiles(mix(stacked, k, k2), asks.waited / units, (0.5, 0.9))
    return whole_days(found, units, asks.waited)


def _score(asks: _Asks, days: Floats, parameters: Parameters) -> Candidate:
    took = asks.arrived - (asks.asked - asks.waited)
    loss = (pinball(took, days[:, 0], 0.5) + pinball(took, days[:, 1], 0.9)).mean() / 2
    by = (asks.asked - asks.waited + days[:, 1]).astype(np.int64)
    in_time, judged = kept(asks.arrived, by, asks.asof - 1)
    return Candidate(
        parameters=parameters,
        pinball=float(loss),
        coverage=in_time / judged if judged else 0.0,
        judged=judged,
    )


def _chosen(asked: int, candidates: Sequence[Candidate], asof: date) -> Tuning:
    lowest = min(candidate.pinball for candidate in candidates)
    most = lowest * (1 + NEAR * math.sqrt(MOST_ASKS / asked))
    best = min((each for each in candidates if each.pinball <= most), key=_preference)
    level = 0.9 + MAKE_UP * (0.9 - best.coverage)
    parameters = replace(best.parameters, level=min(max(level, LOWEST_LEVEL), HIGHEST_LEVEL))
    return Tuning(
        parameters=parameters,
        asof=asof,
        asked=asked,
        judged=best.judged,
        pinball=best.pinball,
        coverage=best.coverage,
        words=(
            f"{asked} forecasts of past orders replayed: mean loss {best.pinball:.1f} days, "
            f"{best.coverage:.0%} of {best.judged} arrived by their P90; "
            f"from now on the P90 is the curve's {parameters.level:.1%}."
        ),
        candidates=tuple(candidates),
    )


def _preference(candidate: Candidate) -> tuple[bool, int, float]:
    chosen = candidate.parameters
    steps = (chosen.k / DEFAULT.k, chosen.k2 / DEFAULT.k2, chosen.half_life / DEFAULT.half_life)
    unusual = sum(abs(math.log(step)) for step in steps)
    return (not chosen.trust_stated, round(abs(candidate.coverage - 0.9) / SAME_COVERAGE), unusual)


def _untuned(asof: date, asked: int) -> Tuning:
    return Tuning(
        parameters=DEFAULT,
        asof=asof,
        asked=asked,
        judged=0,
        pinball=None,
        coverage=None,
        words=f"only {asked} past orders could be replayed, {FEWEST_ASKS} are needed: the defaults stand.",
    )
