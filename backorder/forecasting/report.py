"""The scores of a backtest, against trusting the stated date and against the supplier's mean lead time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from backorder.forecasting.backtest import Backtest, Replayed
from backorder.forecasting.scores import kept, pinball
from backorder.forecasting.table import NEVER, Days, Flags
from backorder.forecasting.tuning import Tuning

HISTORY_BINS = (0, 1, 5, 20, 50)
"""Lower ends of the sizes of a supplier's history: orders placed before the day asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Orders that arrived by their P90, of those whose P90 day the file covers.

    group: which forecasts. rate: in_time / judged, null if none was judged. in_time: that arrived by it.
    judged: those whose P90 day is covered. left_out: those whose P90 lies later.
    """

    group: str
    rate: float | None
    in_time: int
    judged: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Mean pinball loss in days, null where there is nothing to judge.

    p50: of the P50. p90: of the P90. loss: the mean of both. orders: over so many forecasts. model: the
    forecast's loss on the very same forecasts, for a baseline that answers only some of them. A baseline's
    single day stands for its P50 and its P90. words: why there is nothing, if there is nothing.
    """

    p50: float | None
    p90: float | None
    loss: float | None
    orders: int
    model: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What `backorder supply backtest` prints. unresolved: still open at the end, not in the losses."""

    asked: int
    unknown: int
    unresolved: int
    known_until: str
    coverage: Coverage
    coverage_by_history: tuple[Coverage, ...]
    coverage_by_waited: tuple[Coverage, ...]
    p50_rate: float | None
    loss: Loss
    stated: Loss
    mean: Loss
    parameters: tuple[dict[str, object], ...]

    def to_json(self) -> dict[str, object]:
        """The fields by name, nested alike; days are ISO strings, rates lie in 0..1, losses are in days."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Table:
    """The forecasts as parallel day numbers; stated and mean are 0 where there is none."""

    ordered: Days
    asked: Days
    p50: Days
    p90: Days
    arrived: Days
    stated: Days
    mean: Days
    history: Days


def score(backtest: Backtest) -> Scores:
    """Score a backtest.

    Coverage judges only forecasts whose P90 day is not after `known_until`; the pinball losses leave out
    orders still open at the end. Both say how many they left out.
    """
    rows = _table(backtest.forecasts)
    everything = np.ones(len(rows.asked), dtype=np.bool_)
    until = backtest.known_until.toordinal()
    by_p50, judged_p50 = kept(rows.arrived, rows.p50, until)
    return Scores(
        asked=len(backtest.forecasts) + backtest.unknown,
        unknown=backtest.unknown,
        unresolved=int((rows.arrived == NEVER).sum()),
        known_until=backtest.known_until.isoformat(),
        coverage=_coverage("all", rows, everything, until),
        coverage_by_history=tuple(_by_history(rows, until)),
        coverage_by_waited=tuple(
            _coverage(f"{wait} days", rows, rows.asked - rows.ordered == wait, until)
            for wait in backtest.waited
        ),
        p50_rate=by_p50 / judged_p50 if judged_p50 else None,
        loss=_loss(rows, rows.p50, rows.p90, "nothing was forecast that has arrived"),
        stated=_loss(rows, rows.stated, rows.stated, "no stated dates in this file"),
        mean=_loss(rows, rows.mean, rows.mean, "nothing had arrived before"),
        parameters=tuple(_tuned(tuning) for tuning in backtest.tunings),
    )


def _table(forecasts: Sequence[Replayed]) -> _Table:
    def days(of: Callable[[Replayed], date | None], missing: int = 0) -> Days:
        found = (of(each) for each in forecasts)
        return np.array([day.toordinal() if day else missing for day in found], dtype=np.int64)

    return _Table(
        ordered=days(lambda each: each.order.ordered),
        asked=days(lambda each: each.asked),
        p50=days(lambda each: each.p50),
        p90=days(lambda each: each.p90),
        arrived=days(lambda each: each.order.arrived, NEVER),
        stated=days(lambda each: each.stated_arrival),
        mean=days(lambda each: each.mean_arrival),
        history=np.array([each.supplier_orders for each in forecasts], dtype=np.int64),
    )


def _by_history(rows: _Table, until: int) -> Iterator[Coverage]:
    for low, high in zip(HISTORY_BINS, (*HISTORY_BINS[1:], NEVER), strict=True):
        name = "none" if not low else f"{low}+" if high == NEVER else f"{low}-{high - 1}"
        yield _coverage(name, rows, (rows.history >= low) & (rows.history < high), until)


def _coverage(group: str, rows: _Table, chosen: Flags, until: int) -> Coverage:
    in_time, judged = kept(rows.arrived[chosen], rows.p90[chosen], until)
    return Coverage(
        group=group,
        rate=in_time / judged if judged else None,
        in_time=in_time,
        judged=judged,
        left_out=int(chosen.sum()) - judged,
    )


def _loss(rows: _Table, p50: Days, p90: Days, otherwise: str) -> Loss:
    scored = (rows.arrived < NEVER) & (p50 > 0)
    if not scored.any():
        return Loss(p50=None, p90=None, loss=None, orders=0, model=None, words=otherwise)
    low, high = _mean_losses(rows, p50, p90, scored)
    return Loss(
        p50=low,
        p90=high,
        loss=(low + high) / 2,
        orders=int(scored.sum()),
        model=sum(_mean_losses(rows, rows.p50, rows.p90, scored)) / 2,
        words="",
    )


def _mean_losses(rows: _Table, p50: Days, p90: Days, scored: Flags) -> tuple[float, float]:
    actual = rows.arrived[scored].astype(np.float64)
    low = pinball(actual, p50[scored].astype(np.float64), 0.5).mean()
    high = pinball(actual, p90[scored].astype(np.float64), 0.9).mean()
    return float(low), float(high)


def _tuned(tuning: Tuning) -> dict[str, object]:
    return {"asof": tuning.asof.isoformat(), **asdict(tuning.parameters), "words": tuning.words}
