"""How much each candidate counts: weights a level, chosen by the loss at the shop's own earlier mornings.

The mixture is the weighted mean of the candidates' quantiles. Three or four weights a level for a whole shop
are few enough that they hold for items and months that they were not chosen on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backorder.forecasting.demand.candidates import CANDIDATES, DemandQuestion
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.levels import FEW, LOUDEST, ROUNDS
from backorder.forecasting.demand.season import is_known
from backorder.forecasting.table import Days, Flags, Floats

LIKE_AT = 16
"""Earlier mornings at which items are alike, the newest first."""

JUDGED_AT = 8
"""Earlier mornings at which the candidates are judged; the newest counts most."""

FADES = 4.0
"""Mornings after which a loss counts half."""

FIRST_LIKE, FIRST_JUDGED = 3, 6
"""Cycles before the first morning of either kind."""

MOST_ITEMS = 4000
"""Items on which the weights are chosen: so few weights need no more, and time is saved in a large shop."""

UNCHOSEN = ("own level", "like items")
"""The candidates that count alike where no morning can judge."""

UNJUDGED = 0.5
"""The share of a season that two years show and no earlier morning can judge."""

STEPS, PACE = 150, 10.0
"""Of the descent; the mean of its steps is taken."""


@dataclass(frozen=True, eq=False, kw_only=True)
class CandidateWeights:
    """weights: by candidate, one for each level. judged: earlier mornings behind them; 0 for too few.

    season_judged: at one of them a year before was known; else the season counts `UNJUDGED`, where it counts.
    """

    weights: Mapping[str, Floats]
    judged: int
    season_judged: bool = False


class Mornings:
    """The mornings of one history, each looked at once, a cycle apart."""

    def __init__(self, demand: Demand) -> None:
        self.demand = demand
        self._known: dict[int, Demand] = {}

    def at(self, period: int) -> Demand:
        """What the morning before a period knew."""
        if period not in self._known:
            self._known[period] = self.demand if period == self.demand.periods else self.demand.before(period)
        return self._known[period]

    def before(self, period: int, periods: int, most: int, first: int) -> list[int]:
        """Mornings of which the periods that followed were known before `period`, the newest first."""
        cycle = self.demand.period.cycle
        return list(range(period - periods, first * cycle - 1, -cycle))[:most]

    def question(self, period: int, periods: int, levels: Sequence[float]) -> DemandQuestion:
        """The demand from a morning on."""
        earlier = self.before(period, periods, LIKE_AT, FIRST_LIKE)
        return DemandQuestion(
            now=self.at(period),
            periods=periods,
            levels=levels,
            demand=self.demand,
            earlier=[(each, self.at(each)) for each in earlier],
        )


def sample(demand: Demand) -> Demand:
    """At most `MOST_ITEMS` of the items that were on sale, evenly spread."""
    items = np.flatnonzero(demand.life > 0)
    if len(items) > MOST_ITEMS:
        items = items[np.linspace(0, len(items) - 1, MOST_ITEMS).astype(np.int64)]
    return demand if len(items) == len(demand.life) else demand.of(items)


def choose(mornings: Mornings, period: int, periods: int, levels: Sequence[float]) -> CandidateWeights:
    """The weights that the losses of earlier mornings give, known before `period`."""
    judged = mornings.before(period, periods, JUDGED_AT, FIRST_JUDGED)
    if not judged:
        even = {name: np.full(len(levels), 1 / len(UNCHOSEN)) for name in UNCHOSEN}
        return _with_season(CandidateWeights(weights=even, judged=0), mornings.at(period), UNJUDGED)
    known = [each for each in judged if is_known(mornings.at(each))]
    names = [name for name in CANDIDATES if name != "season" or len(known) == len(judged)]
    cases = _cases(mornings, judged, names, periods, levels)
    found = descend(*cases, levels)
    mixture = CandidateWeights(
        weights=dict(zip(names, found, strict=True)), judged=len(judged), season_judged=bool(known)
    )
    if "season" in names:
        return mixture
    if not known:
        return _with_season(mixture, mornings.at(period), UNJUDGED)
    told, came, counts = _cases(mornings, known, [*names, "season"], periods, levels)
    both = np.stack([(told[:, :-1] * found).sum(axis=1), told[:, -1]], axis=1)
    return _with_season(mixture, mornings.at(period), descend(both, came, counts, levels)[1])


def _with_season(mixture: CandidateWeights, now: Demand, share: Floats | float) -> CandidateWeights:
    """The same with a season. share: of it, of each level; `UNJUDGED` only where the second of two years is
    known."""
    if not mixture.season_judged and not (now.periods >= 2 * now.period.year and is_known(now)):
        return mixture
    weights = {name: each * (1 - share) for name, each in mixture.weights.items()}
    even = np.ones(len(next(iter(weights.values()))))
    return replace(mixture, weights=weights | {"season": even * share})


def _cases(
    mornings: Mornings, judged: Sequence[int], names: Sequence[str], periods: int, levels: Sequence[float]
) -> tuple[Floats, Floats, Floats]:
    """What candidates told at some mornings, what came, and how much each case counts: a row a case."""
    told, came, counts, items = [], [], [], []
    for place, each in enumerate(judged):
        asked = mornings.question(each, periods, levels)
        seen = (asked.now.life > 0) & mornings.demand.open(each, periods)
        told.append(np.stack([CANDIDATES[name](asked)[seen] for name in names], axis=1))
        came.append(mornings.demand.sold(each, periods)[seen])
        counts.append(np.full(int(seen.sum()), 0.5 ** (place / FADES)))
        items.append(np.flatnonzero(seen))
    return held(np.concatenate(told), np.concatenate(came), np.concatenate(counts), np.concatenate(items))


def held(told: Floats, came: Floats, counts: Floats, items: Days) -> tuple[Floats, Floats, Floats]:
    """The cases, those of an item so large that it would decide alone counted for less.

    items: the item of each case.
    """
    size = np.maximum(told.max(axis=(1, 2)), np.maximum(came, 0)) * counts
    of_item = np.bincount(items, size)
    most = max(LOUDEST, FEW / max(int((of_item > 0).sum()), 1))
    less = of_item
    for _ in range(ROUNDS):
        less = np.minimum(of_item, most * less.sum())
    return told, came, counts * (less / np.maximum(of_item, 1e-9))[items]


def descend(told: Floats, came: Floats, counts: Floats, levels: Sequence[float]) -> Floats:
    """Weights, a row a candidate and a column a level, that keep the pinball loss of their mixture low.

    told: quantiles by case, candidate and level; came: what was sold; counts: how much a case counts.
    Multiplicative steps from even weights on: none becomes negative, and together they are one.
    """
    size = max(float((counts * np.maximum(came, 0)).sum()), 1e-9)
    # A mixture lies between its candidates: only where these disagree about a case do its weights decide it.
    least, most, units = told.min(axis=1), told.max(axis=1), came[:, None]
    open_ = (least <= units) & (units <= most) & (least < most)
    settled = np.where(~open_ & (units <= least), 1.0, 0.0) - np.asarray(levels)
    fixed = np.einsum("ncl,nl->cl", told, settled * counts[:, None])
    parts = list(_by_level(told, came, counts, open_))
    height, total = np.zeros(fixed.shape), np.zeros(fixed.shape)
    for step in range(STEPS):
        weights = np.exp(height - height.max(axis=0))
        weights /= weights.sum(axis=0)
        total += weights
        slope = fixed.copy()
        for level, each, lost, wanted in parts:
            slope[:, level] += lost @ (wanted <= weights[:, level] @ each).astype(np.float64)
        height -= PACE / np.sqrt(step + 1) * slope / size
    return total / STEPS


def _by_level(
    told: Floats, came: Floats, counts: Floats, open_: Flags
) -> Iterator[tuple[int, Floats, Floats, Floats]]:
    """The cases that the weights of a level decide: what the candidates told, the same by how much a case
    counts, what came. Each by itself, it fits a product of matrices."""
    for level in range(told.shape[2]):
        cases = np.flatnonzero(open_[:, level])
        if len(cases):
            each = np.ascontiguousarray(told[cases, :, level].T)
            yield level, each, each * counts[cases], came[cases]


def mixed(mixture: CandidateWeights, asked: DemandQuestion) -> Floats:
    """The mixture's quantiles: a row an item, a column a level, never falling from one level to the next."""
    found = np.zeros((len(asked.now.life), len(asked.levels)))
    for name, weights in mixture.weights.items():
        if weights.max() > 0:
            found += CANDIDATES[name](asked) * weights
    return np.maximum.accumulate(np.maximum(found, 0.0), axis=1)
