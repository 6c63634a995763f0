"""Plans: what will be sold, how much stock a service takes, what to order today; from what is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Annotated, Literal

from fastapi import Query
from sqlalchemy import Connection
from starlette.responses import Response

from backorder.domain.iso import LAST
from backorder.domain.supply.order_plan import PlanningRules, budget_of
from backorder.errors import RefusedError
from backorder.queries.planned_skus import Wanted, planned_skus, read_place
from backorder.queries.recorded_sales import recorded_sales
from backorder.services.plan_orders import BudgetUse, LeftOut, OrderPlan, PlannedOrder
from backorder.services.services import Services
from backorder.storage.cursors import cursor_of, number_in, read_cursor
from web.answers import read
from web.calls import Call, CurrentCall, Doors
from web.lines import Cursor
from web.page_cursors import of_this_list
from web.query_parameters import checked, readable
from web.shapes import Shape

doors = Doors("plan")
ROLES = ("supply",)
EARLIEST = date(2000, 1, 1)
MOST = 500
"""Products of a page, at most."""
ORDERS = "plan/orders"
PeriodName = Literal["day", "week", "month"]
CountedBy = Annotated[PeriodName, Query(description="What demand is counted by.", examples=["week"])]


def _fault_of_morning(day: date) -> str | None:
    far = f"{day} is before {EARLIEST} or after {LAST}, so it must be a mistake"
    return None if EARLIEST <= day <= LAST else far


AsOf = Annotated[
    date | None,
    Query(description="Only what was sold before this day's period is known; today, if left out."),
    checked(_fault_of_morning),
]
PlannedBy = Annotated[
    PeriodName | None, Query(description="What demand is counted by; as the settings have it, if left out.")
]
Service = Annotated[
    float | None,
    Query(
        description="Share of products that do not run out; as the settings have it, if left out.",
        ge=0.5,
        le=0.999,
        examples=[0.95],
    ),
]
ReviewDays = Annotated[
    int | None,
    Query(
        description="Days between two orders; as the settings have it, if left out.",
        ge=1,
        le=365,
        examples=[7],
    ),
]
Skus = Annotated[Sequence[str], Query(description="These products alone.", max_length=100)]
Supplier = Annotated[
    str, Query(description="Products that are bought of this supplier alone.", max_length=128)
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Products of the page, at most.")]
Budget = Annotated[
    str,
    Query(
        description="What today's orders may cost; as the settings have it, if left out.",
        examples=["5000 EUR"],
    ),
    readable(budget_of),
]
DayWorth = Annotated[
    float | None,
    Query(
        description="Percent of its price that a day sooner is worth; as the settings have it, if left out.",
        ge=0,
        le=100,
        examples=[1],
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class DemandForecast:
    """Units of a SKU that the periods together take at most: half the time, nine times in ten, 19 in 20."""

    sku: str
    p50: float
    p90: float
    p95: float
    method: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DemandPlan:
    """Demand from `start` to `end`, both included. history: periods before it that were looked at. remarks:
    of how many products days without stock are not on record, of which newest periods sales are missing, and
    beside how many others a large shop's products were forecast. known_until: the last day of which sales are
    there. cursor: of the page behind this one, null on the last.
    """

    period: str
    periods: int
    as_of: date
    start: date
    end: date
    history: int
    known_until: date
    forecasts: tuple[DemandForecast, ...]
    remarks: tuple[str, ...]
    cursor: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StockView:
    """Whole units of a SKU. reorder_point: with less on hand and on order, less those that wait, order.

    safety_stock: the part of it beyond what is expected to be sold. order_quantity: what a review period
    takes. textbook_*: the same by mean and standard deviation. lead_days: half of the orders arrive by the
    first, nine in ten by the second. method, lead: what demand and lead time rest on, in words.
    """

    sku: str
    reorder_point: int
    safety_stock: int
    order_quantity: int
    expected: float
    textbook_reorder_point: int
    textbook_safety_stock: int
    lead_days: tuple[float, float]
    method: str
    lead: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StockPlan:
    """The stock that each product on record needs, as of a morning.

    remarks: of how many products days without stock are not on record, which were sold and are no product on
    record, and beside how many others a large shop's were forecast. cursor: of the page behind this one, null
    on the last.
    """

    as_of: date
    service: float
    review_days: int
    stock: tuple[StockView, ...]
    remarks: tuple[str, ...]
    cursor: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderPlanView:
    """What to order on a day, the most units waiting first, and by which rules. left_out: what is short and
    not ordered, and why, on the first page. budget: null where there is none. remarks: of how many
    products days without stock are not on record, which were sold and are no product on record, and beside
    how many others a large shop's were forecast. cursor: of the page behind this one, null on the last.
    """

    day: date
    period: str
    service: float
    review_days: int
    day_worth: float
    orders: tuple[PlannedOrder, ...]
    left_out: tuple[LeftOut, ...]
    budget: BudgetUse | None
    remarks: tuple[str, ...]
    cursor: str | None


@doors.door(
    "GET",
    "/v1/plan/demand",
    roles=ROLES,
    shape=Shape(answers={200: DemandPlan, 304: None}),
    together=of_this_list(partial(read_place, of="plan/demand")),
)
async def read_demand_plan(
    call: CurrentCall,
    period: CountedBy = "week",
    periods: Annotated[
        int, Query(description="How many periods ahead, together.", ge=1, le=400, examples=[4])
    ] = 4,
    as_of: AsOf = None,
    sku: Skus = (),
    supplier: Supplier = "",
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response:
    """Forecast how many units of each product the next periods take, by SKU."""
    day, calendar = _day(call, as_of), call.desk.services.calendar
    wanted = Wanted(skus=sku, supplier=supplier, sold=True)

    def plan(open: Connection) -> DemandPlan:
        from backorder.forecasting.demand.periods import PERIODS
        from backorder.forecasting.demand.report import demand_report

        page = planned_skus(open, wanted, of="plan/demand", cursor=cursor, limit=limit)
        sales = recorded_sales(open, calendar, page.beside)
        found = demand_report(sales, PERIODS[period], day, periods)
        if found is None:
            raise RefusedError([f"as_of: there are no sales before the {period} of {day}"])
        asked = set(page.skus)
        return DemandPlan(
            period=period,
            periods=periods,
            as_of=day,
            start=found.start,
            end=found.end,
            history=found.history,
            known_until=found.known_until,
            forecasts=tuple(DemandForecast(**asdict(each)) for each in found.forecasts if each.sku in asked),
            remarks=(*sales.remarks, *found.remarks, *page.remarks),
            cursor=page.next,
        )

    return read(call.request, await call.plan(plan))


@doors.door(
    "GET",
    "/v1/plan/stock",
    roles=ROLES,
    shape=Shape(answers={200: StockPlan, 304: None}),
    together=of_this_list(partial(read_place, of="plan/stock")),
)
async def read_stock_plan(
    call: CurrentCall,
    period: PlannedBy = None,
    as_of: AsOf = None,
    service: Service = None,
    review_days: ReviewDays = None,
    sku: Skus = (),
    supplier: Supplier = "",
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response:
    """Read reorder point, safety stock and order quantity of each product on record for a service, by SKU."""
    rules = call.desk.services.planning.said(period=period, service=service, review_days=review_days)
    day, services = _day(call, as_of), call.desk.services
    wanted = Wanted(skus=sku, supplier=supplier)

    def plan(open: Connection) -> StockPlan:
        page = planned_skus(open, wanted, of="plan/stock", cursor=cursor, limit=limit)
        sales = recorded_sales(open, services.calendar, page.beside, required=False)
        found = services.order_planning.stock(sales, day, rules, page.beside)
        asked = set(page.skus)
        return StockPlan(
            as_of=day,
            service=rules.service,
            review_days=rules.review_days,
            stock=tuple(StockView(**asdict(each)) for each in found if each.sku in asked),
            remarks=(*sales.remarks, *page.remarks),
            cursor=page.next,
        )

    return read(call.request, await call.plan(plan))


def _read_place(cursor: str) -> tuple[int, str]:
    """Behind which order a page begins. Raises RefusedError for a cursor of another list."""
    waiting, sku = read_cursor(cursor, ORDERS, 2)
    return -number_in(waiting, most=10**18), sku


@doors.door(
    "GET",
    "/v1/plan/orders",
    roles=ROLES,
    shape=Shape(answers={200: OrderPlanView, 304: None}),
    together=of_this_list(_read_place),
)
async def read_order_plan(
    call: CurrentCall,
    period: PlannedBy = None,
    service: Service = None,
    review_days: ReviewDays = None,
    budget: Budget = "",
    day_worth: DayWorth = None,
    sku: Skus = (),
    supplier: Supplier = "",
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response:
    """Read what to order today, from whom and why; nothing is written. An order of it is put on record as
    `PUT /v1/purchase-orders/{id}`, with `purchase_order` for the ID and its lines."""
    rules = call.desk.services.planning.said(
        period=period,
        service=service,
        review_days=review_days,
        budget=budget_of(budget),
        day_worth=day_worth,
    )
    day, services = _day(call, None), call.desk.services
    wanted = Wanted(skus=sku, supplier=supplier, any=True)

    found = await call.plan(lambda open: _order_plan(open, services, wanted, day, rules, cursor, limit))
    return read(call.request, found)


def _order_plan(
    open: Connection,
    services: Services,
    wanted: Wanted,
    day: date,
    rules: PlanningRules,
    cursor: str | None,
    limit: int,
) -> OrderPlanView:
    found, remarks = _orders(open, services, wanted, day, rules)
    orders, following = _page([each for each in found.orders if _is_wanted(each, wanted)], cursor, limit)
    return OrderPlanView(
        day=day,
        period=rules.period,
        service=rules.service,
        review_days=rules.review_days,
        day_worth=rules.day_worth,
        orders=tuple(orders),
        left_out=tuple(each for each in found.left_out if not cursor and _is_wanted(each, wanted)),
        budget=found.budget,
        remarks=remarks,
        cursor=following,
    )


def _orders(
    open: Connection, services: Services, wanted: Wanted, day: date, rules: PlanningRules
) -> tuple[OrderPlan, tuple[str, ...]]:
    """What to order, of what is wanted at least, and remarks.

    A budget is shared by all products, and so is a plan of all: it is worked out once while nothing changes.
    """
    if wanted.is_all or rules.budget is not None:
        return services.kept_plans.orders(day, rules)
    page = planned_skus(open, wanted, of=ORDERS)
    sales = recorded_sales(open, services.calendar, page.beside, required=False)
    return services.order_planning.orders(sales, day, rules, page.beside), (*sales.remarks, *page.remarks)


def _is_wanted(each: PlannedOrder | LeftOut, wanted: Wanted) -> bool:
    named = not wanted.skus or each.sku in wanted.skus
    return named and (not wanted.supplier or each.supplier == wanted.supplier)


def _page(
    orders: Sequence[PlannedOrder], cursor: str | None, limit: int
) -> tuple[Sequence[PlannedOrder], str | None]:
    """Some of the orders, which come by units that wait and SKU, and the cursor of the page behind.

    Raises RefusedError for a cursor that is none.
    """
    if cursor:
        behind = _read_place(cursor)
        orders = [each for each in orders if (-each.waiting, each.sku) > behind]
    page = orders[:limit]
    more = len(page) < len(orders)
    return page, cursor_of(ORDERS, str(page[-1].waiting), page[-1].sku) if more else None


def _day(call: Call, as_of: date | None) -> date:
    """The morning of the plan."""
    return as_of or call.desk.services.calendar.day(call.desk.now())
