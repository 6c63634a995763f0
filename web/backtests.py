"""How forecasts of arrivals, demand and stock would have held on the shop's own past; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from backorder.domain.iso import fault_of_year
from backorder.forecasting.history import LONGEST_DAYS
from backorder.forecasting.report import Coverage, Loss, score
from backorder.services.backtest_forecasts import (
    HorizonScores,
    backtest_arrivals,
    backtest_demand,
    backtest_stock,
)
from web.answers import read
from web.calls import Call, CurrentCall, Doors
from web.forecast_tuning import ForecastParameters, shown
from web.plans import CountedBy, PlannedBy, ReviewDays, Service, Skus
from web.query_parameters import checked
from web.shapes import Shape

doors = Doors("plan")
ROLES = ("supply",)
MOST_WAITS = 12
Start = Annotated[
    date | None,
    Query(description="The first day on which the orders were placed; the middle of them, if left out."),
    checked(fault_of_year),
]
End = Annotated[
    date | None,
    Query(description="The last day on which the orders were placed; that of the newest, if left out."),
    checked(fault_of_year),
]
Waited = Annotated[
    Sequence[Annotated[int, Field(ge=0, le=LONGEST_DAYS)]],
    Query(
        description="Days after the order on which to ask; 0, 30 and 60, if left out.",
        max_length=MOST_WAITS,
        examples=[[0, 30]],
    ),
]
LeadDays = Annotated[
    int | None,
    Query(
        description="Days from an order to its arrival, always the same; as they are learnt, if left out.",
        ge=0,
        le=LONGEST_DAYS,
        examples=[14],
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayedWith:
    """What forecasts went by. asof: from that morning on. parameters: what was chosen. words: why."""

    asof: date
    parameters: ForecastParameters
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastBacktest:
    """How forecasts held for orders placed from `start` to `end`, both included.

    waited: days after the order on which it was asked. asked: how many forecasts. unknown: of them, those
    that nothing was known for. unresolved: of orders that have not arrived, which are not in the losses.
    known_until: the last day on which an arrival would be on record. coverage: arrived by the P90;
    coverage_by_history: by how many orders of the supplier were known; coverage_by_waited: by the days after
    the order. p50_rate: share that arrived by the P50, null where none was judged. loss: of the forecast;
    stated: of the stated dates; mean: of the supplier's mean lead time. parameters: what forecasts went by.
    """

    start: date
    end: date
    waited: tuple[int, ...]
    asked: int
    unknown: int
    unresolved: int
    known_until: date
    coverage: Coverage
    coverage_by_history: tuple[Coverage, ...]
    coverage_by_waited: tuple[Coverage, ...]
    p50_rate: float | None
    loss: Loss
    stated: Loss
    mean: Loss
    parameters: tuple[ReplayedWith, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DemandBacktest:
    """How forecasts of demand held, by horizon.

    period: what demand was counted by. horizons: so many periods ahead each.
    remarks: of how many products days without stock are not on record, and beside how many others a large
    shop's were forecast.
    """

    period: str
    horizons: tuple[HorizonScores, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttainedView:
    """asked: the service. service: the share of products and spans that did not run out. stock: units left at
    the end of a span, on average over days and added up over products.
    """

    asked: float
    service: float
    stock: float


@dataclass(frozen=True, kw_only=True, slots=True)
class StockBacktestView:
    """What service reorder points attained, and with how much stock.

    period: what demand was counted by. origins: the mornings. items: products that were judged. ours: by this
    forecast. textbook: by the textbook's rule asked for as much. alike: by the textbook's rule asked for
    whatever attains as much as ours; null where nothing does. held_back: the share of spans that met the lead
    time of an order placed afterwards. remarks: of how many products days without stock are not on record,
    which were sold and are no product on record, and beside how many others a large shop's were forecast.
    """

    period: str
    review_days: int
    origins: tuple[date, ...]
    items: int
    ours: AttainedView
    textbook: AttainedView
    alike: AttainedView | None
    held_back: float
    remarks: tuple[str, ...]


def _backwards(_call: Call, said: Mapping[str, object]) -> list[str]:
    """A stretch of time that ends before it begins."""
    start, end = said.get("start"), said.get("end")
    wrong = isinstance(start, date) and isinstance(end, date) and end < start
    return [f"start, end: {start} is after {end}"] if wrong else []


@doors.door(
    "GET",
    "/v1/forecast/backtest",
    roles=ROLES,
    shape=Shape(answers={200: ForecastBacktest, 304: None}),
    together=_backwards,
)
async def backtest_forecast(
    call: CurrentCall, start: Start = None, end: End = None, waited: Waited = ()
) -> Response:
    """Replay past orders day by day, each forecast of an arrival knowing only that morning, and score it.

    Against trusting the stated date, and against the supplier's mean lead time. Where neither day is said the
    later half of the history is replayed. It takes 20 s at most, one call after the other; what would take
    longer is refused. The command `backorder supply backtest` replays any number.
    """

    def play(open: Connection) -> ForecastBacktest:
        done = backtest_arrivals(open, start, end, waited)
        scores = score(done)
        return ForecastBacktest(
            start=done.start,
            end=done.end,
            waited=done.waited,
            asked=scores.asked,
            unknown=scores.unknown,
            unresolved=scores.unresolved,
            known_until=done.known_until,
            coverage=scores.coverage,
            coverage_by_history=scores.coverage_by_history,
            coverage_by_waited=scores.coverage_by_waited,
            p50_rate=scores.p50_rate,
            loss=scores.loss,
            stated=scores.stated,
            mean=scores.mean,
            parameters=tuple(
                ReplayedWith(asof=each.asof, parameters=shown(each.parameters), words=each.words)
                for each in done.tunings
            ),
        )

    return read(call.request, await call.plan(play))


@doors.door(
    "GET",
    "/v1/plan/demand/backtest",
    roles=ROLES,
    shape=Shape(answers={200: DemandBacktest, 304: None}),
)
async def backtest_demand_plan(
    call: CurrentCall,
    period: CountedBy = "week",
    periods: Annotated[
        int | None,
        Query(description="How many periods ahead; two usual ones, if left out.", ge=1, le=400, examples=[4]),
    ] = None,
    sku: Skus = (),
) -> Response:
    """Forecast demand at earlier days, each time with what was known then, and score it.

    Beside it the rules of textbooks. All products are judged, or those that are named, forecast beside the
    others as `GET /v1/plan/demand` does. It takes 20 s at most, one call after the other; what would take
    longer is refused. The command `backorder plan backtest` plays any number of products.
    """
    calendar = call.desk.services.calendar

    def play(open: Connection) -> DemandBacktest:
        found, remarks = backtest_demand(open, calendar, sku, period, periods)
        return DemandBacktest(period=period, horizons=tuple(found), remarks=remarks)

    return read(call.request, await call.plan(play))


@doors.door(
    "GET",
    "/v1/plan/stock/backtest",
    roles=ROLES,
    shape=Shape(answers={200: StockBacktestView, 304: None}),
)
async def backtest_stock_plan(
    call: CurrentCall,
    period: PlannedBy = None,
    service: Service = None,
    review_days: ReviewDays = None,
    lead_days: LeadDays = None,
    sku: Skus = (),
) -> Response:
    """Play reorder points at earlier days: the service that they attained, and the stock that it took.

    Of the products on record, with the lead times that could be known then; with `lead_days` of all that was
    sold. It takes 20 s at most, one call after the other; what would take longer is refused. The command
    `backorder plan backtest --stock` plays any number of products.
    """
    services = call.desk.services
    rules = services.planning.said(period=period, service=service, review_days=review_days)

    def play(open: Connection) -> StockBacktestView:
        found, remarks = backtest_stock(open, services, sku, rules, lead_days)
        return StockBacktestView(
            period=rules.period,
            review_days=rules.review_days,
            origins=tuple(found.origins),
            items=found.items,
            ours=AttainedView(**asdict(found.ours)),
            textbook=AttainedView(**asdict(found.textbook)),
            alike=AttainedView(**asdict(found.alike)) if found.alike else None,
            held_back=found.held_back,
            remarks=remarks,
        )

    return read(call.request, await call.plan(play))
