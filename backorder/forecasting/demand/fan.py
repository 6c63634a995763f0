"""What products have sold, and what they will, period by period: what a picture of demand shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from backorder.forecasting.demand.forecast import forecasts
from backorder.forecasting.demand.periods import Period
from backorder.forecasting.demand.sales import Sales, demand_before, weekday_of

STEPS = 8
"""Numbers of periods ahead that are looked at, up to the one that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Units that all of the periods up to `until` (a day, not included) take together."""

    until: date
    periods: int
    p50: float
    p90: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """A product's known periods and what is ahead of it.

    starts: the first days of the periods, and of the first that is not known. sold: units. open_for: the part
    of each in which it could be sold; 0 before its first row.
    """

    sku: str
    starts: Sequence[date]
    sold: Sequence[float]
    open_for: Sequence[float]
    ahead: Sequence[Ahead]


def fans(sales: Sales, period: Period, as_of: date, periods: int, skus: Sequence[str]) -> list[Fan]:
    """History and forecast of some products, as of a morning; none where no period before it is known.

    What is ahead never falls from one number of periods to the next, and ends with the forecast of `periods`.
    """
    anchor = weekday_of(sales.before(as_of))
    known = demand_before(sales, period, as_of, anchor)
    if not known.periods:
        return []
    spans = sorted({int(each) for each in np.ceil(np.linspace(1, periods, min(STEPS, periods)))})
    found = forecasts(known, spans)
    told = np.stack([found[each].quantiles for each in spans])
    told = np.minimum.accumulate(told[::-1], axis=0)[::-1]
    now = period.number(as_of, anchor)
    starts = [
        period.first(now - known.gap - known.periods + each, anchor) for each in range(known.periods + 1)
    ]
    ends = [period.first(now + each, anchor) for each in spans]
    place = {sku: number for number, sku in enumerate(sales.skus)}
    return [
        Fan(
            sku=sku,
            starts=starts,
            sold=known.quantity[place[sku]].tolist(),
            open_for=known.exposure[place[sku]].tolist(),
            ahead=[
                Ahead(until=until, periods=span, p50=p50, p90=p90, p95=p95)
                for until, span, (p50, p90, p95) in zip(
                    ends, spans, told[:, place[sku]].round(1).tolist(), strict=True
                )
            ],
        )
        for sku in skus
    ]
