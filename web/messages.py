"""Messages that have not gone, and the channels by which they go."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder import schemas
from backorder.domain.notifications import KINDS
from backorder.domain.policy.policy import CHANNELS
from backorder.errors import RejectedError, UnknownError
from backorder.queries.message_list import STATES, MessageFilter, OpenMessage, message_list, read_place
from backorder.queries.messages import message as whole_message
from backorder.queries.messages import speaks_for, whole_id
from backorder.queries.supply_lists import LIMIT
from backorder.queries.views import WholeMessage
from backorder.schemas.by_hand import PauseRequest, ResendRequest, WhyOnly
from backorder.storage.channels import ChannelView, all_channels
from starter.message_client import MessageChanged
from web.answers import answer, read
from web.calls import Call, CurrentCall, Doors, nothing
from web.lines import LINE, Cursor, Limit, Text
from web.page_cursors import of_this_list
from web.path_ids import id_of, line_of
from web.query_parameters import among
from web.record_faults import known_body
from web.shapes import Items, Shape

doors = Doors("messages")
MESSAGE = "/v1/messages/{id}"
CHANNEL = "/v1/channels/{name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageDone:
    """What became of a message that was taken back, or sent again.

    again: the ID of the one that goes in its place, "" for none. left_out: lines for which it is not said
    again, and why.
    """

    message: str
    verdict: str
    reason: str
    again: str
    left_out: Mapping[str, str]


def _done(changed: MessageChanged) -> Response:
    if changed.outcome.verdict == "rejected":
        raise RejectedError(changed.outcome.reason)
    return answer(
        MessageDone(
            message=changed.message,
            verdict=changed.outcome.verdict,
            reason=changed.outcome.reason,
            again=changed.again,
            left_out=changed.left_out,
        )
    )


@doors.door(
    "GET",
    "/v1/messages",
    roles=("agent",),
    shape=Shape(answers={200: Items[OpenMessage], 304: None}),
    together=of_this_list(read_place),
)
async def list_messages(
    call: CurrentCall,
    state: Annotated[
        Text, among(STATES), Query(description=f"One of {', '.join(STATES)}; all of them without it.")
    ] = "",
    channel: Annotated[Text, among(CHANNELS)] = "",
    kind: Annotated[Text, among(KINDS)] = "",
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> Response:
    """List messages that have not gone: why, and when each is tried next."""
    wanted = MessageFilter(states=(state,) if state else (), channel=channel, kind=kind)
    database, now = call.desk.services.database, call.desk.now()
    page = await call.work(lambda: message_list(database, wanted, now, cursor=cursor, limit=limit))
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))


@doors.door(
    "GET",
    MESSAGE,
    roles=("agent",),
    shape=Shape(answers={200: WholeMessage, 304: None}, problems=(404,)),
)
async def show_message(call: CurrentCall, id: str) -> Response:
    """Show a message as its reader has it, with every send of it.

    A beginning of its ID that no other has will do.
    """
    named, database = id_of(id, "message"), call.desk.services.database
    return read(call.request, await call.work(lambda: whole_message(database, named)))


@doors.door(
    "POST",
    MESSAGE + "/cancel",
    roles=("agent",),
    shape=Shape(
        body=WhyOnly,
        example={"reason": "told by phone"},
        optional=True,
        answers={200: MessageDone},
        problems=(404, 409),
    ),
)
async def cancel_message(call: CurrentCall, id: str) -> Response:
    """Take a message back that has not gone."""
    named, asked = id_of(id, "message"), await known_body(call, WhyOnly, empty=True)
    # A beginning that no other has will do: what is written down is about the message that it names.
    id = await call.read(lambda open: whole_id(open, named))
    taken = schemas.MessageTakenBack(actor=call.actor, reason=asked.reason)
    return _done(await call.act("message", id, lambda: call.desk.client.cancel_message(id, taken)))


@doors.door(
    "POST",
    LINE + "/messages/{id}/resend",
    roles=("agent",),
    shape=Shape(
        body=ResendRequest,
        example={"reason": "deleted by mistake"},
        optional=True,
        answers={200: MessageDone},
        problems=(404, 409),
    ),
)
async def resend_message(call: CurrentCall, order: str, line: str, id: str) -> Response:
    """Have a message sent once more, in the words that are true now."""
    backorder, id = line_of(order, line), id_of(id, "message")
    asked = await known_body(call, ResendRequest, empty=True)
    resend = schemas.MessageResend(request_id=call.own_id("resend"), actor=call.actor, reason=asked.reason)
    if not await call.read(lambda open: speaks_for(open, id, backorder)):
        raise UnknownError(f"there is no message of this line {id}")
    return _done(await call.act("backorder", backorder, lambda: call.desk.client.resend_message(id, resend)))


async def _channels(call: Call) -> tuple[ChannelView, ...]:
    services, now = call.desk.services, call.desk.now()
    return tuple(await call.work(lambda: all_channels(services.engine, now, services.clock().rate)))


async def _channel(call: Call, name: str) -> Response:
    found = [each for each in await _channels(call) if each.name == name]
    return answer(found[0])


@doors.door(
    "GET", "/v1/channels", roles=("admin",), shape=Shape(answers={200: Items[ChannelView], 304: None})
)
async def list_channels(call: CurrentCall) -> Response:
    """List the channels: how each stands, since when, why, and what waits for it."""
    return read(call.request, Items(items=await _channels(call), cursor=None))


@doors.door(
    "POST",
    CHANNEL + "/pause",
    roles=("admin",),
    shape=Shape(
        body=PauseRequest,
        example={"reason": "the account is being moved"},
        optional=True,
        answers={200: ChannelView},
        problems=(404,),
    ),
)
async def pause_channel(call: CurrentCall, name: str) -> Response:
    """Send nothing by a channel until somebody lets it go on, or until then."""
    _is_channel(name)
    asked = await known_body(call, PauseRequest, empty=True)
    pause = schemas.ChannelPause(by=call.actor, reason=asked.reason, until=asked.until)
    await call.act("channel", name, lambda: _ignored(call.desk.client.pause_channel(name, pause)), nothing)
    return await _channel(call, name)


@doors.door(
    "POST", CHANNEL + "/resume", roles=("admin",), shape=Shape(answers={200: ChannelView}, problems=(404,))
)
async def resume_channel(call: CurrentCall, name: str) -> Response:
    """Let a channel go on, with everything that waits for it."""
    _is_channel(name)
    await call.act(
        "channel", name, lambda: _ignored(call.desk.client.resume_channel(name, by=call.actor)), nothing
    )
    return await _channel(call, name)


def _is_channel(name: str) -> None:
    if name not in CHANNELS:
        raise UnknownError(f"there is no channel {name}")


async def _ignored(change: Awaitable[object]) -> None:
    await change
