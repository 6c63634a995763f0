"""The arrival model: the day on which an open purchase order will arrive, as P10, P50 and P90."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from backorder.domain.texts import how_many
from backorder.forecasting import words
from backorder.forecasting.curve import (
    LEAD,
    RATIO,
    TAIL_POWER,
    Evidence,
    Grid,
    Mixture,
    Tally,
    mean_curve,
    mix,
    quantiles,
    stack,
    tail_hazard,
    tally,
)
from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import DEFAULT, Memory, Parameters
from backorder.forecasting.query import Basis, Query
from backorder.forecasting.table import EMPTY, Columns, Floats, OrderTable

ENOUGH = 5
"""Fewer arrivals than this are no history: the supplier's word stands alone."""

A_HISTORY = 20
"""Where the supplier gave its word, a history has to be this long before it is believed more: the ninth in
ten of a handful of orders is whatever the slowest one did."""

OWN_ENOUGH = 3
"""With fewer arrivals of its own, a supplier's stated lead time says more than other suppliers' orders."""

CHUNK = 512
"""Forecasts computed at once; more would only take memory."""

ROUNDING = 1e-6
"""Days by which a product of floats may exceed the whole day it stands for."""

UNKNOWN = np.full(1, -1.0)
"""Not known to have survived any day."""

NOTHING = tally(EMPTY, LEAD, 0, 1.0)

OVERDUE_SHARE = 0.25
"""With no history, the likely further delay grows with the delay so far plus this share of the lead time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalForecast:
    """p10 <= p50 <= p90, none before the day asked or ordered.

    orders: effective number of past orders behind it. words: the evidence in plain English, kept with a
    promise.
    """

    p10: date
    p50: date
    p90: date
    basis: Basis
    orders: float
    words: str


@dataclass(eq=False)
class ArrivalModel:
    """What one morning knows: orders placed before `asof`, arrivals before `asof`, all else still open."""

    table: OrderTable
    asof: date
    parameters: Parameters = DEFAULT
    _tallies: dict[tuple[Grid, float, str, str | None], Tally] = field(default_factory=dict, repr=False)
    _everyone: dict[tuple[Grid, float], tuple[Tally, float]] = field(default_factory=dict, repr=False)

    @classmethod
    def fit(cls, orders: Iterable[PastOrder], asof: date, parameters: Parameters = DEFAULT) -> "ArrivalModel":
        """Learn from orders; whatever happened on or after `asof` is ignored."""
        return cls(OrderTable.of(orders), asof, parameters)

    def forecast(
        self,
        supplier: str,
        destination: str,
        ordered: date,
        asked: date,
        stated: date | None = None,
        lead_days: int | None = None,
    ) -> ArrivalForecast | None:
        """The arrival of one order still open on the morning of `asked`; None if nothing at all is known."""
        query = Query(
            supplier=supplier,
            destination=destination,
            ordered=ordered,
            asked=asked,
            stated=stated,
            lead_days=lead_days,
        )
        return self.forecast_many([query])[0]

    def forecast_many(self, queries: Sequence[Query]) -> list[ArrivalForecast | None]:
        """Forecast many orders at once, each as if alone; parallel to `queries`."""
        answers: list[ArrivalForecast | None] = [None] * len(queries)
        plans = [self._plan(query) for query in queries]
        for grid in (LEAD, RATIO):
            places = [place for place, plan in enumerate(plans) if plan and plan.grid is grid]
            for start in range(0, len(places), CHUNK):
                part = places[start : start + CHUNK]
                made = self._from_curves([queries[p] for p in part], [plans[p] for p in part], grid)
                for place, forecast in zip(part, made, strict=True):
                    answers[place] = forecast
        for place, plan in enumerate(plans):
            if plan and plan.grid is None:
                answers[place] = self._from_word(queries[place], plan)
        return answers

    def evidence(self, grid: Grid, memory: Memory, supplier: str, destination: str) -> Evidence:
        """What this morning shows on a grid for one supplier and destination."""
        own, shared = memory
        everyone, tail = self._all(grid, shared)
        return Evidence(
            self._group(grid, own, supplier, destination), self._group(grid, own, supplier), everyone, tail
        )

    def lead_curve(self, supplier: str | None = None, destination: str | None = None) -> Mixture:
        """The lead-time curve in days of a supplier to a destination; None stands for all of them."""
        return self._mean_curve(
            LEAD, [[self._lead_evidence(each, supplier, destination)] for each in self.parameters.memories]
        )

    def _lead_evidence(self, memory: Memory, supplier: str | None, destination: str | None) -> Evidence:
        everyone, tail = self._all(LEAD, memory[1])
        if supplier is None:
            return Evidence(everyone, NOTHING, NOTHING, tail)
        if destination is None:
            return Evidence(self._group(LEAD, memory[0], supplier), NOTHING, everyone, tail)
        return self.evidence(LEAD, memory, supplier, destination)

    def _mean_curve(self, grid: Grid, evidence: Sequence[Sequence[Evidence]]) -> Mixture:
        """evidence: that of all forecasts, once for each memory."""
        k, k2 = self.parameters.k, self.parameters.k2
        return mean_curve([mix(stack(each, grid), k, k2) for each in evidence])

    def lead_days(
        self, levels: Sequence[float], supplier: str | None = None, destination: str | None = None
    ) -> list[int]:
        """Quantiles of the lead time in whole days, one per level; meaningless without any history."""
        found = quantiles(self.lead_curve(supplier, destination), UNKNOWN, levels)
        return [int(day) for day in np.ceil(found[0] - ROUNDING)]

    def lead_spread(self, levels: Sequence[float], supplier: str, stated: int) -> list[float]:
        """Quantiles of the lead time of an order placed now, in days. stated: as the supplier has it.

        With hardly any arrivals of its own those of all stand around what is stated; with hardly any at all
        that stands alone.
        """
        if self._arrived(LEAD) < ENOUGH:
            return [float(stated)] * len(levels)
        found = quantiles(self.lead_curve(supplier), UNKNOWN, [*levels, 0.5])[0]
        if self._of(supplier) < OWN_ENOUGH:
            found = found * (stated / max(1.0, float(found[-1])))
        return [float(day) for day in np.ceil(found[:-1] - ROUNDING)]

    def lead_words(self, supplier: str, stated: int) -> str:
        """What `lead_spread` rests on, in plain English."""
        own, basis = self._of(supplier), f"{supplier} states {how_many(stated, 'day')}"
        if self._arrived(LEAD) < ENOUGH:
            return f"{basis}; fewer than {ENOUGH} orders have arrived, so that nothing is learnt yet"
        if own < OWN_ENOUGH:
            return f"{basis}; hardly any of its own orders have arrived, so spread as all suppliers' are"
        return f"learnt from {how_many(own, 'order')} of {supplier} that arrived"

    def _all(self, grid: Grid, half_life: float) -> tuple[Tally, float]:
        key = (grid, half_life)
        if key not in self._everyone:
            everyone = self._weigh(self.table.everyone, grid, half_life)
            self._everyone[key] = everyone, tail_hazard(everyone, grid)
        return self._everyone[key]

    def _group(self, grid: Grid, half_life: float, supplier: str, destination: str | None = None) -> Tally:
        key = (grid, half_life, supplier, destination)
        if key not in self._tallies:
            group = (
                self.table.of_supplier(supplier)
                if destination is None
                else self.table.of_pair(supplier, destination)
            )
            self._tallies[key] = self._weigh(group, grid, half_life)
        return self._tallies[key]

    def _of(self, supplier: str) -> int:
        return self._group(LEAD, self.parameters.memories[0][0], supplier).arrived

    def _arrived(self, grid: Grid) -> int:
        return self._all(grid, self.parameters.memories[0][1])[0].arrived

    def _weigh(self, group: Columns, grid: Grid, half_life: float) -> Tally:
        return tally(group, grid, self.asof.toordinal(), half_life)

    def _plan(self, query: Query) -> "_Plan | None":
        arrived = self._arrived(LEAD)
        known = arrived >= (A_HISTORY if query.stated or query.lead_days is not None else ENOUGH)
        if query.stated is not None:
            lead = float(max(1, (query.stated - query.ordered).days))
            kept = self._arrived(RATIO) >= A_HISTORY
            if kept and self.parameters.trust_stated:
                return _Plan("stated_history", RATIO, lead)
            if not kept:
                return self._around("stated_spread", query, lead) if known else _Plan("stated", None, lead)
        if known:
            if query.lead_days is not None and self._of(query.supplier) < OWN_ENOUGH:
                return self._around("lead_days_spread", query, float(max(1, query.lead_days)))
            return _Plan("history", LEAD, 1.0)
        return None if query.lead_days is None else _Plan("lead_days", None, float(max(1, query.lead_days)))

    def _around(self, basis: Basis, query: Query, lead: float) -> "_Plan":
        curve = self.lead_curve(query.supplier, query.destination)
        middle = float(quantiles(curve, UNKNOWN, [0.5])[0, 0])
        return _Plan(basis, LEAD, lead / max(1.0, middle))

    def _from_curves(
        self, queries: Sequence[Query], plans: Sequence["_Plan | None"], grid: Grid
    ) -> list[ArrivalForecast]:
        evidence = [
            [self.evidence(grid, memory, query.supplier, query.destination) for query in queries]
            for memory in self.parameters.memories
        ]
        curves = self._mean_curve(grid, evidence)
        units = np.array([plan.unit if plan else 1.0 for plan in plans])
        waited = np.array([float(query.waited) for query in queries])
        days = whole_days(curves, units, waited, self.parameters.levels)
        return [
            _forecast(
                query, plan.basis, row, float(orders), words.from_history(plan.basis, query, counts, row)
            )
            for query, plan, row, orders, counts in zip(
                queries, plans, days, curves.orders, evidence[0], strict=True
            )
            if plan
        ]

    def _from_word(self, query: Query, plan: "_Plan") -> ArrivalForecast:
        overdue = query.waited - plan.unit
        more = (np.array([0.9, 0.5, 0.1]) ** (-1 / TAIL_POWER) - 1) * (overdue + OVERDUE_SHARE * plan.unit)
        days = np.array([plan.unit] * 3) if overdue <= 0 else query.waited + np.ceil(more)
        return _forecast(query, plan.basis, days, 0.0, words.from_word(plan.basis, query, overdue))


@dataclass(frozen=True, slots=True)
class _Plan:
    """grid: None where the supplier's word stands alone. unit: days per unit of the grid, or stated lead."""

    basis: Basis
    grid: Grid | None
    unit: float


def whole_days(curves: Mixture, units: Floats, waited: Floats, levels: Sequence[float]) -> Floats:
    """Quantiles (B, Q) as days since the order, rounded up, none before the day asked.

    units (B,): days per unit of the grid. waited (B,): days from the order to the day asked. On the morning
    of that day the order is known to have survived the day before, and may still arrive on the day itself.
    """
    found = quantiles(curves, (waited - 1) / units, levels) * units[:, None]
    days: Floats = np.maximum(np.ceil(found - ROUNDING), waited[:, None])
    return days


def _forecast(query: Query, basis: Basis, days: Floats, orders: float, sentence: str) -> ArrivalForecast:
    last = (date.max - query.ordered).days
    p10, p50, p90 = (query.ordered + timedelta(days=min(int(day), last)) for day in days)
    return ArrivalForecast(p10=p10, p50=p50, p90=p90, basis=basis, orders=orders, words=sentence)
