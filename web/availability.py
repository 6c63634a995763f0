"""A date before the customer buys: the one call that a shop's page makes itself, with a public key."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder.fields import Region, Text
from backorder.queries.availability_view import AvailabilityView
from backorder.schemas import AvailabilityQuestion
from backorder.schemas.questions import MOST_SKUS
from web.answers import read
from web.calls import CurrentCall, Doors
from web.shapes import Items, Shape

doors = Doors("availability")
AVAILABILITY = "/v1/availability"


@doors.door(
    "GET",
    AVAILABILITY,
    roles=("storefront",),
    shape=Shape(answers={200: Items[AvailabilityView], 304: None}),
)
async def read_availability(
    call: CurrentCall,
    sku: Annotated[
        list[Text],
        Query(
            description="A product; several times for several, 100 at most. What is no SKU is unknown.",
            max_length=MOST_SKUS,
        ),
    ],
    quantity: Annotated[int, Query(description="Units of each.", ge=1, le=1_000_000)] = 1,
    region: Annotated[
        Region | None,
        Query(description="Where they would go: an ISO 3166 region. The dates are the same for all."),
    ] = None,
) -> Response:
    """Read what a customer would be told who orders now.

    in_stock, backorder (with the window in which it ships), backorder_no_date, not_sold, or unknown: what a
    line hears that is opened at this version of the product, behind all who wait. Nothing is reserved.
    """
    raw = {"sku": sku, "quantity": quantity} | ({} if region is None else {"region": region})
    asked, services, now = call.parse(AvailabilityQuestion, raw), call.desk.services, call.desk.now()
    found = await call.work(lambda: services.availability.views(asked.sku, asked.quantity, now))
    return read(call.request, Items(items=found, cursor=None))
