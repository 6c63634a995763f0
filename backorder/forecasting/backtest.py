"""Replay a history day by day: what would have been forecast, and how good it would have been."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from backorder.forecasting.arrival import ArrivalForecast, ArrivalModel
from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import Parameters
from backorder.forecasting.plausible import plausible
from backorder.forecasting.query import Basis, Query
from backorder.forecasting.table import NEVER, OrderTable
from backorder.forecasting.tuning import Tuning, tune

WAITED = (0, 30, 60)
"""Days after the order on which a forecast is asked for, unless told otherwise."""

RETUNE_DAYS = 180
"""The parameters are chosen again this often, as a shop would."""

ROW = ("supplier", "destination", "ordered", "asked", "p10", "p50", "p90", "arrived")
"""The columns of `Replayed.row`."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One forecast of the past beside what happened.

    supplier_orders: orders of the supplier placed before the day asked. stated_arrival: the stated day, or
    after the supplier's stated lead time; None without either. mean_arrival: after the mean lead time of the
    supplier's arrivals known that morning (everyone's, if it has none); None if nothing had arrived at all.
    Neither lies before the day asked.
    """

    order: PastOrder
    asked: date
    p10: date
    p50: date
    p90: date
    basis: Basis
    supplier_orders: int
    stated_arrival: date | None
    mean_arrival: date | None

    @property
    def row(self) -> tuple[str, ...]:
        """The values of `ROW`; days are ISO, arrived is empty for an open order."""
        order = self.order
        days = (order.ordered, self.asked, self.p10, self.p50, self.p90)
        arrived = order.arrived.isoformat() if order.arrived else ""
        return (order.supplier, order.destination, *(day.isoformat() for day in days), arrived)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """forecasts: in the order asked. unknown: questions no forecast could answer, because nothing was known.

    known_until: the last day on which an arrival would be in the file. tunings: the parameters used, each
    from its `asof` on.
    """

    start: date
    end: date
    waited: tuple[int, ...]
    known_until: date
    forecasts: tuple[Replayed, ...]
    unknown: int
    tunings: tuple[Tuning, ...]


def usual_days(orders: Iterable[PastOrder]) -> tuple[date, date]:
    """The first and the last day on which the later half of a history's orders were placed; it has some."""
    days = sorted(order.ordered for order in orders)
    return days[len(days) // 2], days[-1]


def run_backtest(
    orders: Iterable[PastOrder],
    start: date,
    end: date,
    waited: Sequence[int] = WAITED,
    *,
    lead_days: Mapping[str, int] | None = None,
    parameters: Parameters | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Forecast each order placed from `start` to `end` (both included), `waited` days after it was placed.

    A forecast sees only what was known on the morning of the day asked: orders and arrivals before it. An
    order that had arrived before that day is not asked about. The parameters are tuned on what was known on
    the morning of `start`, and again every `RETUNE_DAYS`, unless they are given. The last day that is known
    is that of the last order or arrival, wrong years aside. `lead_days` are suppliers' stated lead times, if
    known. `progress(done, total)` counts forecasts; what it raises ends the replay. Raises ValueError if
    `end` is before `start` or a wait is negative.
    """
    if end < start:
        raise ValueError(f"the period ends ({end}) before it starts ({start})")
    if any(wait < 0 for wait in waited):
        raise ValueError("an order cannot be asked about before it is placed")
    table = OrderTable.of(orders)
    last = _last_day(table, end)
    queries = _queries(table, start, end, sorted(set(waited)), last)
    tunings: list[Tuning] = []
    forecasts: list[Replayed] = []
    done, total = 0, sum(map(len, queries.values()))

    def still(*_: int) -> None:
        if progress:
            progress(done, total)

    for asked, asked_about in queries.items():
        if parameters is None and (not tunings or asked >= tunings[-1].asof + timedelta(days=RETUNE_DAYS)):
            tunings.append(tune(table, _tuning_day(start, asked), still))
        model = ArrivalModel(table, asked, parameters or tunings[-1].parameters)
        forecasts.extend(_replay(model, asked_about, lead_days or {}))
        done += len(asked_about)
        still()
    return Backtest(
        start=start,
        end=end,
        waited=tuple(sorted(set(waited))),
        known_until=last,
        forecasts=tuple(forecasts),
        unknown=done - len(forecasts),
        tunings=tuple(tunings),
    )


def _tuning_day(start: date, asked: date) -> date:
    # On a fixed calendar, so that which orders are asked about does not change the parameters.
    return asked - timedelta(days=(asked - start).days % RETUNE_DAYS)


def _last_day(table: OrderTable, end: date) -> date:
    days = [order.arrived or order.ordered for order in plausible(table.orders)]
    return max(days, default=end)


def _queries(
    table: OrderTable, start: date, end: date, waited: Sequence[int], last: date
) -> dict[date, list[PastOrder]]:
    queries: dict[date, list[PastOrder]] = {}
    for order in table.orders:
        if start <= order.ordered <= end:
            for wait in waited:
                asked = order.ordered + timedelta(days=wait)
                if asked <= last and (order.arrived is None or order.arrived >= asked):
                    queries.setdefault(asked, []).append(order)
    return dict(sorted(queries.items()))


def _replay(
    model: ArrivalModel, orders: Sequence[PastOrder], lead_days: Mapping[str, int]
) -> Iterator[Replayed]:
    queries = [
        Query(
            supplier=order.supplier,
            destination=order.destination,
            ordered=order.ordered,
            asked=model.asof,
            stated=order.stated,
            lead_days=lead_days.get(order.supplier),
        )
        for order in orders
    ]
    for order, forecast in zip(orders, model.forecast_many(queries), strict=True):
        if forecast:
            yield _replayed(model, order, forecast, lead_days.get(order.supplier))


def _replayed(
    model: ArrivalModel, order: PastOrder, forecast: ArrivalForecast, lead_days: int | None
) -> Replayed:
    stated = order.stated
    if stated is None and lead_days is not None:
        stated = order.ordered + timedelta(days=lead_days)
    mean = mean_lead(model.table, order.supplier, model.asof)
    return Replayed(
        order=order,
        asked=model.asof,
        p10=forecast.p10,
        p50=forecast.p50,
        p90=forecast.p90,
        basis=forecast.basis,
        supplier_orders=len(model.table.of_supplier(order.supplier).placed_before(model.asof.toordinal())),
        stated_arrival=stated and max(model.asof, stated),
        mean_arrival=None if mean is None else max(model.asof, order.ordered + timedelta(days=round(mean))),
    )


def mean_lead(table: OrderTable, supplier: str, asof: date) -> float | None:
    """Mean days from order to arrival of the supplier's arrivals before `asof`; everyone's if it has none."""
    for group in (table.of_supplier(supplier), table.everyone):
        known = group.placed_before(asof.toordinal())
        arrived = known.arrived < min(asof.toordinal(), NEVER)
        if arrived.any():
            return float(np.mean((known.arrived - known.ordered)[arrived]))
    return None
