"""The service that reorder points would have attained, and the stock that it took, beside the textbook's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from backorder.forecasting.demand.backtest import Progress, origins, whole_history
from backorder.forecasting.demand.lead_times import Leads, LeadTimeDays
from backorder.forecasting.demand.periods import Period
from backorder.forecasting.demand.sales import Sales, demand_before, weekday_of
from backorder.forecasting.demand.stock import Spans, reorder_points, textbook_points
from backorder.forecasting.table import Days, Flags, Floats

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
    asked for whatever attains as much as ours; None where nothing does. held_back: the share of spans that
    met the lead time of an order placed afterwards.
    """

    origins: Sequence[date]
    items: int
    ours: Attained
    textbook: Attained
    alike: Attained | None
    held_back: float


def run_stock_backtest(
    sales: Sales,
    period: Period,
    leads: Leads,
    review_days: float,
    service: float,
    kinds: Days | None = None,
    progress: Progress | None = None,
    scored: Flags | None = None,
) -> StockBacktest | None:
    """Play the stock of every item from earlier days on; None where the history is too short for one.

    Each morning knows the lead times that it could know. Each item meets those of the orders that were placed
    afterwards, one after the other, or what was known where these say nothing; none longer than the longest
    that is known in the end. kinds: of lead time, by item; None: all items have the first.
    scored: the items that are judged, each forecast beside all others; None: all of them.
    """
    anchor = weekday_of(sales)
    whole, start = whole_history(sales, period, anchor)
    longest = _longest(leads(period.first(start + whole.periods, anchor)), review_days, period)
    places = origins(whole.periods, longest, period)
    if not places:
        return None
    kinds = np.zeros(len(sales.skus), dtype=np.int64) if kinds is None else kinds
    scored = np.ones(len(kinds), dtype=np.bool_) if scored is None else scored
    days = [period.first(start + place, anchor) for place in places]
    came, ours, textbook, later = [], [], [], []
    for turn, (place, morning) in enumerate(zip(places, days, strict=True)):
        known, lead = demand_before(sales, period, morning, anchor), leads(morning)
        spans = _spans(lead.known, review_days, period, longest)
        ours.append(reorder_points(known, spans, kinds, [service])[0][:, 0])
        textbook.append(textbook_points(known, spans, kinds, [service, *TRIED]))
        met = _met(lead, kinds, turn, review_days, period, longest)
        later.append(np.array([bool(each) for each in lead.came])[kinds])
        sums = whole.quantity[:, place : place + longest].cumsum(axis=1, dtype=np.float64)
        came.append(sums[np.arange(len(kinds)), met - 1])
        if progress:
            progress(turn + 1, len(places))
    played = [np.concatenate(each)[np.tile(scored, len(days))] for each in (came, ours, textbook, later)]
    return _result(days, service, *played)


def _result(
    days: Sequence[date], service: float, sold: Floats, ours: Floats, book: Floats, later: Flags
) -> StockBacktest:
    """What was attained. All by day and item: sold, ours, book (for the service and each one tried), and
    whether what it met came later.
    """
    mine = _attained(ours, sold, service, len(days))
    tried = [_attained(book[:, 1 + column], sold, each, len(days)) for column, each in enumerate(TRIED)]
    return StockBacktest(
        origins=days,
        items=len(sold) // len(days),
        ours=mine,
        textbook=_attained(book[:, 0], sold, service, len(days)),
        alike=next((each for each in tried if each.service >= mine.service), None),
        held_back=float(later.mean()),
    )


def _longest(lead: LeadTimeDays, review_days: float, period: Period) -> int:
    """The whole periods of the longest span."""
    return max(int(np.ceil(Spans.of(lead.known, review_days, period.days).periods.max())), 1)


def _spans(lead_days: Sequence[Sequence[float]], review_days: float, period: Period, longest: int) -> Spans:
    """What was sold within a period is not known, so that no span is played that is shorter than one."""
    spans = Spans.of(lead_days, review_days, period.days)
    return Spans(periods=np.clip(spans.periods, 1.0, longest))


def _met(
    lead: LeadTimeDays, kinds: Days, turn: int, review_days: float, period: Period, longest: int
) -> Days:
    """The whole periods that each item's stock had to last: lead times one after the other, then a review."""
    found = np.zeros(len(kinds), dtype=np.int64)
    for kind, (known, came) in enumerate(zip(lead.known, lead.came, strict=True)):
        items = np.flatnonzero(kinds == kind)
        days = np.asarray(came or known, dtype=np.float64)[(items + turn) % len(came or known)]
        found[items] = np.clip(np.rint((days + review_days) / period.days), 1, longest)
    return found


def _attained(held: Floats, sold: Floats, asked: float, days: int) -> Attained:
    left = np.maximum(held - sold, 0.0)
    return Attained(asked=asked, service=float((held >= sold).mean()), stock=float(left.sum()) / days)
