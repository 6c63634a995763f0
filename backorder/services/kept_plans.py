"""What is ordered today, worked out once for as long as nothing that it rests on has changed."""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from backorder.domain.calendar import Calendar
from backorder.domain.supply.order_plan import PlanningRules
from backorder.queries.planned_skus import not_planned
from backorder.queries.recorded_sales import recorded_sales
from backorder.storage.engine import reading
from backorder.storage.tables import (
    history,
    parameters,
    products,
    purchase_order_lines,
    sales,
    stock,
    supplier_prices,
    suppliers,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backorder.services.plan_orders import OrderPlan, OrderPlanning

    Kept = tuple[OrderPlan, tuple[str, ...]]

KEPT = 2
"""Plans that are kept, by their rules."""


class KeptPlans:
    """The plan of a whole shop, which its pages are cut from. Safe to use from several threads."""

    def __init__(self, engine: Engine, calendar: Calendar, planning: OrderPlanning) -> None:
        self._engine = engine
        self._calendar = calendar
        self._planning = planning
        self._lock = threading.Lock()
        self._state: object = None
        self._plans: dict[tuple[date, PlanningRules], Kept] = {}

    def orders(self, day: date, rules: PlanningRules) -> Kept:
        """What to order on a day, and remarks; who asks while it is worked out waits for the same."""
        with self._lock:
            # Looked at first: what changes while it is worked out is seen by the next who asks.
            with reading(self._engine) as connection:
                state = _state(connection)
            if state != self._state:
                self._plans, self._state = {}, state
            if (day, rules) not in self._plans:
                with reading(self._engine) as connection:
                    sold = recorded_sales(connection, self._calendar, required=False)
                    remarks = (*sold.remarks, *not_planned(connection, sold.skus))
                while len(self._plans) >= KEPT:
                    del self._plans[next(iter(self._plans))]
                self._plans[day, rules] = self._planning.orders(sold, day, rules), remarks
            return self._plans[day, rules]


def _state(connection: Connection) -> tuple[object, ...]:
    """What tells that something has changed. Of stock, queue and supply, each SKU's version does; sales are
    dated by their import."""
    newest = select(func.max(sales.c.imported_at)).scalar_subquery()
    asked = (
        select(func.count(), func.sum(stock.c.version)),
        select(func.count(), func.max(products.c.updated_at)),
        select(func.count(), func.max(suppliers.c.updated_at)),
        select(func.count(), func.max(supplier_prices.c.updated_at)),
        select(func.count(), func.max(history.c.number)).select_from(history),
        select(func.max(parameters.c.number)),
        select(func.count()).select_from(purchase_order_lines),
        select(func.max(sales.c.imported_at)),
        select(func.count()).select_from(sales).where(sales.c.imported_at == newest),
    )
    return tuple(tuple(connection.execute(query).one()) for query in asked)
