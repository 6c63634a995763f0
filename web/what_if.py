"""What would come of something that has not happened: asked by buyers before they do or accept it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from starlette.responses import Response

from backorder import schemas
from backorder.schemas.what_if import SupplierMove
from backorder.services.supply_effects import WaitingQueue
from backorder.services.what_if import SOURCE, Consequences, WaitsForBuyer, WhatIfs, new_receipt_id
from web import supply_examples as examples
from web.answers import answer
from web.calls import Call, CurrentCall, Doors
from web.effects import EffectView, effects_of
from web.record_faults import known_body
from web.shapes import Shape

doors = Doors("what-if")
ROLES = ("supply", "agent")


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueView:
    """Those who wait for units of a SKU.

    lines, units: that wait. dateless: lines of which nobody can say when. last: the day on which the last
    line with a date has all its units (P90).
    """

    lines: int
    units: int
    dateless: int
    last: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SkuView:
    """What would become of a SKU's queue, and the lines of it that would stand elsewhere, in queue order."""

    sku: str
    before: QueueView
    after: QueueView
    effects: tuple[EffectView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsequencesView:
    """What would come of it; nothing is written.

    hears: how many lines' customers would hear what, by kind of message. waits_for_buyer: dates of which
    customers would not hear before the buyer agrees. remarks: what to know of how it was worked out.
    """

    preview: bool
    hears: dict[str, int]
    waits_for_buyer: tuple[WaitsForBuyer, ...]
    skus: tuple[SkuView, ...]
    remarks: tuple[str, ...]


@doors.door(
    "POST",
    "/v1/what-if/date",
    roles=ROLES,
    shape=Shape(
        body=schemas.StatedDates,
        example=examples.IMAGINED_DATES,
        answers={200: ConsequencesView},
        made_up=("source",),
    ),
)
async def what_if_date(call: CurrentCall) -> Response:
    """Say what a supplier's date would lead to: who would hear what, and the queue. Nothing is written."""
    stated = await known_body(call, schemas.StatedDates, usual={"source": SOURCE})
    return await _asked(call, lambda what_if, now: what_if.date(stated, now))


@doors.door(
    "POST",
    "/v1/what-if/receipt",
    roles=ROLES,
    shape=Shape(
        body=schemas.Receipt,
        example=examples.IMAGINED_RECEIPT,
        answers={200: ConsequencesView},
        made_up=("receipt_id", "received_at"),
    ),
)
async def what_if_receipt(call: CurrentCall) -> Response:
    """Say what goods would lead to that arrive now. Nothing is written."""
    usual: Mapping[str, object] = {"receipt_id": new_receipt_id(), "received_at": call.desk.now()}
    receipt = await known_body(call, schemas.Receipt, usual=usual)
    return await _asked(call, lambda what_if, now: what_if.receipt(receipt, now))


@doors.door(
    "POST",
    "/v1/what-if/supplier",
    roles=ROLES,
    shape=Shape(body=SupplierMove, example=examples.SUPPLIER_MOVE, answers={200: ConsequencesView}),
)
async def what_if_supplier(call: CurrentCall) -> Response:
    """Say what a supplier would lead to who is late, early or gone with all they owe. Nothing is written."""
    move = await known_body(call, SupplierMove)
    return await _asked(call, lambda what_if, now: what_if.supplier(move, now))


async def _asked(call: Call, ask: Callable[[WhatIfs, datetime], Consequences]) -> Response:
    what_if, now = call.desk.services.what_if, call.desk.now()
    found = await call.work(lambda: ask(what_if, now))
    return answer(
        ConsequencesView(
            preview=True,
            hears=dict(found.hears),
            waits_for_buyer=found.waits_for_buyer,
            skus=tuple(
                SkuView(
                    sku=each.sku,
                    before=_queue(each.before),
                    after=_queue(each.after),
                    effects=effects_of(each.effects),
                )
                for each in found.moved
            ),
            remarks=found.remarks,
        )
    )


def _queue(found: WaitingQueue) -> QueueView:
    return QueueView(lines=found.lines, units=found.units, dateless=found.dateless, last=found.last)
