"""What is asked of one line, and what is written down about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Never, cast

from starlette.responses import Response

from backorder import schemas
from backorder.domain.keys import parts
from backorder.errors import RejectedError
from backorder.ports import RequestOutcome
from backorder.storage import notes
from backorder.storage.notes import Note
from starter.client import AskedOutcome, Backorders
from web import line_examples as examples
from web.answers import answer
from web.calls import Call, CurrentCall, Doors
from web.lines import LINE, LINES
from web.path_ids import line_of
from web.paths import in_path
from web.record_faults import known_body
from web.shapes import RequestAnswered, Shape

doors = Doors("lines")
Submit = Callable[[Backorders, str, Never], Awaitable[AskedOutcome]]
"""A method of the client that asks something of a line, by its ID; it takes the model of its own row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """Something that may be asked of a line: its call, and how the client asks it."""

    name: str
    path: str
    roles: tuple[str, ...]
    model: type[schemas.LineRequest]
    submit: Submit
    summary: str
    example: Mapping[str, object]


ACTIONS: tuple[Action, ...] = (
    Action(
        name="cancel_backorder",
        path="cancel",
        roles=("orders", "agent"),
        model=schemas.Cancellation,
        submit=Backorders.cancel,
        summary="Cancel a line, or a part of it",
        example=examples.CANCELLATION,
    ),
    Action(
        name="report_shipment",
        path="shipments",
        roles=("orders",),
        model=schemas.Shipment,
        submit=Backorders.ship,
        summary="Report that the carrier holds units of a line",
        example=examples.SHIPMENT,
    ),
    Action(
        name="record_answer",
        path="answers",
        roles=("agent",),
        model=schemas.Answer,
        submit=Backorders.answer,
        summary="Hand in what the customer answered",
        example=examples.ANSWER,
    ),
    Action(
        name="take_back_cancellation",
        path="take-back",
        roles=("agent",),
        model=schemas.TakeBack,
        submit=Backorders.take_back,
        summary="Take back what the customer cancelled by link less than half an hour ago",
        example=examples.TAKE_BACK,
    ),
    Action(
        name="rule_on_swap",
        path="swap",
        roles=("orders",),
        model=schemas.SwapOutcome,
        submit=Backorders.swap,
        summary="Say that what the customer took instead is taken over, or cannot be sent",
        example=examples.SWAP_OUTCOME,
    ),
    Action(
        name="claim_coupon",
        path="coupons/claim",
        roles=("agent",),
        model=schemas.CouponClaim,
        submit=Backorders.claim_coupon,
        summary="Give out the code of a coupon that waits on the customer's page",
        example=examples.COUPON_CLAIM,
    ),
    Action(
        name="send_now",
        path="send-now",
        roles=("agent",),
        model=schemas.SendNow,
        submit=Backorders.send_now,
        summary="Have what is there sent before the rest, where the policy lets the customer choose that",
        example=examples.SEND_NOW,
    ),
    Action(
        name="report_refund",
        path="refunds",
        roles=("orders",),
        model=schemas.RefundReport,
        submit=Backorders.refund,
        summary="Report money that was sent back, or that did not arrive",
        example=examples.REFUND,
    ),
    Action(
        name="refuse_delivery",
        path="delivery-refusal",
        roles=("orders", "agent"),
        model=schemas.DeliveryRefusal,
        submit=Backorders.refuse_delivery,
        summary="Say that the shop does not deliver, so that the customer may end the contract at once",
        example=examples.DELIVERY_REFUSAL,
    ),
    Action(
        name="decide_force_majeure",
        path="force-majeure",
        roles=("agent",),
        model=schemas.ForceMajeure,
        submit=Backorders.force_majeure,
        summary="Refuse a refund since an event beyond the shop's control excuses the late delivery",
        example=examples.FORCE_MAJEURE,
    ),
    Action(
        name="report_payment",
        path="payment",
        roles=("orders",),
        model=schemas.PaymentReport,
        submit=Backorders.payment,
        summary="Report how the payment of a line stands",
        example=examples.PAYMENT,
    ),
    Action(
        name="record_notice",
        path="notices",
        roles=("agent",),
        model=schemas.NoticeGiven,
        submit=Backorders.notice,
        summary="Record a call or a letter by which the customer was told",
        example=examples.NOTICE,
    ),
    Action(
        name="make_promise",
        path="promise",
        roles=("agent",),
        model=schemas.PromiseMade,
        submit=Backorders.promise,
        summary="Promise a day that the forecast does not say, with what it rests on",
        example=examples.PROMISE,
    ),
    Action(
        name="hold_messages",
        path="hold",
        roles=("agent",),
        model=schemas.HoldRequest,
        submit=Backorders.hold,
        summary="Send no messages for a while; legal ones excepted",
        example=examples.HOLD,
    ),
)
"""One row an action."""


def outcome_answer(backorder: str, request: str, outcome: RequestOutcome) -> Response:
    """What became of a request: 200, or 202 with the address of its outcome. Raises RejectedError."""
    if outcome.verdict == "rejected":
        raise RejectedError(outcome.reason, terms=outcome.terms)
    url = f"{LINES}/{in_path(*parts(backorder))}/requests/{in_path(request)}"
    body = RequestAnswered(
        backorder=backorder,
        request=request,
        verdict=outcome.verdict,
        effect=outcome.verdict == "accepted",
        reason=outcome.reason,
        url=url,
    )
    return answer(body, 202 if outcome.verdict == "pending" else 200, {"location": url})


def _register(action: Action) -> None:
    # The method of a row takes the model of that row.
    submit = cast("Callable[[Backorders, str, schemas.LineRequest], Awaitable[AskedOutcome]]", action.submit)

    async def handler(call: CurrentCall, order: str, line: str) -> Response:
        backorder = line_of(order, line)
        usual = {"request_id": call.own_id("request")} if action.model.names == "request_id" else {}
        asked = await known_body(call, action.model, usual=usual, about=backorder)
        outcome = await call.act("backorder", backorder, lambda: submit(call.desk.client, backorder, asked))
        return outcome_answer(backorder, outcome.request, outcome)

    handler.__name__ = action.name
    handler.__doc__ = f"{action.summary}."
    shape = Shape(
        body=action.model,
        example=action.example,
        answers={200: RequestAnswered, 202: RequestAnswered},
        problems=(404, 409),
        made_up=("request_id",) if action.model.names == "request_id" else (),
    )
    doors.door("POST", f"{LINE}/{action.path}", roles=action.roles, shape=shape)(handler)


for each in ACTIONS:
    _register(each)


@doors.door(
    "POST",
    LINE + "/notes",
    roles=("agent",),
    shape=Shape(
        body=schemas.NoteText,
        example=examples.NOTE,
        answers={200: Note, 201: Note},
        problems=(404, 409),
        made_up=("request_id", "actor"),
    ),
)
async def leave_note(call: CurrentCall, order: str, line: str) -> Response:
    """Leave a note on a line for whoever looks at it next; no customer reads it."""
    return await note_of_line(call, line_of(order, line))


async def note_of_line(call: Call, backorder: str) -> Response:
    """Keep the note of a call on a line: 201 for a new one, 200 for one that was kept."""
    left = await note_of(call)
    again = await call.read(lambda open: notes.is_about_line(open, backorder, left.request_id))
    kept = await call.act("backorder", backorder, lambda: _note(call, backorder, left))
    return answer(kept, 200 if again else 201)


async def note_of(call: Call) -> schemas.NoteText:
    """The note that a call leaves."""
    usual = {"request_id": call.own_id("note"), "actor": call.actor}
    return await known_body(call, schemas.NoteText, usual=usual)


async def _note(call: Call, backorder: str, left: schemas.NoteText) -> Note:
    engine, now = call.desk.services.engine, call.desk.now()
    return await call.work(lambda: notes.about_line(engine, backorder, left, now))
