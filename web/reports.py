"""Reports: what waiting lines are worth, and what is waited for and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder.domain.iso import fault_of_year
from backorder.domain.money import DIGITS, amount_of, fault_of_amount
from backorder.domain.worth import COUNTED, MONTHS, Assumed, Month, first_of_months, total
from backorder.queries.demand_report import DemandReport, demand_report
from backorder.queries.worth_report import WorthReport, worth_report
from web.answers import read
from web.calls import Call, CurrentCall, Doors
from web.query_parameters import checked, readable
from web.shapes import Shape

doors = Doors("reports")
ROLES = ("supply", "agent")
Since = Annotated[
    date | None,
    Query(description=f"The first day; {MONTHS} months, this one included, if left out."),
    checked(fault_of_year),
]
Until = Annotated[
    date | None,
    Query(description="The first day that is not in it; tomorrow, if left out."),
    checked(fault_of_year),
]


def _fault_of_currency(name: str) -> str | None:
    return None if name in DIGITS else "must be a currency, like EUR"


ContactCost = Annotated[
    str | None,
    Query(description="Assumed: what a call or a mail costs that was avoided, like 4.50."),
    readable(amount_of),
]
ContactCurrency = Annotated[str, Query(description="Its currency, ISO 4217."), checked(_fault_of_currency)]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorthView:
    """What lines are worth, by the month in which they were opened. Amounts are by currency.

    total: all months; counted: how each figure is counted; assumed: what cannot be.
    """

    since: date
    until: date
    months: tuple[Month, ...]
    total: Month
    counted: dict[str, str]
    assumed: Assumed


def _backwards(call: Call, said: Mapping[str, object]) -> list[str]:
    """A stretch of time that ends before it begins."""
    if not {"since", "until"} <= said.keys():
        return []
    since, until = (each if isinstance(each, date) else None for each in (said["since"], said["until"]))
    begins, ends = _days(call, since, until)
    return [] if begins < ends else [f"since, until: {begins} is not before {ends}"]


def _of_worth(call: Call, said: Mapping[str, object]) -> list[str]:
    """The same, and a cost without a currency, or finer than it."""
    faults, cost, currency = (
        _backwards(call, said),
        said.get("contact_cost", ""),
        said.get("contact_currency"),
    )
    if currency == "" and cost is not None:
        faults.append(f"contact_currency: {_fault_of_currency('')}")
    elif currency and cost and (fault := fault_of_amount(amount_of(str(cost)), str(currency))):
        faults.append(f"contact_cost: {fault}")
    return faults


@doors.door(
    "GET",
    "/v1/reports/worth",
    roles=ROLES,
    shape=Shape(answers={200: WorthView, 304: None}),
    together=_of_worth,
)
async def read_worth(
    call: CurrentCall,
    since: Since = None,
    until: Until = None,
    redeemed: Annotated[
        int, Query(description="Assumed: percent of the coupons that are used.", ge=0, le=100)
    ] = 100,
    coupon_order: Annotated[
        int,
        Query(
            description="Assumed: an order that a coupon is used on, in percent of what its line cost.",
            ge=0,
            le=1000,
        ),
    ] = 100,
    contact_share: Annotated[
        int,
        Query(
            description="Assumed: percent of the answers that would have been a call or mail.", ge=0, le=100
        ),
    ] = 100,
    contact_cost: ContactCost = None,
    contact_currency: ContactCurrency = "",
) -> Response:
    """Read what waiting lines are worth, by month: endings, promises kept, money, contacts, customers."""
    assumed = Assumed(
        redeemed=redeemed,
        coupon_order=coupon_order,
        contact_share=contact_share,
        contact_cost=None if contact_cost is None else amount_of(contact_cost),
        contact_currency=contact_currency,
    )
    days, calendar = _days(call, since, until), call.desk.services.calendar
    found = await call.read(lambda open: worth_report(open, calendar, *days, assumed))
    return read(call.request, _view(found))


def _view(found: WorthReport) -> WorthView:
    return WorthView(
        since=found.since,
        until=found.until,
        months=found.months,
        total=total(found.months),
        counted=dict(COUNTED),
        assumed=found.assumed,
    )


@doors.door(
    "GET",
    "/v1/reports/demand",
    roles=ROLES,
    shape=Shape(answers={200: DemandReport, 304: None}),
    together=_backwards,
)
async def read_demand(
    call: CurrentCall,
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int, Query(description="SKUs, those with most units times days first.", ge=1, le=1000)
    ] = 50,
) -> Response:
    """Read which SKUs are waited for most, why, and what would have prevented it."""
    days, calendar, now = _days(call, since, until), call.desk.services.calendar, call.desk.now()
    found = await call.read(lambda open: demand_report(open, calendar, *days, now, limit=limit))
    return read(call.request, found)


def _days(call: Call, since: date | None, until: date | None) -> tuple[date, date]:
    """The stretch of time."""
    today = call.desk.services.calendar.day(call.desk.now())
    return since or first_of_months(today), until or today + timedelta(days=1)
