"""The addresses to which nothing, or no promotion, goes any more."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder.domain.policy.policy import CHANNELS
from backorder.queries.supply_lists import LIMIT
from backorder.queries.suppression_list import read_place, suppression_list
from backorder.queries.views import SuppressionView
from web.answers import read
from web.calls import CurrentCall, Doors
from web.lines import Cursor, Limit, Text
from web.page_cursors import of_this_list
from web.query_parameters import among
from web.shapes import Items, Shape

doors = Doors("messages")


@doors.door(
    "GET",
    "/v1/suppressions",
    roles=("agent",),
    shape=Shape(answers={200: Items[SuppressionView], 304: None}),
    together=of_this_list(read_place),
)
async def list_suppressions(
    call: CurrentCall,
    channel: Annotated[Text, among(CHANNELS)] = "",
    address: Annotated[Text, Query(description="One address or number alone, in any form.")] = "",
    lifted: Annotated[bool, Query(description="Those that are off the list again, too.")] = False,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> Response:
    """List the addresses to which nothing, or no promotion, goes any more, the newest first: since when, why,
    and who says so."""
    page = await call.read(
        lambda open: suppression_list(
            open, channel=channel, address=address, lifted=lifted, cursor=cursor, limit=limit
        )
    )
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))
