"""The addresses to which nothing, or no promotion, goes any more: listed, put there, and taken off."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder.domain.policy.policy import CHANNELS
from backorder.queries.supply_lists import LIMIT
from backorder.queries.suppression_list import read_place, suppression_list
from backorder.queries.views import SuppressionView
from backorder.schemas.suppressions import Suppressed, SuppressionLifted
from web.answers import answer, read
from web.calls import Call, CurrentCall, Doors
from web.lines import Cursor, Limit, Text
from web.page_cursors import of_this_list
from web.query_parameters import among
from web.record_faults import known_body
from web.shapes import Items, Shape

doors = Doors("messages")
SUPPRESSIONS = "/v1/suppressions"


@doors.door(
    "GET",
    SUPPRESSIONS,
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


async def _on_record(call: Call, channel: str, address: str) -> tuple[SuppressionView, ...]:
    """All that is on record of an address, what is off the list again too."""
    page = await call.read(lambda open: suppression_list(open, channel=channel, address=address, lifted=True))
    return tuple(page.rows)


@doors.door(
    "POST",
    SUPPRESSIONS,
    roles=("agent",),
    shape=Shape(
        body=Suppressed,
        example={"channel": "email", "address": "ann@example.com", "reason": "asked on the phone"},
        answers={201: SuppressionView, 200: SuppressionView},
        made_up=("by",),
    ),
)
async def suppress_address(call: CurrentCall) -> Response:
    """Let nothing, or no promotion, go to an address any more.

    One that is on the list already stays as it is: 200, with what the list says of it. The address stands in
    the body alone, and in no path, log or audit.
    """
    wanted = await known_body(call, Suppressed, usual={"by": call.actor})

    async def unchanged() -> bool:
        return False

    new = await call.act(
        "suppression", wanted.channel, lambda: call.desk.client.suppress_address(wanted), unchanged
    )
    found = await _on_record(call, wanted.channel, wanted.address)
    same = [each for each in found if each.cause == wanted.cause]
    # An address that was erased may be on it a second time, by its hash.
    return answer(min(same, key=lambda each: each.lifted_at is not None), 201 if new else 200)


@doors.door(
    "POST",
    SUPPRESSIONS + "/lift",
    roles=("agent",),
    shape=Shape(
        body=SuppressionLifted,
        example={"channel": "email", "address": "ann@example.com"},
        answers={200: Items[SuppressionView]},
        made_up=("by",),
    ),
)
async def lift_suppression(call: CurrentCall) -> Response:
    """Let messages go to an address again; what could not be delivered and still matters goes at once.

    It answers with all that was on the list for the address, none where it never was. Who said STOP has to
    text START as well: the carrier lets nothing through before.
    """
    wanted = await known_body(call, SuppressionLifted, usual={"by": call.actor})

    async def unchanged() -> int:
        return 0

    await call.act(
        "suppression", wanted.channel, lambda: call.desk.client.lift_suppression(wanted), unchanged
    )
    return answer(Items(items=await _on_record(call, wanted.channel, wanted.address), cursor=None))
