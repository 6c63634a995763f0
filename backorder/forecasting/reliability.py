"""How far a supplier's word can be trusted, which backup to ask, and how promises were kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from backorder.forecasting.history import PastOrder

if TYPE_CHECKING:
    from backorder.forecasting.arrival import ArrivalForecast, ArrivalModel

PSEUDO_ORDERS = 30.0
HALF_LIFE = 60.0
"""Beta-binomial shrinkage to the overall rate, and recency in days (knowledge/forecasting.md: 20-50, 60)."""


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """Something a supplier had promised for the day `due`; arrived is None while it is open."""

    supplier: str
    due: date
    arrived: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """A supplier's on-time rate, shrunken to everyone's.

    rate: the share, 0 to 1, that is expected on time. raw: unshrunken, unweighted; None without outcomes.

    due: outcomes counted. on_time: how many of them. weight: their effective number after recency.
    """

    supplier: str
    rate: float
    raw: float | None
    on_time: int
    due: int
    weight: float

    @property
    def words(self) -> str:
        """The rate and what it rests on, in plain English."""
        if not self.due:
            return (
                f"{self.rate:.0%} on time expected: no due orders of {self.supplier} yet, so everyone's rate"
            )
        return f"{self.rate:.0%} on time expected: {self.on_time} of {self.due} due orders were on time"


def dues(orders: Iterable[PastOrder], lead_days: Mapping[str, int] | None = None) -> list[DueDelivery]:
    """What suppliers had promised: the stated day, else the order plus the supplier's stated lead time."""
    found = []
    for order in orders:
        lead = (lead_days or {}).get(order.supplier)
        due = order.stated or (None if lead is None else order.ordered + timedelta(days=lead))
        if due:
            found.append(DueDelivery(order.supplier, due, order.arrived))
    return found


def reliabilities(
    promised: Iterable[DueDelivery],
    asof: date,
    suppliers: Iterable[str] = (),
    pseudo_orders: float = PSEUDO_ORDERS,
) -> dict[str, Reliability]:
    """On-time rates as known on the morning of `asof`, for every supplier with outcomes or in `suppliers`.

    rate = (sum of weights on time + m * overall) / (sum of weights + m), m = pseudo_orders, weight =
    2^(-days since due/HALF_LIFE). An outcome counts from the day after it was due, late or not: counting at
    arrival would see the quick ones first. Overall starts from one of two, so it is never 0 or 1.
    """
    groups: dict[str, list[tuple[float, bool]]] = {supplier: [] for supplier in suppliers}
    for each in promised:
        if each.due < asof:
            weight = 2.0 ** (-(asof - each.due).days / HALF_LIFE)
            on_time = each.arrived is not None and each.arrived <= each.due
            groups.setdefault(each.supplier, []).append((weight, on_time))
    everything = [outcome for group in groups.values() for outcome in group]
    overall = _shrunken(everything, 0.5, 2.0)
    return {
        supplier: _reliability(supplier, group, overall, pseudo_orders) for supplier, group in groups.items()
    }


def _shrunken(outcomes: Sequence[tuple[float, bool]], towards: float, pseudo_orders: float) -> float:
    good = sum(weight for weight, on_time in outcomes if on_time)
    return (good + pseudo_orders * towards) / (sum(weight for weight, _ in outcomes) + pseudo_orders)


def _reliability(
    supplier: str, outcomes: Sequence[tuple[float, bool]], overall: float, pseudo_orders: float
) -> Reliability:
    on_time = sum(good for _, good in outcomes)
    return Reliability(
        supplier=supplier,
        rate=_shrunken(outcomes, overall, pseudo_orders),
        raw=on_time / len(outcomes) if outcomes else None,
        on_time=on_time,
        due=len(outcomes),
        weight=sum(weight for weight, _ in outcomes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTimeQuantiles:
    """Quantiles of a supplier's lead time in days, shrunken to everyone's.

    p10: one order in ten has arrived by then; p50: half of them; p90: nine in ten. orders: how many of
    its own are known; arrived: how many of these have arrived.
    """

    supplier: str
    p10: int
    p50: int
    p90: int
    orders: int
    arrived: int


def lead_times(model: ArrivalModel) -> list[LeadTimeQuantiles]:
    """Lead times of every supplier that the model knows an order of, by name."""
    found = []
    for supplier in sorted(model.table.suppliers):
        known = model.table.of_supplier(supplier).placed_before(model.asof.toordinal())
        if len(known):
            p10, p50, p90 = model.lead_days((0.1, 0.5, 0.9), supplier)
            arrived = int((known.arrived < model.asof.toordinal()).sum())
            found.append(
                LeadTimeQuantiles(
                    supplier=supplier, p10=p10, p50=p50, p90=p90, orders=len(known), arrived=arrived
                )
            )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A supplier that could take over an order. forecast: for an order placed today; None if unknown.

    expected: the day it is ranked by; None if nothing is known.
    """

    supplier: str
    reliability: Reliability
    forecast: ArrivalForecast | None
    expected: date | None


def rank_backups(
    suppliers: Iterable[str],
    destination: str,
    model: ArrivalModel,
    promised: Iterable[DueDelivery],
    lead_days: Mapping[str, int] | None = None,
) -> list[Backup]:
    """Best first, for an order placed on the model's day.

    Ranked by the day that would be expected if a reliable delivery came at the P50 and an unreliable one at
    the P90: rate * P50 + (1 - rate) * P90; then by rate and name. Those nobody knows anything of come last.
    """
    names = list(dict.fromkeys(suppliers))
    rates = reliabilities(promised, model.asof, names)
    backups = []
    for supplier in names:
        lead = (lead_days or {}).get(supplier)
        forecast = model.forecast(supplier, destination, model.asof, model.asof, lead_days=lead)
        backups.append(
            Backup(
                supplier=supplier,
                reliability=rates[supplier],
                forecast=forecast,
                expected=expected_day(forecast, rates[supplier].rate) if forecast else None,
            )
        )
    return sorted(
        backups, key=lambda each: (each.expected or date.max, -each.reliability.rate, each.supplier)
    )


def expected_day(forecast: ArrivalForecast, rate: float) -> date:
    """The P50 of a supplier that is always on time, the P90 of one that never is. rate: share on time."""
    return forecast.p50 + timedelta(days=round((1 - rate) * (forecast.p90 - forecast.p50).days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Promises to customers that fell due in a month ("2025-03"), by the supplier behind them."""

    supplier: str
    month: str
    kept: int
    due: int

    @property
    def rate(self) -> float:
        """Share kept, 0..1."""
        return self.kept / self.due


def kept_promises(promised: Iterable[DueDelivery], asof: date) -> list[Kept]:
    """Promises kept (arrived by `by`, here `due`) by supplier and month of `by`; due before `asof` only."""
    counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for each in promised:
        if each.due < asof:
            on_time = each.arrived is not None and each.arrived <= each.due
            counts[(each.supplier, each.due.strftime("%Y-%m"))].append(on_time)
    return [
        Kept(supplier=supplier, month=month, kept=sum(results), due=len(results))
        for (supplier, month), results in sorted(counts.items())
    ]
