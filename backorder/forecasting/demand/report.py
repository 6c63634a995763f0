"""The demand of a shop's products from its sales: what a command or a call tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backorder.forecasting.demand.forecast import forecast
from backorder.forecasting.demand.periods import Period
from backorder.forecasting.demand.sales import Sales, demand_before, weekday_of
from backorder.forecasting.demand.words import gap_words, methods


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDemand:
    """Units of a SKU that all of the periods together take at most, half the time and so on."""

    sku: str
    p50: float
    p90: float
    p95: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandReport:
    """Demand from `start` to `end`, both included. history: periods before it that were looked at.

    known_until: the last day of which sales are known. remarks: what is missing between it and the start.
    """

    start: date
    end: date
    history: int
    known_until: date
    remarks: Sequence[str]
    forecasts: Sequence[ProductDemand]


def demand_report(sales: Sales, period: Period, as_of: date, periods: int) -> DemandReport | None:
    """The demand of the periods from the one of `as_of` on; None where no period before it is known."""
    anchor = weekday_of(sales.before(as_of))
    known = demand_before(sales, period, as_of, anchor)
    if not known.periods:
        return None
    found = forecast(known, periods)
    now = period.number(as_of, anchor)
    return DemandReport(
        start=period.first(now, anchor),
        end=period.first(now + periods, anchor) - timedelta(days=1),
        history=known.periods,
        known_until=period.first(now - known.gap, anchor) - timedelta(days=1),
        remarks=list(filter(None, [gap_words(known)])),
        forecasts=[
            ProductDemand(sku=sku, p50=p50, p90=p90, p95=p95, method=method)
            for sku, (p50, p90, p95), method in zip(
                sales.skus, found.quantiles.round(1).tolist(), methods(known, found), strict=True
            )
        ],
    )
