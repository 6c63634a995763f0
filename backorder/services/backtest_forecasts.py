"""Forecasts of arrivals, demand and stock at earlier days of what is on record, for somebody who waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from backorder.errors import RefusedError
from backorder.queries.past_orders import past_orders, usual_lead_days
from backorder.queries.planned_skus import Wanted, planned_skus
from backorder.queries.recorded_sales import recorded_sales
from backorder.services.backtest_policies import LONGEST_S

if TYPE_CHECKING:
    from backorder.domain.calendar import Calendar
    from backorder.domain.supply.order_plan import PlanningRules
    from backorder.forecasting.backtest import Backtest as ArrivalBacktest
    from backorder.forecasting.demand.backtest import Backtest, Progress
    from backorder.forecasting.demand.sales import Sales
    from backorder.forecasting.demand.stock_backtest import StockBacktest
    from backorder.forecasting.table import Flags
    from backorder.services.services import Services

MOST_PRODUCTS = 5000
"""Products that are played for somebody who waits and names none, at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodScores:
    """How a method held. loss: pinball loss of P50, P90 and P95 per hundred units sold; less is better.

    by_p50, by_p90, by_p95: the share of products and days that sold no more than it said.
    """

    method: str
    loss: float
    by_p50: float
    by_p90: float
    by_p95: float


@dataclass(frozen=True, kw_only=True, slots=True)
class HorizonScores:
    """Forecasts of so many periods together. origins: the days before which they were made. products: that
    were judged. units: what these sold in all of the time. methods: this forecast first, then the textbook's.
    """

    periods: int
    origins: tuple[date, ...]
    products: int
    units: int
    methods: tuple[MethodScores, ...]


def horizon_scores(done: Backtest) -> HorizonScores:
    """A backtest as it is told."""
    return HorizonScores(
        periods=done.periods,
        origins=tuple(done.origins),
        products=done.items,
        units=round(done.units),
        methods=tuple(
            MethodScores(
                method=each.method,
                loss=round(each.loss, 2),
                **{f"by_p{100 * level:.0f}": round(share, 4) for level, share in each.by.items()},
            )
            for each in done.scores
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """skus: the products that are judged; none: all. beside: those that were read; None: all."""

    sales: Sales
    skus: Sequence[str]
    beside: Sequence[str] | None
    remarks: tuple[str, ...]

    def judged(self, skus: Sequence[str]) -> Flags | None:
        """Which of some products are judged; None: all. Raises RefusedError where none is."""
        import numpy as np

        if not self.skus:
            return None
        found = np.isin(skus, self.skus)
        if not found.any():
            raise RefusedError(["sku: nothing is known of these products; name others"])
        return found


class _Clock:
    """Ends a play that takes too long for somebody who waits; it begins where it is made."""

    def __init__(self, played: str, instead: tuple[str, str]) -> None:
        self._until = monotonic() + LONGEST_S
        self._played, self._instead = played, instead

    def step(self, done: int, total: int) -> None:
        """So much is played. Raises RefusedError where the rest would take too long."""
        if done < total and monotonic() > self._until:
            field, words = self._instead
            raise RefusedError(
                [f"{field}: {done:,} of {total:,} {self._played} were played in {LONGEST_S:g} s; {words}"]
            )

    def part(self, before: int, parts: int) -> Progress:
        """The same for a part of several that take as long. before: parts that are played."""
        return lambda done, total: self.step(before * total + done, parts * total)


def backtest_arrivals(
    connection: Connection, start: date | None, end: date | None, waited: Sequence[int]
) -> ArrivalBacktest:
    """Replay orders. start, end: the first and the last day on which they were placed; None: the later half.

    waited: days after the order on which it is asked; none: the usual ones. Raises RefusedError where there
    is nothing to replay, or more than there is time for.
    """
    from backorder.forecasting.backtest import WAITED, run_backtest, usual_days

    clock = _Clock("forecasts", _OF_ARRIVALS)
    orders = past_orders(connection)
    if not orders:
        raise RefusedError(
            ["there is no history to replay; `POST /v1/supply-history/import` takes past orders"]
        )
    first, last = usual_days(orders)
    if (start or first) > (end or last):
        field, day, other = ("start", start, last) if end is None else ("end", end, first)
        told = "after the last" if end is None else "before the first"
        raise RefusedError([f"{field}: {day} is {told} day that is replayed, {other}; say both days"])
    days = tuple(waited) or WAITED
    usual = usual_lead_days(connection)
    return run_backtest(orders, start or first, end or last, days, lead_days=usual, progress=clock.step)


def backtest_demand(
    connection: Connection, calendar: Calendar, skus: Sequence[str], period: str, periods: int | None
) -> tuple[Sequence[HorizonScores], tuple[str, ...]]:
    """Forecast demand at earlier days, and remarks. skus: the products that are judged; none: all.

    periods: ahead; None: two usual horizons. Raises RefusedError where the history is too short, or there is
    more than there is time for.
    """
    from backorder.forecasting.demand.backtest import run_backtest
    from backorder.forecasting.demand.periods import PERIODS

    clock, kind = _Clock("mornings", _OF_PRODUCTS), PERIODS[period]
    asked = _asked(connection, calendar, Wanted(skus=skus, sold=True))
    scored = asked.judged(asked.sales.skus)
    horizons = (periods,) if periods else kind.horizons
    found = [
        run_backtest(asked.sales, kind, each, clock.part(before, len(horizons)), scored)
        for before, each in enumerate(horizons)
    ]
    done = [each for each in found if each is not None]
    if not done:
        words = f"the history is too short: {min(horizons)} {period}s ahead want twice as many"
        raise RefusedError([f"{'periods' if periods else 'period'}: {words}"])
    if not any(each.units for each in done):
        raise RefusedError(["sku: nothing was sold of them in the time that is played; name others"])
    return [horizon_scores(each) for each in done], asked.remarks


def backtest_stock(
    connection: Connection,
    services: Services,
    skus: Sequence[str],
    rules: PlanningRules,
    lead_days: int | None,
) -> tuple[StockBacktest, tuple[str, ...]]:
    """Play reorder points at earlier days, and remarks. skus: the products that are judged; none: all.

    lead_days: of every order; None: as this database has learnt of each product's supplier, for the products
    on record. Raises RefusedError where the history is too short, or there is more than there is time for.
    """
    from backorder.forecasting.demand.lead_times import fixed
    from backorder.forecasting.demand.periods import PERIODS
    from backorder.forecasting.demand.stock import LEAD_LEVELS
    from backorder.forecasting.demand.stock_backtest import run_stock_backtest
    from backorder.services.lead_history import lead_history

    clock = _Clock("mornings", _OF_PRODUCTS)
    wanted = Wanted(skus=skus, sold=lead_days is not None)
    asked = _asked(connection, services.calendar, wanted)
    sales, kinds = asked.sales, None
    if lead_days is None:
        last = date.fromordinal(int(sales.day.max()))
        sales, leads, kinds = lead_history(services.engine, services.forecasts, sales, last, asked.beside)
    else:
        leads = fixed([float(lead_days)] * len(LEAD_LEVELS))
    found = run_stock_backtest(
        sales,
        PERIODS[rules.period],
        leads,
        rules.review_days,
        rules.service,
        kinds,
        clock.step,
        asked.judged(sales.skus),
    )
    if found is None:
        raise RefusedError(["period: the history is too short for the lead time and a review"])
    return found, asked.remarks


def _asked(connection: Connection, calendar: Calendar, wanted: Wanted) -> _Asked:
    """The sales that are played. Raises RefusedError where they are none, or of too many products."""
    page = planned_skus(connection, wanted, of="")
    if wanted.is_all and len(page.skus) > MOST_PRODUCTS:
        words = f"the shop has {len(page.skus):,} products, and {MOST_PRODUCTS:,} are the most; name some"
        raise RefusedError([f"sku: {words}, or {_COMMAND}"])
    if not wanted.is_all and not page.skus:
        raise RefusedError(["sku: nothing is known of these products; name others"])
    sales = recorded_sales(connection, calendar, page.beside)
    return _Asked(
        sales=sales,
        skus=() if wanted.is_all else page.skus,
        beside=page.beside,
        remarks=(*sales.remarks, *page.remarks),
    )


_COMMAND = "have the command `backorder plan backtest` play all"
_OF_ARRIVALS = (
    "start, end",
    "say days closer together, or fewer in waited, or have the command `backorder supply backtest` play all",
)
_OF_PRODUCTS = ("sku, period", f"name fewer products, or a longer period, or {_COMMAND}")
"""Which fields may make a play shorter, and what to do."""
