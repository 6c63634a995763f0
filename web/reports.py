"""Reports: what waiting lines are worth, and what is waited for and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder.domain.iso import fault_of_year
from backorder.domain.money import DIGITS, amount_of, fault_of_amount
from backorder.domain.worth import COUNTED, MONTHS, Assumed, Month, first_of_months, total
from backorder.errors import RefusedError
from backorder.queries.demand_report import DemandReport, demand_report
from backorder.queries.worth_report import WorthReport, worth_report
from web.answers import read
from web.calls import Call, CurrentCall, Doors
from web.shapes import Shape

doors = Doors("reports")
ROLES = ("supply", "agent")
Since = Annotated[
    date | None, Query(description=f"The first day; {MONTHS} months, this one included, if left out.")
]
Until = Annotated[date | None, Query(description="The first day that is not in it; tomorrow, if left out.")]


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


@doors.door("GET", "/v1/reports/worth", roles=ROLES, shape=Shape(answers={200: WorthView, 304: None}))
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
    contact_cost: Annotated[
        str | None, Query(description="Assumed: what a call or a mail costs that was avoided, like 4.50.")
    ] = None,
    contact_currency: Annotated[str, Query(description="Its currency, ISO 4217.")] = "",
) -> Response:
    """Read what waiting lines are worth, by month: endings, promises kept, money, contacts, customers."""
    assumed = Assumed(
        redeemed=redeemed,
        coupon_order=coupon_order,
        contact_share=contact_share,
        contact_cost=_amount(contact_cost, contact_currency),
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


@doors.door("GET", "/v1/reports/demand", roles=ROLES, shape=Shape(answers={200: DemandReport, 304: None}))
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
    """The stretch of time. Raises RefusedError."""
    today = call.desk.services.calendar.day(call.desk.now())
    begins, ends = since or first_of_months(today), until or today + timedelta(days=1)
    days = (("since", begins), ("until", ends))
    if faults := [f"{name}: {fault}" for name, day in days if (fault := fault_of_year(day))]:
        raise RefusedError(faults)
    if begins >= ends:
        raise RefusedError([f"since, until: {begins} is not before {ends}"])
    return begins, ends


def _amount(text: str | None, currency: str) -> Decimal | None:
    """What a contact costs. Raises RefusedError."""
    if text is None:
        return None
    if currency not in DIGITS:
        raise RefusedError(["contact_currency: must be a currency, like EUR"])
    try:
        amount = amount_of(text)
    except ValueError as error:
        raise RefusedError([f"contact_cost: {error}"]) from None
    if fault := fault_of_amount(amount, currency):
        raise RefusedError([f"contact_cost: {fault}"])
    return amount
