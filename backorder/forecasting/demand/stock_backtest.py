"""The service that reorder points would have attained, and the stock that it took, beside the textbook's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from backorder.forecasting.demand.backtest import origins
from backorder.forecasting.demand.periods import Period
from backorder.forecasting.demand.sales import Sales, demand_before, weekday_of
from backorder.forecasting.demand.stock import Spans, reorder_points, textbook_points
from backorder.forecasting.table import Floats

TRIED = (*((each + 0.5) / 400 for each in range(200, 400)), 0.9995, 0.9999, 0.99999, 0.999999)
"""Services asked of the textbook, among which that one is looked up which attains as much as the forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attained:
    """asked: the service. service: the share of items and spans that did not run out. stock: units left at
    the end of a span, on average over days and added up over items."""

    asked: float
    service: float
    stock: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBacktest:
    """ours: what the forecast attained. textbook: the textbook's rule asked for as much. alike: the textbook
    asked for whatever attains as much as ours; None where nothing does."""

    origins: Sequence[date]
    items: int
    ours: Attained
    textbook: Attained
    alike: Attained | None


def run_stock_backtest(
    sales: Sales, period: Period, lead_days: Sequence[float], review_days: float, service: float
) -> StockBacktest | None:
    """Play the stock of every item from earlier days on; None where the history is too short for one.

    lead_days: equally likely ones. Each item meets one of them after the other, day for day.
    """
    anchor = weekday_of(sales)
    numbers = period.numbers(sales.day, anchor)
    start, end = int(numbers.min()), int(numbers.max()) + 1
    start = max(start, end - period.most)
    # What was sold within a period is not known, so that no span is played that is shorter than one.
    spans = Spans(periods=np.maximum(Spans.of([lead_days], review_days, period.days).periods, 1.0))
    longest = int(np.ceil(spans.periods.max()))
    places = origins(end - start, longest, period)
    if not places:
        return None
    whole = demand_before(sales, period, period.first(end, anchor), anchor)
    kinds = np.zeros(len(sales.skus), dtype=np.int64)
    came, ours, textbook = [], [], []
    for turn, place in enumerate(places):
        known = demand_before(sales, period, period.first(start + place, anchor), anchor)
        ours.append(reorder_points(known, spans, kinds, [service])[0])
        textbook.append(textbook_points(known, spans, kinds, [service, *TRIED]))
        met = np.rint(spans.periods[0][(np.arange(len(kinds)) + turn) % spans.periods.shape[1]])
        sums = whole.quantity[:, place : place + longest].cumsum(axis=1, dtype=np.float64)
        came.append(sums[np.arange(len(kinds)), met.astype(np.int64) - 1])
    sold = np.concatenate(came)
    mine = _attained(np.concatenate(ours)[:, 0], sold, service, len(places))
    book = np.concatenate(textbook)
    tried = [_attained(book[:, 1 + column], sold, each, len(places)) for column, each in enumerate(TRIED)]
    return StockBacktest(
        origins=[period.first(start + place, anchor) for place in places],
        items=len(kinds),
        ours=mine,
        textbook=_attained(book[:, 0], sold, service, len(places)),
        alike=next((each for each in tried if each.service >= mine.service), None),
    )


def _attained(held: Floats, sold: Floats, asked: float, days: int) -> Attained:
    left = np.maximum(held - sold, 0.0)
    return Attained(asked=asked, service=float((held >= sold).mean()), stock=float(left.sum()) / days)
