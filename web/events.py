"""Events: the feed for who reads, and the receivers that are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder.queries.audit import said_before
from backorder.queries.event_feed import FURTHEST, LIMIT, MOST, FeedEvent, fault_of_type
from backorder.queries.receiver_list import ReceiverView, receiver_list
from backorder.schemas.receivers import WantedReceiver
from backorder.services.receivers import RESENT, ReceiverChanged
from backorder.storage.counting_once import KEPT
from backorder.storage.deliveries import given_up
from web.answers import answer, read
from web.calls import CurrentCall, Doors, nothing
from web.path_ids import id_of, new_id_of
from web.query_parameters import each_checked
from web.record_faults import known_body
from web.row_versions import with_version
from web.shapes import Items, Shape

doors = Doors("events")
RECEIVERS = "/v1/receivers"
RECEIVER = RECEIVERS + "/{id}"
EXAMPLE: Mapping[str, object] = {"url": "https://shop.example/events", "types": ["backorder.cancelled"]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """Events in their order. after: the position to ask for next; nothing before it is left out.

    more: there is another event already.
    """

    items: tuple[FeedEvent, ...]
    after: int
    more: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiverKept:
    """A receiver. secret: what its events are signed with, shown this once; null where it stays as it was.

    remark: what to know of it, as where its address cannot be looked up right now.
    """

    id: str
    url: str
    types: tuple[str, ...]
    acknowledges: bool
    secret: str | None
    remark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretRotated:
    """Another secret, shown this once. The one of before signs too until then (machine time)."""

    id: str
    secret: str
    old_secret_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryAgain:
    """An event that goes to a receiver again."""

    receiver: str
    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveriesAgain:
    """How many events go to a receiver again. left: how many are given up still; the next call sends them."""

    receiver: str
    sent: int
    left: int


@doors.door("GET", "/v1/events", roles=("orders",), shape=Shape(answers={200: Feed, 304: None}))
async def read_events(
    call: CurrentCall,
    after: Annotated[
        int, Query(ge=0, le=FURTHEST, description="The position behind which to begin; 0 for all.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Events of the page, at most.")] = LIMIT,
    type: Annotated[
        Sequence[str] | None,
        Query(max_length=100, description="Only these types, like backorder.cancelled."),
        each_checked(lambda given: fault_of_type(given).removeprefix("type: ")),
    ] = None,
) -> Response:
    """Read events in the order of their positions.

    A key that acknowledges takes over everything up to `after`: what waits for that goes on. No event is
    missed by who asks each time for what is behind the last `after` of an answer.
    """
    page = await call.desk.client.read_events(
        after=after, limit=limit, types=tuple(type or ()), key=call.key.id
    )
    return read(call.request, Feed(items=tuple(page.events), after=page.after, more=page.more))


@doors.door("GET", RECEIVERS, roles=("admin",), shape=Shape(answers={200: Items[ReceiverView], 304: None}))
async def list_receivers(call: CurrentCall) -> Response:
    """List the receivers of events, with what each has not taken."""
    database = call.desk.services.database
    found = await call.work(lambda: receiver_list(database))
    return read(call.request, Items(items=tuple(found), cursor=None))


@doors.door(
    "PUT",
    RECEIVER,
    roles=("admin",),
    shape=Shape(
        body=WantedReceiver,
        example=EXAMPLE,
        left_out=("id",),
        answers={200: ReceiverKept, 201: ReceiverKept},
        problems=(409, 412),
    ),
)
async def put_receiver(call: CurrentCall, id: str) -> Response:
    """Make a receiver, or change one.

    A new one gets what happens from now on, and its secret stands in this answer alone; the same idempotency
    key again answers with it, for who did not get the answer. Its address must be public, unless the settings
    allow private ones.
    """
    receivers = call.desk.services.receivers
    wanted = await known_body(
        call,
        WantedReceiver,
        {"id": new_id_of(id)},
        besides=lambda left: receivers.faults(left.id, left.url),
    )
    client = call.desk.client
    changed = await call.act(
        "receiver",
        wanted.id,
        lambda: client.put_receiver(wanted),
        lambda: client.receiver_as_it_stands(wanted.id),
    )
    made = call.done_before is not None and call.done_before <= changed.receiver.created_at
    if made:  # by the call whose answer was lost, and with it the secret
        changed = replace(changed, secret=changed.receiver.secret)
    return with_version(call, answer(_kept(changed), 201 if changed.secret else 200))


def _kept(changed: ReceiverChanged) -> ReceiverKept:
    found = changed.receiver
    return ReceiverKept(
        id=found.id,
        url=found.url,
        types=found.types,
        acknowledges=found.acknowledges,
        secret=changed.secret or None,
        remark=changed.remark,
    )


@doors.door("DELETE", RECEIVER, roles=("admin",), shape=Shape(answers={204: None}, problems=(404, 409, 412)))
async def remove_receiver(call: CurrentCall, id: str) -> Response:
    """Send nothing more to a receiver, and wait for it no longer. What it has not taken is dropped."""
    id = id_of(id, "receiver")

    async def remove() -> None:
        await call.desk.client.remove_receiver(id)

    await call.act("receiver", id, remove, nothing)
    return Response(status_code=204)


@doors.door(
    "POST",
    RECEIVER + "/rotate",
    roles=("admin",),
    shape=Shape(answers={200: SecretRotated}, problems=(404, 409)),
)
async def rotate_secret(call: CurrentCall, id: str) -> Response:
    """Give a receiver another secret; the one of before signs too for 24 hours.

    The same idempotency key again changes nothing, and answers with the secret as it stands: otherwise who
    did not get the answer would have no secret, and the one that the receiver knows would sign no more.
    """
    id, client = id_of(id, "receiver"), call.desk.client
    changed = await call.act(
        "receiver", id, lambda: client.rotate_receiver(id), lambda: client.receiver_as_it_stands(id)
    )
    found = changed.receiver
    return answer(SecretRotated(id=id, secret=found.secret, old_secret_until=found.old_secret_until))


@doors.door(
    "POST",
    RECEIVER + "/deliveries/{event}/resend",
    roles=("admin",),
    shape=Shape(answers={200: DeliveryAgain}, problems=(404, 409)),
)
async def resend_delivery(call: CurrentCall, id: str, event: str) -> Response:
    """Send an event again to a receiver, whatever became of it.

    One of a type that the receiver gets no more is refused, until the receiver is put with that type.
    """
    id, event = id_of(id, "receiver"), id_of(event, "delivery")

    async def resend() -> None:
        await call.desk.client.resend_event(id, event)

    await call.act("delivery", f"{id}/{event}", resend, nothing)
    return answer(DeliveryAgain(receiver=id, id=event))


@doors.door(
    "POST",
    RECEIVER + "/resend",
    roles=("admin",),
    shape=Shape(answers={200: DeliveriesAgain}, problems=(404,)),
)
async def resend_given_up(call: CurrentCall, id: str) -> Response:
    """Send again to a receiver what was given up: 1,000 events at once, the first ones first.

    `left` says how many are given up still: call again, with another idempotency key, until it is 0. The same
    key again sends nothing, and answers the same; where nothing was sent, with what is left by then.
    """
    id, client, request = id_of(id, "receiver"), call.desk.client, call.own_id(RESENT)

    async def resend() -> DeliveriesAgain:
        resent = await client.resend_given_up(id, request)
        return DeliveriesAgain(receiver=id, sent=len(resent.events), left=resent.left)

    async def again() -> DeliveriesAgain:
        since = call.done_before or call.desk.now()
        known = await call.read(lambda open: said_before(open, "receiver", id, request, since - KEPT))
        if known is None:
            # There was nothing to send, or an earlier version sent it: what is left by now is to be sent.
            return DeliveriesAgain(receiver=id, sent=0, left=await call.read(lambda open: given_up(open, id)))
        return DeliveriesAgain(receiver=id, sent=int(str(known["sent"])), left=int(str(known["left"])))

    return answer(await call.act("receiver", id, resend, again, must_exist=True))
