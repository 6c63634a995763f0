"""Choose the model's hyper-parameters on the older part of a shop's own history."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, product

import numpy as np

from backorder.forecasting.curve import LEAD, RATIO
from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import DEFAULT, HALF_LIVES, Parameters
from backorder.forecasting.replay import MOST_QUERIES, PastQueries, Replay, past_queries
from backorder.forecasting.scores import kept, pinball
from backorder.forecasting.table import Floats, OrderTable

EVERYONE = (1.0, 3.0, 10.0)
SUPPLIERS = (3.0, 10.0, 30.0)
"""The grid: k and k2 in pseudo-orders."""

PLAIN = tuple(Parameters(half_life=half_life) for half_life in HALF_LIVES)
RICHER = (
    *(Parameters(half_life=longer, everyone_half_life=shorter) for shorter, longer in pairwise(HALF_LIVES)),
    *(Parameters(half_life=half_life, averaged=True) for half_life in HALF_LIVES),
)
"""One half-life for all orders; or a step shorter for everyone's than for its own; or a mean of three."""

FEWEST_QUERIES = 60
"""From fewer replayed forecasts nothing can be chosen."""

NEAR_PRICE = 0.01
SAME_COVERAGE = 0.02
"""Losses this close (relative; more with few queries) are equal, the better calibrated choice is taken; with
coverage this close too, the one whose k and k2 are nearest to the defaults, and of those the best: half-lives
differ most from shop to shop, so no default decides about them. More than one half-life is used only where
it is better by more than that. The measures are noisier than that.
"""

MAKE_UP = 0.5
LOWEST_LEVEL, HIGHEST_LEVEL = 0.88, 0.94
"""The share of a past lack of coverage that the P90 makes up, and how far it may go: the future errs
differently from the past.
"""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterCandidate:
    """One point of the grid. pinball: mean loss of P50 and P90 in days. coverage: P(arrived by P90)."""

    parameters: Parameters
    pinball: float
    coverage: float
    judged: int

    @property
    def plain(self) -> bool:
        """Whether one half-life serves all orders."""
        return not self.parameters.averaged and self.parameters.everyone_half_life is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What was chosen from what was known on the morning of `asof`, and why.

    asked: forecasts replayed. judged: those whose P90 day had been seen. pinball, coverage: of the choice,
    with P90 at 0.9 of the curve (None without enough history). candidates: all that were tried.
    """

    parameters: Parameters
    asof: date
    asked: int
    judged: int
    pinball: float | None
    coverage: float | None
    words: str
    candidates: tuple[ParameterCandidate, ...] = ()


def tune(orders: Iterable[PastOrder] | OrderTable, asof: date, progress: Progress | None = None) -> Tuning:
    """Replay the older part of what was known on the morning of `asof`; choose by the loss of P50 and P90.

    Every replayed forecast knows only its own morning. Half of what the P90 then lacks of 0.9 (or exceeds it
    by) is made up through `Parameters.level`. Time is linear in the number of orders.
    """
    table = orders if isinstance(orders, OrderTable) else OrderTable.of(orders)
    queries = past_queries(table, asof)
    if len(queries) < FEWEST_QUERIES:
        return _untuned(asof, len(queries))
    return _chosen(len(queries), _candidates(queries, progress), asof)


def _candidates(queries: PastQueries, progress: Progress | None) -> list[ParameterCandidate]:
    """Each k and k2 with one half-life; then the richer memories, with the k and k2 that were best."""
    asked_again = _both_ways(queries)
    steps = len(EVERYONE) * len(SUPPLIERS) + 1
    found: list[ParameterCandidate] = []
    for done, (k, k2) in enumerate(product(EVERYONE, SUPPLIERS)):
        _report(progress, done, steps)
        found += (each for plain in PLAIN for each in asked_again(replace(plain, k=k, k2=k2)))
    _report(progress, steps - 1, steps)
    best = _best(found, _near(len(queries))).parameters
    found += (each for richer in RICHER for each in asked_again(replace(richer, k=best.k, k2=best.k2)))
    _report(progress, steps, steps)
    return found


def _report(progress: Progress | None, done: int, steps: int) -> None:
    if progress:
        progress(done, steps)


def _both_ways(queries: PastQueries) -> Callable[[Parameters], Iterator[ParameterCandidate]]:
    """Scores parameters on these queries without stated days and, where there are any, with them."""
    stated = np.flatnonzero(~np.isnan(queries.stated_lead))
    by_lead = Replay(queries, LEAD)
    by_ratio = Replay(queries.take(stated), RATIO) if len(stated) else None

    def scored(parameters: Parameters) -> Iterator[ParameterCandidate]:
        days = by_lead.forecast(parameters, (0.5, 0.9))
        yield _score(queries, days, replace(parameters, trust_stated=by_ratio is None))
        if by_ratio:
            days[stated] = by_ratio.forecast(parameters, (0.5, 0.9))
            yield _score(queries, days, parameters)

    return scored


def _score(queries: PastQueries, days: Floats, parameters: Parameters) -> ParameterCandidate:
    took = queries.arrived - (queries.asked - queries.waited)
    loss = (pinball(took, days[:, 0], 0.5) + pinball(took, days[:, 1], 0.9)).mean() / 2
    by = (queries.asked - queries.waited + days[:, 1]).astype(np.int64)
    in_time, judged = kept(queries.arrived, by, queries.asof - 1)
    return ParameterCandidate(
        parameters=parameters,
        pinball=float(loss),
        coverage=in_time / judged if judged else 0.0,
        judged=judged,
    )


def _near(asked: int) -> float:
    return NEAR_PRICE * math.sqrt(MOST_QUERIES / asked)


def _best(candidates: Sequence[ParameterCandidate], near: float) -> ParameterCandidate:
    lowest = min(each.pinball for each in candidates)
    return min((each for each in candidates if each.pinball <= lowest * (1 + near)), key=_preference)


def _chosen(asked: int, candidates: Sequence[ParameterCandidate], asof: date) -> Tuning:
    near = _near(asked)
    plain = [each for each in candidates if each.plain]
    lowest, lowest_plain = (min(each.pinball for each in some) for some in (candidates, plain))
    best = _best(candidates if lowest < lowest_plain * (1 - near) else plain, near)
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


def _preference(candidate: ParameterCandidate) -> tuple[bool, int, float, float]:
    chosen = candidate.parameters
    unusual = abs(math.log(chosen.k / DEFAULT.k)) + abs(math.log(chosen.k2 / DEFAULT.k2))
    off = round(abs(candidate.coverage - 0.9) / SAME_COVERAGE)
    return (not chosen.trust_stated, off, unusual, candidate.pinball)


def differences(before: Parameters, after: Parameters) -> str:
    """What a choice changes, in plain English."""
    names = {
        "half_life": "half-life",
        "everyone_half_life": "everyone's half-life",
        "k": "k",
        "k2": "k2",
        "level": "level",
        "trust_stated": "stated dates trusted",
        "averaged": "averaged",
    }
    found = [
        f"{words} {_said(getattr(before, name))} -> {_said(getattr(after, name))}"
        for name, words in names.items()
        if getattr(before, name) != getattr(after, name)
    ]
    return f"Changed: {', '.join(found)}." if found else "Nothing changed."


def _said(value: float | bool | None) -> str:
    if value is None:
        return "the same"
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:.3g}"


def _untuned(asof: date, asked: int) -> Tuning:
    return Tuning(
        parameters=DEFAULT,
        asof=asof,
        asked=asked,
        judged=0,
        pinball=None,
        coverage=None,
        words=f"only {asked} past orders could be replayed, {FEWEST_QUERIES} are needed: the defaults stand.",
    )
