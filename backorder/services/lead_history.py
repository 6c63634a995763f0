"""What earlier mornings knew of the lead times of the products on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from backorder.errors import RefusedError
from backorder.queries.stock_positions import stock_positions
from backorder.storage.engine import reading

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backorder.forecasting.demand.lead_times import Leads
    from backorder.forecasting.demand.sales import Sales
    from backorder.forecasting.table import Days
    from backorder.services.forecasts import ForecastService


def lead_history(
    engine: Engine,
    forecasts: ForecastService,
    sales: Sales,
    last: date,
    skus: Sequence[str] | None = None,
) -> tuple[Sales, Leads, Days]:
    """The sales of the products on record, the lead times, and which of them each product has: those that are
    learnt of its supplier, around the days that are stated for it.

    last: the day that all is known by. skus: of these products alone. Raises RefusedError where nothing was
    sold of these products.
    """
    import numpy as np

    from backorder.forecasting.demand.lead_times import learnt
    from backorder.forecasting.plausible import plausible

    with reading(engine) as connection:
        positions = stock_positions(connection, skus).sound
    orders, usual = forecasts.past()
    mine = sales.of([each.sku for each in positions], [each.category for each in positions])
    if not len(mine.item):
        raise RefusedError([f"there are no sales of products on record up to {last}"])
    named = [
        (each.suppliers[0], usual.get(each.suppliers[0], 0) if each.lead_days is None else each.lead_days)
        for each in positions
    ]
    place = {each: number for number, each in enumerate(dict.fromkeys(named))}
    kinds = np.array([place[each] for each in named], dtype=np.int64)
    return mine, learnt(plausible(orders, last), list(place), last), kinds
