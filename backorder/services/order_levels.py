"""The stock that products need until the order after the next one, with the lead times that are learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from backorder.domain.supply.order_plan import PlanningRules, RankedSuppliers
from backorder.forecasting.reliability import dues, expected_day, reliabilities

if TYPE_CHECKING:
    from backorder.forecasting.demand.history import Demand
    from backorder.forecasting.demand.sales import Sales
    from backorder.forecasting.demand.stock import Spans, StockLevel
    from backorder.forecasting.table import Days
    from backorder.queries.stock_positions import StockPosition
    from backorder.services.forecasts import ForecastService


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """When an order placed today would come: in how many days half of such have, and by which day it counts
    among others, later the less reliable the supplier is. rate: share on time; due: of how many orders that
    were due.
    """

    likely: int | None
    expected: int | None
    rate: float
    due: int


class Leads:
    """What one morning knows of suppliers' lead times. usual: the stated ones, of every supplier."""

    def __init__(self, forecasts: ForecastService, usual: Mapping[str, int], day: date) -> None:
        self._model = forecasts.prepare(day)
        self._usual = usual
        self._rates = reliabilities(dues(self._model.table.orders, usual), day, usual)
        self._known: dict[tuple[str, int | None], Lead] = {}

    def of(self, supplier: str, stated: int | None) -> Lead | None:
        """A supplier's lead time. stated: for the product, where it differs. None: it is not on record."""
        if supplier not in self._usual:
            return None
        key = (supplier, stated)
        if key not in self._known:
            self._known[key] = self._lead(supplier, self._stated(supplier, stated))
        return self._known[key]

    def spread(self, supplier: str, stated: int | None) -> Sequence[float]:
        """Equally likely lead times in days."""
        from backorder.forecasting.demand.stock import LEAD_LEVELS

        return self._model.lead_spread(LEAD_LEVELS, supplier, self._stated(supplier, stated))

    def words(self, supplier: str, stated: int | None) -> str:
        """What the lead times of `spread` rest on."""
        return self._model.lead_words(supplier, self._stated(supplier, stated))

    def _stated(self, supplier: str, stated: int | None) -> int:
        return self._usual.get(supplier, 0) if stated is None else stated

    def _lead(self, supplier: str, stated: int) -> Lead:
        today, found = self._model.asof, self._rates[supplier]
        forecast = self._model.forecast(supplier, "", today, today, lead_days=stated)
        return Lead(
            likely=(forecast.p50 - today).days if forecast else None,
            expected=(expected_day(forecast, found.rate) - today).days if forecast else None,
            rate=found.rate,
            due=found.due,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Played:
    demand: Demand
    spans: Spans
    kinds: Days
    place: Mapping[str, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class Levels:
    """levels: by SKU. chosen: from whom each would be ordered. lacking: what a
    SKU's history is too short for, in words.
    """

    chosen: Mapping[str, RankedSuppliers | None]
    levels: Mapping[str, StockLevel]
    lacking: Mapping[str, str]
    _played: _Played | None = None

    def avoided(self, held: Mapping[str, tuple[int, int]]) -> dict[str, float]:
        """Units that would be short without an order, less those that still would be with it, as expected.

        held: what there is of a SKU, below zero where more waits, and the units of the order.
        """
        if self._played is None:
            return {sku: max(-there, 0) - max(-there - more, 0.0) for sku, (there, more) in held.items()}
        import numpy as np

        from backorder.forecasting.demand.shortage import expected_short

        played = self._played
        items = np.array([played.place[sku] for sku in held], dtype=np.int64)
        units = np.array(list(held.values()), dtype=np.float64).reshape(-1, 2)
        both = (units[:, 0], units.sum(axis=1))
        without, with_it = expected_short(played.demand, played.spans, played.kinds, items, both)
        return dict(zip(held, (without - with_it).tolist(), strict=True))


def levels_of(
    sales: Sales,
    positions: Sequence[StockPosition],
    chosen: Mapping[str, RankedSuppliers | None],
    leads: Leads,
    day: date,
    rules: PlanningRules,
) -> Levels:
    """The stock that each product needs, from what was sold of any before the day's period."""
    from backorder.forecasting.demand.periods import PERIODS

    period = PERIODS[rules.period]
    named = [_lead_of(each, chosen[each.sku]) for each in positions]
    if positions:
        from backorder.forecasting.demand.sales import demand_before, weekday_of

        mine = _with(sales, positions)
        demand = demand_before(mine, period, day, weekday_of(sales.before(day)))
        if demand.periods:
            return _worked_out(mine.skus, demand, named, leads, rules, chosen)
    words = f"no sales before this {period.name}: only what waits is counted"
    return Levels(
        chosen=chosen,
        levels={
            each.sku: _nothing(each.sku, leads, of, words) for each, of in zip(positions, named, strict=True)
        },
        lacking={each.sku: words for each in positions},
    )


def _nothing(sku: str, leads: Leads, of: tuple[str, int | None], words: str) -> StockLevel:
    """The level of a product where nothing was sold. of: whose lead time it has."""
    from backorder.forecasting.demand.stock import StockLevel

    days = leads.spread(*of)
    return StockLevel(
        sku=sku,
        reorder_point=0,
        safety_stock=0,
        order_quantity=0,
        expected=0.0,
        textbook_reorder_point=0,
        textbook_safety_stock=0,
        lead_days=(days[len(days) // 2], days[-1]),
        method=words,
        lead=leads.words(*of),
    )


def _worked_out(
    skus: Sequence[str],
    demand: Demand,
    named: Sequence[tuple[str, int | None]],
    leads: Leads,
    rules: PlanningRules,
    chosen: Mapping[str, RankedSuppliers | None],
) -> Levels:
    """named: the supplier of each SKU, and the lead time that is stated for it."""
    import numpy as np

    from backorder.forecasting.demand.stock import Spans, stock_levels
    from backorder.forecasting.demand.words import lacking

    place = {each: number for number, each in enumerate(dict.fromkeys(named))}
    kinds = np.array([place[each] for each in named], dtype=np.int64)
    days = [leads.spread(*each) for each in place]
    spans = Spans.of(days, rules.review_days, demand.period.days)
    found = stock_levels(skus, demand, days, kinds, rules.review_days, rules.service)
    short = lacking(demand, int(np.ceil(spans.periods.max())))
    items = {sku: number for number, sku in enumerate(skus)}
    return Levels(
        chosen=chosen,
        levels={
            each.sku: replace(each, lead=leads.words(*of)) for each, of in zip(found, named, strict=True)
        },
        lacking=dict(zip(skus, short, strict=True)),
        _played=_Played(demand=demand, spans=spans, kinds=kinds, place=items),
    )


def _lead_of(position: StockPosition, choice: RankedSuppliers | None) -> tuple[str, int | None]:
    """Whose lead time counts, and the one that is stated for the product."""
    supplier = choice.first.supplier if choice else position.suppliers[0]
    return supplier, position.lead_days if supplier == position.suppliers[0] else None


def _with(sales: Sales, positions: Sequence[StockPosition]) -> Sales:
    """The sales of the products on record, and of each of them."""
    return sales.of([each.sku for each in positions], [each.category for each in positions])
