"""How much stock a service takes: demand over the lead time, both as they are spread, not as their means.

A reorder point covers what may be sold until the order after this one could arrive: the lead time and one
review. Lead times and demand are played together: each of some equally likely lead times with each of some
equally likely demands over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from backorder.domain.supply.order_plan import safety_of
from backorder.forecasting.demand.baselines import moments
from backorder.forecasting.demand.forecast import forecast, forecasts
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.words import methods
from backorder.forecasting.table import Days, Floats

OUTCOMES = 40
"""Equally likely demands over a span."""

LEVELS = tuple((place + 0.5) / OUTCOMES for place in range(OUTCOMES))

LEADS = 9
"""Equally likely lead times."""

LEAD_LEVELS = tuple((place + 0.5) / LEADS for place in range(LEADS))

CHUNK = 2000
"""Items played at once; more would only take memory."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Spans:
    """The spans that stock has to cover, in periods, equally likely each: a row a kind of lead time."""

    periods: Floats

    @classmethod
    def of(cls, lead_days: Sequence[Sequence[float]], review_days: float, days: float) -> Spans:
        """lead_days: for each kind of lead time its equally likely days. days: of a period."""
        return cls(periods=(np.asarray(lead_days, dtype=np.float64) + review_days) / days)

    @property
    def wholes(self) -> list[int]:
        """The whole numbers of periods below and above the spans."""
        found = np.unique(np.concatenate([np.floor(self.periods), np.ceil(self.periods)], axis=None))
        return [int(each) for each in found if each]


def reorder_points(
    demand: Demand, spans: Spans, kinds: Days, services: Sequence[float]
) -> tuple[Floats, Floats]:
    """Whole units that cover the spans with each service: a row an item, a column a service; and the mean.

    kinds: the row of `spans` of each item. Demand is whole, so that the part of a unit is left out.
    """
    found_for = forecasts(demand, spans.wholes, LEVELS)
    told = {periods: each.quantiles for periods, each in found_for.items()}
    found = np.zeros((len(kinds), len(services)))
    mean = np.zeros(len(kinds))
    for kind, row in enumerate(spans.periods):
        items = np.flatnonzero(kinds == kind)
        for start in range(0, len(items), CHUNK):
            part = items[start : start + CHUNK]
            played = np.concatenate([over(told, part, float(span)) for span in row], axis=1)
            found[part] = np.quantile(played, services, axis=1).T
            mean[part] = played.mean(axis=1)
    return np.floor(found + 1e-6), mean


def over(told: Mapping[int, Floats], items: Days, span: float) -> Floats:
    """Equally likely demands over a span, in between where it is no whole number of periods.

    Of a part of one period its mean is that part of the period's, and so is its variance.
    """
    low, high = int(np.floor(span)), int(np.ceil(span))
    part = span - low
    if not low:
        whole = told[high][items]
        mean = whole.mean(axis=1, keepdims=True)
        less: Floats = np.maximum(mean * part + (whole - mean) * np.sqrt(part), 0.0)
        return less
    mixed: Floats = told[low][items] * (1 - part) + told[high][items] * part
    return mixed


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """Whole units of a SKU. reorder_point: with less on hand and on order, less those that wait, order.

    safety_stock: the part of it beyond the whole units that are expected. order_quantity: what a review
    period takes. textbook_*: the same by mean and standard deviation, to explain it. lead_days: half of the
    orders arrive by the first, nine in ten by the second. method, lead: what demand and lead time rest on, in
    words.
    """

    sku: str
    reorder_point: int
    safety_stock: int
    order_quantity: int
    expected: float
    textbook_reorder_point: int
    textbook_safety_stock: int
    lead_days: tuple[float, float]
    method: str
    lead: str = ""


def stock_levels(
    skus: Sequence[str],
    demand: Demand,
    lead_days: Sequence[Sequence[float]],
    kinds: Days,
    review_days: float,
    service: float,
) -> Sequence[StockLevel]:
    """The stock that each SKU needs. lead_days: equally likely ones of each kind; kinds: that of each SKU."""
    days = demand.period.days
    spans = Spans.of(lead_days, review_days, days)
    points, mean = reorder_points(demand, spans, kinds, [service])
    book = textbook_points(demand, spans, kinds, [service])[:, 0]
    usual = moments(demand)[0] * spans.periods.mean(axis=1)[kinds]
    each_review = np.ceil(mean / spans.periods.mean(axis=1)[kinds] * review_days / days)
    leads = np.quantile(np.asarray(lead_days, dtype=np.float64), (0.5, 0.9), axis=1).T
    made = methods(demand, forecast(demand, int(np.ceil(spans.periods.max()))))
    return [
        StockLevel(
            sku=sku,
            reorder_point=int(points[place, 0]),
            safety_stock=_safety(points[place, 0], mean[place]),
            order_quantity=max(int(each_review[place]), 1),
            expected=_told(mean[place]),
            textbook_reorder_point=int(book[place]),
            textbook_safety_stock=_safety(book[place], usual[place]),
            lead_days=(round(float(leads[kinds[place], 0]), 1), round(float(leads[kinds[place], 1]), 1)),
            method=made[place],
        )
        for place, sku in enumerate(skus)
    ]


def _told(mean: float) -> float:
    """A mean demand as people read it."""
    return round(float(mean), 1)


def _safety(reorder_point: float, mean: float) -> int:
    return max(safety_of(int(reorder_point), _told(mean)), 0)


def textbook_points(demand: Demand, spans: Spans, kinds: Days, services: Sequence[float]) -> Floats:
    """d L + z sqrt(L sd_d^2 + d^2 sd_L^2), whole units: a row an item, a column a service."""
    mean, variance = moments(demand)
    length, spread = spans.periods.mean(axis=1)[kinds], spans.periods.var(axis=1)[kinds]
    scores = np.array([NormalDist().inv_cdf(service) for service in services])
    deviation = np.sqrt(length * variance + mean**2 * spread)
    points: Floats = np.floor(np.maximum((mean * length)[:, None] + deviation[:, None] * scores, 0.0) + 1e-6)
    return points
