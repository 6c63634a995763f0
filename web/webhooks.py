"""What providers call: signed over the raw bytes, each event once, and never answered with a 5xx of ours."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from starlette.responses import Response

from backorder import metrics
from backorder.messaging import sendgrid_events, twilio_callbacks, twilio_codes
from backorder.messaging.provider_reports import Brought
from backorder.services.services import machine_now
from backorder.services.take_text import is_number
from web.answers import answer
from web.bodies import bytes_of
from web.desk import Desk, desk_of
from web.failures import HttpError

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@router.post(sendgrid_events.PATH)
async def sendgrid(request: Request) -> Response:
    """SendGrid's events."""
    desk, now = desk_of(request), machine_now()
    raw = await bytes_of(request, sendgrid_events.LARGEST)
    signature, at = (
        request.headers.get(name) for name in (sendgrid_events.SIGNATURE, sendgrid_events.TIMESTAMP)
    )
    keys = [each for each in desk.settings.sendgrid_webhook_keys.split(",") if each.strip()]
    if not sendgrid_events.verified(keys, signature, at, raw, now):
        raise _unsigned("SendGrid")
    try:
        brought = sendgrid_events.events(raw, now)
    except ValueError as error:
        raise _unreadable(error) from None
    return answer(await _record(desk, "SendGrid", brought))


@router.post(twilio_callbacks.STATUS_PATH)
async def twilio_status(request: Request) -> Response:
    """What became of a text that Twilio took."""
    desk = desk_of(request)
    fields = await _twilio(desk, request, twilio_callbacks.STATUS_PATH)
    try:
        brought = twilio_callbacks.status(fields, request.url.query, twilio_codes.load(), machine_now())
    except ValueError as error:
        raise _unreadable(error) from None
    await _record(desk, "Twilio", brought)
    return Response(status_code=204)


@router.post(twilio_callbacks.INBOUND_PATH)
async def twilio_inbound(request: Request) -> Response:
    """A text that somebody sent."""
    desk = desk_of(request)
    fields = await _twilio(desk, request, twilio_callbacks.INBOUND_PATH)
    try:
        inbound = twilio_callbacks.inbound(fields)
    except ValueError as error:
        raise _unreadable(error) from None
    taken = await desk.client.take_text(inbound)
    if taken.meaning == "stop" and not is_number(inbound.sender):
        metrics.count("backorder_delivery_reports_total", 1, provider="Twilio", result="left_out")
    log.info(
        "a text came in%s", "" if taken.new else ", which had come before", extra={"asked": taken.meaning}
    )
    return Response(twilio_callbacks.reply(taken.answer), media_type="text/xml")


async def _twilio(desk: Desk, request: Request, path: str) -> twilio_callbacks.Form:
    """The fields of a call that Twilio signed. Raises HttpError.

    The signature is over the address that Twilio was given, whatever a proxy has made of it.
    """
    raw = await bytes_of(request, twilio_callbacks.LARGEST)
    unreadable, fields = None, list[tuple[str, str]]()
    try:
        fields = list(twilio_callbacks.form(raw, request.headers.get("content-type", "")))
    except ValueError as error:
        unreadable = error
    url = f"{desk.settings.public_url.rstrip('/')}{path}"
    if request.url.query:
        url = f"{url}?{request.url.query}"
    signature = request.headers.get(twilio_callbacks.SIGNATURE)
    if not twilio_callbacks.verified(desk.settings.twilio_auth_token, url, fields, signature):
        raise _unsigned("Twilio")
    if unreadable is not None:
        raise _unreadable(unreadable)
    if len(fields) > twilio_callbacks.MOST_FIELDS:
        raise HttpError(400, f"{twilio_callbacks.MOST_FIELDS} fields are the most, not {len(fields)}")
    return fields


async def _record(desk: Desk, provider: str, brought: Brought) -> dict[str, int]:
    recorded = await desk.client.record_reports(brought.reports)
    found = {
        "recorded": recorded.new,
        "known": recorded.known,
        "left_out": recorded.foreign + brought.left_out,
    }
    for result, how_many in found.items():
        metrics.count("backorder_delivery_reports_total", how_many, provider=provider, result=result)
    log.info("%s reported what became of messages", provider, extra=found)
    return found


def _unsigned(provider: str) -> HttpError:
    return HttpError(401, f"{provider} has not signed this, or the setting for its signature is another one")


def _unreadable(error: ValueError) -> HttpError:
    if isinstance(error, UnicodeError):
        return HttpError(400, "the body cannot be read: this is not its encoding")
    return HttpError(400, f"the body cannot be read: {error}")
