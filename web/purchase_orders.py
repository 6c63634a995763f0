"""Purchase orders: what is on its way, what suppliers say of it, and what arrives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder import schemas
from backorder.queries import catalogue, supply_lists
from backorder.queries.catalogue import PurchaseOrderView
from backorder.queries.supply_lists import SupplyLine
from backorder.schemas.purchase_order_calls import (
    DateDecision,
    LineReassignment,
    PurchaseOrderCancellation,
)
from backorder.services.supplier_dates import DatesEffect
from backorder.storage.acting import snapshot, version_of
from web import supply_examples as examples
from web.answers import answer, read
from web.calls import Call, CurrentCall, Doors, nothing
from web.effects import EffectView, effects_of
from web.lines import Cursor, Limit, Text
from web.page_cursors import of_this_list
from web.path_ids import id_of, new_id_of
from web.products import Preview, Stocked, booked, put
from web.record_faults import known_body
from web.shapes import Items, Shape

doors = Doors("supply")
ORDERS = "/v1/purchase-orders"
ORDER = ORDERS + "/{id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DatesStated:
    """Whom a stated date concerns, in queue order. waits_for_buyer: why customers do not hear of it yet.

    preview: nothing of it was written.
    """

    purchase_order: str
    line: str
    preview: bool
    waits_for_buyer: str
    effects: tuple[EffectView, ...]


async def _order(call: Call, id: str) -> tuple[PurchaseOrderView, str]:
    today = call.desk.services.calendar.day(call.desk.now())
    return await call.read(
        lambda open: (
            catalogue.purchase_order(open, id, today),
            version_of(snapshot(open, "purchase_order", id)),
        )
    )


@doors.door(
    "GET",
    ORDERS,
    roles=("supply", "agent"),
    shape=Shape(answers={200: Items[SupplyLine], 304: None}),
    together=of_this_list(supply_lists.read_place, "late"),
)
async def list_purchase_orders(
    call: CurrentCall,
    supplier: Text = "",
    sku: Text = "",
    late: Annotated[bool, Query(description="Their day is over; the longest first.")] = False,
    open: Annotated[
        bool, Query(description="Only lines of which units are still to come; false: all of them.")
    ] = True,
    cursor: Cursor = None,
    limit: Limit = supply_lists.LIMIT,
) -> Response:
    """List purchase-order lines, by order and line (late ones: by their day)."""
    wanted = supply_lists.Lines(supplier=supplier, sku=sku, late=late, open=open)
    today = call.desk.services.calendar.day(call.desk.now())
    page = await call.read(
        lambda at: supply_lists.supply_lines(at, wanted, today, cursor=cursor, limit=limit)
    )
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))


@doors.door(
    "GET",
    ORDER,
    roles=("supply", "agent"),
    shape=Shape(answers={200: PurchaseOrderView, 304: None}, problems=(404,)),
)
async def read_purchase_order(call: CurrentCall, id: str) -> Response:
    """Read a purchase order with its lines, and with who waits for them and what waits for the buyer."""
    found, version = await _order(call, id_of(id, "purchase order"))
    return read(call.request, found, version=version)


@doors.door(
    "PUT",
    ORDER,
    roles=("supply",),
    shape=Shape(
        body=schemas.PurchaseOrder,
        example=examples.PURCHASE_ORDER,
        answers={200: PurchaseOrderView, 201: PurchaseOrderView},
        problems=(404, 409, 412),
        left_out=("id",),
    ),
)
async def put_purchase_order(
    call: CurrentCall,
    id: str,
    drop: Annotated[bool, Query(description="Give up what is on record and not said here.")] = False,
) -> Response:
    """Keep a purchase order with all its lines.

    What is on record and not said here would be given up: that is 409, with what it is, unless `drop` says
    that it is meant: units, where they go, what the supplier of before stated. Nothing is ever put below what
    was received.
    """
    id = new_id_of(id)
    order = await known_body(call, schemas.PurchaseOrder, {"id": id})

    async def keep() -> None:
        await call.desk.client.purchase_order(order, drop=drop)

    await call.act("purchase_order", id, keep, nothing, skus=[line.sku for line in order.lines])
    return put(call, *await _order(call, id))


@doors.door(
    "POST",
    ORDER + "/dates",
    roles=("supply",),
    shape=Shape(
        body=schemas.StatedDates,
        example=examples.DATES,
        answers={200: DatesStated},
        problems=(404, 409),
        left_out=("purchase_order",),
    ),
)
async def state_dates(
    call: CurrentCall,
    id: str,
    preview: Annotated[bool, Query(description="Say who would hear what, and write nothing.")] = False,
) -> Response:
    """Write down what a supplier says about a line. What was said before stays on record."""
    id = id_of(id, "purchase order")
    stated = await known_body(call, schemas.StatedDates, {"purchase_order": id})
    client, dates, now = call.desk.client, call.desk.services.dates, call.desk.now()

    async def again() -> DatesEffect:
        return await call.work(lambda: dates.as_it_stands(stated))

    if preview:
        await _order(call, id)
        found = await call.work(lambda: dates.preview(stated, now))
    else:
        found = await call.act(
            "purchase_order", id, lambda: client.stated_dates(stated), again, must_exist=True
        )
    return _stated(stated, found, preview=preview)


def _stated(stated: schemas.StatedDates, found: DatesEffect, *, preview: bool) -> Response:
    dates = DatesStated(
        purchase_order=stated.purchase_order,
        line=stated.line,
        preview=preview,
        waits_for_buyer=found.waits_for_buyer,
        effects=effects_of(found.effects),
    )
    return answer(dates)


@doors.door(
    "POST",
    ORDER + "/decisions",
    roles=("supply",),
    shape=Shape(
        body=DateDecision,
        example=examples.DECISION,
        answers={200: PurchaseOrderView},
        problems=(404, 409, 412),
    ),
)
async def decide_dates(call: CurrentCall, id: str) -> Response:
    """Approve or reject a date that waits for the buyer.

    `revision`, or `If-Match` with the order's `ETag`, makes sure that it is the one that they looked at: a
    newer date of the supplier's takes the place of one that waits.
    """
    id = id_of(id, "purchase order")
    asked = await known_body(call, DateDecision, about=id)
    approve, by, client = asked.decision == "approve", call.actor, call.desk.client

    async def decide() -> None:
        await client.decide_dates(id, asked.line, approve=approve, by=by, revision=asked.revision)

    await call.act("purchase_order", id, decide, nothing, must_exist=True)
    return answer((await _order(call, id))[0])


@doors.door(
    "POST",
    ORDER + "/reassign",
    roles=("supply",),
    shape=Shape(
        body=LineReassignment,
        example=examples.REASSIGNMENT,
        answers={200: PurchaseOrderView, 201: PurchaseOrderView},
        problems=(404, 409),
    ),
)
async def reassign_line(call: CurrentCall, id: str) -> Response:
    """Order what is outstanding of a line from another supplier. Answers with the new order."""
    id = id_of(id, "purchase order")
    client = call.desk.client
    asked = await known_body(call, LineReassignment, about=id)

    async def reassign() -> bool:
        return await client.reassign(id, asked.line, supplier=asked.supplier, new_order=asked.new_order)

    async def done_before() -> bool:
        return False

    also = [("purchase_order", asked.new_order)]
    new = await call.act("purchase_order", id, reassign, done_before, must_exist=True, also=also)
    return answer((await _order(call, asked.new_order))[0], 201 if new else 200)


@doors.door(
    "POST",
    ORDER + "/cancel",
    roles=("supply",),
    shape=Shape(
        body=PurchaseOrderCancellation,
        example=examples.CANCELLATION,
        answers={200: PurchaseOrderView},
        problems=(404, 409),
    ),
)
async def cancel_purchase_order(call: CurrentCall, id: str) -> Response:
    """Cancel what has not arrived of a purchase order, or of one of its lines."""
    id = id_of(id, "purchase order")
    client = call.desk.client
    asked = await known_body(call, PurchaseOrderCancellation, about=id)

    async def cancel() -> None:
        await client.cancel_purchase_order(id, asked.line, reason=asked.reason)

    await call.act("purchase_order", id, cancel, nothing, must_exist=True)
    return answer((await _order(call, id))[0])


@doors.door(
    "POST",
    ORDER + "/receipts",
    roles=("supply",),
    shape=Shape(
        body=schemas.Receipt,
        example=examples.RECEIPT,
        answers={200: Stocked, 201: Stocked},
        problems=(404, 409),
        left_out=("purchase_order",),
    ),
)
async def book_receipt(call: CurrentCall, id: str, preview: Preview = False) -> Response:
    """Book goods in: they are set aside for the queue at once. More than was ordered is taken and flagged."""
    id = id_of(id, "purchase order")
    receipt = await known_body(call, schemas.Receipt, {"purchase_order": id})
    stock, now = call.desk.services.stock, call.desk.now()
    show = partial(stock.receive, receipt, now, preview=True)
    book = partial(call.desk.client.receive, receipt)
    return await booked(call, ("purchase_order", id), show, book, preview=preview)


@doors.door(
    "POST",
    ORDER + "/returns",
    roles=("supply",),
    shape=Shape(
        body=schemas.SupplyReturn,
        example=examples.RETURN,
        answers={200: Stocked, 201: Stocked},
        problems=(404, 409),
        left_out=("purchase_order",),
    ),
)
async def return_goods(call: CurrentCall, id: str, preview: Preview = False) -> Response:
    """Reverse a receipt, in full or in part: goods that went back to the supplier, or never came."""
    id = id_of(id, "purchase order")
    sent = await known_body(call, schemas.SupplyReturn, {"purchase_order": id})
    stock, now = call.desk.services.stock, call.desk.now()
    show = partial(stock.send_back, sent, now, preview=True)
    book = partial(call.desk.client.send_back, sent)
    return await booked(call, ("purchase_order", id), show, book, preview=preview)
