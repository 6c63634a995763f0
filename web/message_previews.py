"""How kinds of messages read, by examples, and the texts that are to be registered."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from backorder.domain.notifications import KINDS, Kind
from backorder.errors import RejectedError, UnknownError
from backorder.messaging.dlt import languages
from backorder.schemas import Preview
from backorder.services.message_previews import (
    NO_PAGES,
    MessagePreview,
    TextsToRegister,
    rendered_example,
    texts_to_register,
    view_of,
)
from web.answers import read
from web.calls import CurrentCall, Doors
from web.lines import Text
from web.path_ids import id_of
from web.query_parameters import among
from web.shapes import Shape

doors = Doors("messages")


@doors.door(
    "GET",
    "/v1/message-previews/{kind}",
    roles=("agent",),
    shape=Shape(answers={200: MessagePreview, 304: None}, problems=(404,)),
)
async def preview_message(
    call: CurrentCall,
    kind: Annotated[str, Path(description="A kind of message, like delayed.")],
    locale: Annotated[Text, Query(description="Like en_GB: its words and forms.")] = "en",
    india: Annotated[bool, Query(description="The text as it goes to a number in India (+91).")] = False,
) -> Response:
    """Read how a kind of message reads, from an example: on every channel by which it goes.

    The shop's name, page, colour and templates are those of the settings. Where its own templates cannot be
    rendered it answers 503, with each fault and its line.
    """
    if id_of(kind, "kind of message") not in KINDS:
        raise UnknownError(f"there is no kind of message {kind}: it is one of {', '.join(KINDS)}")
    found, wanted, settings = Kind(kind), call.parse(Preview, {"locale": locale}), call.desk.settings
    rendered = await call.work(lambda: rendered_example(settings, found, wanted.locale, india=india))
    return read(call.request, view_of(found, rendered))


@doors.door(
    "GET",
    "/v1/message-templates/dlt",
    roles=("agent",),
    shape=Shape(answers={200: TextsToRegister, 304: None}, problems=(409,)),
)
async def list_texts_to_register(
    call: CurrentCall,
    locale: Annotated[Text, among(languages()), Query(description="One language alone: en or hi.")] = "",
) -> Response:
    """List the texts that must be registered before they go to India (+91), where operators carry no others.

    409 where nobody said where the pages are to which they lead (BACKORDER_PUBLIC_URL).
    """
    settings = call.desk.settings
    if not settings.pages_at:
        raise RejectedError(NO_PAGES)
    return read(call.request, await call.work(lambda: texts_to_register(settings, locale or None)))
