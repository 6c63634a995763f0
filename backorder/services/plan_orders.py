"""What to order today, from whom and why; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from backorder.errors import RefusedError
from backorder.queries.stock_positions import StockPosition, stock_positions
from backorder.storage.engine import reading

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backorder.forecasting.demand.periods import Period
    from backorder.forecasting.demand.sales import Sales
    from backorder.forecasting.demand.stock import StockLevel
    from backorder.forecasting.reliability import Backup
    from backorder.services.forecasts import ForecastService


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOrder:
    """Units of a SKU to order today, from whom. words: why, for the buyer. The others: as they stand."""

    sku: str
    supplier: str
    quantity: int
    waiting: int
    free: int
    coming: int
    expected: float
    safety_stock: int
    reorder_point: int
    words: str


class OrderPlanning:
    """Compares what there is of each product with its reorder point."""

    def __init__(self, engine: Engine, forecasts: ForecastService) -> None:
        self._engine = engine
        self._forecasts = forecasts

    def orders(
        self, sales: Sales, period: Period, day: date, service: float, review_days: int
    ) -> list[PlannedOrder]:
        """Orders of the day, the most units waiting first. Products nobody sold or wants are left out."""
        with reading(self._engine) as connection:
            positions = stock_positions(connection)
        chosen = self._suppliers(positions, day)
        known = _with(sales, positions)
        levels = self._levels(known, period, day, service, review_days, positions, chosen)
        found = [
            order
            for each in positions
            if (order := _order(each, levels[each.sku], chosen[each.suppliers])) is not None
        ]
        return sorted(found, key=lambda each: (-each.waiting, each.sku))

    def stock(
        self, sales: Sales, period: Period, day: date, service: float, review_days: int
    ) -> list[StockLevel]:
        """The stock that each product on record needs for a service, with its supplier's learnt lead time."""
        with reading(self._engine) as connection:
            positions = stock_positions(connection)
        chosen = self._suppliers(positions, day)
        known = _with(sales, positions)
        levels = self._levels(known, period, day, service, review_days, positions, chosen)
        return [levels[each.sku] for each in positions]

    def _suppliers(
        self, positions: Sequence[StockPosition], day: date
    ) -> dict[tuple[str, ...], list[Backup]]:
        """Who could deliver, best first: by learnt lead time and reliability."""
        from backorder.forecasting.reliability import dues, rank_backups

        model = self._forecasts.prepare(day)
        _, usual = self._forecasts.past()
        promised = dues(model.table.orders, usual)
        return {
            names: rank_backups(names, "", model, promised, usual)
            for names in dict.fromkeys(each.suppliers for each in positions)
        }

    def _levels(
        self,
        sales: Sales,
        period: Period,
        day: date,
        service: float,
        review_days: int,
        positions: Sequence[StockPosition],
        chosen: dict[tuple[str, ...], list[Backup]],
    ) -> dict[str, StockLevel]:
        import numpy as np

        from backorder.forecasting.demand.sales import demand_before, weekday_of
        from backorder.forecasting.demand.stock import stock_levels

        names = sorted({ranked[0].supplier for ranked in chosen.values()})
        supplier = {each.sku: chosen[each.suppliers][0].supplier for each in positions}
        kinds = np.array([names.index(supplier[sku]) for sku in sales.skus], dtype=np.int64)
        demand = demand_before(sales, period, day, weekday_of(sales.before(day)))
        if not demand.periods:
            raise RefusedError([f"there are no sales of products on record before {day}"])
        leads = [self._lead_days(name, day) for name in names]
        found = stock_levels(sales.skus, demand, leads, kinds, review_days, service)
        return {each.sku: each for each in found}

    def _lead_days(self, supplier: str, day: date) -> Sequence[float]:
        """Equally likely lead times: learnt, or the stated one where there is no history."""
        from backorder.forecasting.arrival import ENOUGH
        from backorder.forecasting.demand.stock import LEAD_LEVELS

        past, usual = self._forecasts.past()
        if sum(each.arrived is not None and each.arrived < day for each in past) < ENOUGH:
            return [float(usual.get(supplier, 0))] * len(LEAD_LEVELS)
        return [float(each) for each in self._forecasts.prepare(day).lead_days(LEAD_LEVELS, supplier)]


def _with(sales: Sales, positions: Sequence[StockPosition]) -> Sales:
    """The sales of the products on record, and of each of them."""
    import numpy as np

    names = [each.sku for each in positions]
    place = {sku: number for number, sku in enumerate(names)}
    moved = np.array([place.get(sku, -1) for sku in sales.skus], dtype=np.int32)
    kept = sales.take(moved[sales.item] >= 0)
    return replace(kept, skus=names, category=[each.category for each in positions], item=moved[kept.item])


def _order(position: StockPosition, level: StockLevel, ranked: Sequence[Backup]) -> PlannedOrder | None:
    """Up to the reorder point, and a review period's demand at least; None where there is enough."""
    missing = level.reorder_point + position.waiting - position.free - position.coming
    if missing <= 0:
        return None
    usual = level.order_quantity if level.expected else 0
    return PlannedOrder(
        sku=position.sku,
        supplier=ranked[0].supplier,
        quantity=max(missing, usual),
        waiting=position.waiting,
        free=position.free,
        coming=position.coming,
        expected=level.expected,
        safety_stock=level.safety_stock,
        reorder_point=level.reorder_point,
        words=f"{_why(position, level)}; {_who(ranked)}",
    )


def _why(position: StockPosition, level: StockLevel) -> str:
    needed = [
        (position.waiting, "wait" if position.waiting != 1 else "waits"),
        (round(level.expected), "expected until the next order arrives"),
        (level.safety_stock, "safety"),
    ]
    there = [(position.free, "free"), (position.coming, "coming")]
    words = ", ".join(f"{units} {what}" for units, what in needed if units)
    less = ", ".join(f"{units} {what}" for units, what in there if units)
    return f"{words}, less {less}" if less else words


def _who(ranked: Sequence[Backup]) -> str:
    """Why this supplier: how it stands beside the next one."""
    first, *others = ranked
    words = f"{first.supplier} is on time in {first.reliability.rate:.0%}"
    if not others or not others[0].expected or not first.expected:
        return words
    days = (others[0].expected - first.expected).days
    other = f"{others[0].supplier} ({others[0].reliability.rate:.0%})"
    return f"{words} and about {days} days faster than {other}" if days else f"{words}, as fast as {other}"
