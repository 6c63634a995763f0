"""The outbox of the embedded stack: every message as its customer sees it. On that machine alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from functools import cache
from importlib.resources import files
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from backorder.domain.zones import zone_of
from backorder.queries.outbox import OutboxRow, mail_of, outbox
from backorder.storage.engine import reading
from web.desk import Desk, desk_of
from web.failures import HttpError

T = TypeVar("T")

router = APIRouter(prefix="/outbox", include_in_schema=False)
WIDTHS = {"narrow": "a phone, 360 pixels", "wide": "a screen"}
"""How wide mails are shown."""
_HERE = ("127.0.0.1", "localhost", "::1")
_LINK = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])")
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_USUAL = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
_PAGE = {
    "content-security-policy": "default-src 'none'; style-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
_MAIL = {
    "content-security-policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
}


@cache
def _templates() -> Environment:
    found = Environment(loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined)
    found.globals["widths"] = WIDTHS
    found.filters["linked"] = _linked
    return found


@router.get("")
async def without_slash(request: Request) -> Response:
    """Where people look who type the address: the page is one slash further."""
    _here(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"outbox/{query}", status_code=308, headers=_USUAL)


@router.get("/")
async def page(request: Request, q: str = "", cursor: str | None = None, width: str = "wide") -> Response:
    """A page of messages."""
    desk = _here(request)
    chosen = width if width in WIDTHS else "wide"
    found = await _read(desk, lambda connection: outbox(connection, q=q, cursor=cursor or None))

    def here(**changes: str | None) -> str:
        asked = {"q": q, "cursor": cursor, "width": chosen} | changes
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    html = (
        _templates()
        .get_template("outbox.html")
        .render(
            shop=desk.settings.shop_name,
            stays=desk.settings.email == desk.settings.sms == "outbox",
            rows=[_with_link(desk, row) for row in found.rows],
            zone=zone_of_shop(desk),
            q=q,
            first=not cursor,
            older=here(cursor=found.next) if found.next else None,
            newest=here(cursor=None),
            as_width={name: here(width=name) for name in WIDTHS},
            width=chosen,
        )
    )
    return Response(html, headers=_USUAL | _PAGE, media_type="text/html")


@router.get("/style.css")
async def style(request: Request) -> Response:
    """How the page looks."""
    _here(request)
    content = files("web").joinpath("static", "outbox.css").read_bytes()
    return Response(content, headers=_USUAL, media_type="text/css")


@router.get("/{send}/mail")
async def mail(request: Request, send: str) -> Response:
    """One mail, by itself: no script runs in it, nothing is fetched, and its links open elsewhere."""
    desk = _here(request)
    html = _live(desk, await _read(desk, lambda connection: mail_of(connection, send)), send)
    base = '<base target="_blank">'
    found = _HEAD.sub(lambda head: head[0] + base, html, count=1)
    return Response(found if base in found else base + html, headers=_USUAL | _MAIL, media_type="text/html")


def _with_link(desk: Desk, row: OutboxRow) -> OutboxRow:
    """A message as its reader gets it: nowhere else is a link to be seen that opens."""
    return replace(row, text=_live(desk, row.text, row.send))


def _live(desk: Desk, text: str, send: str) -> str:
    links = desk.services.links
    return links.live(text, send) if links else text


def zone_of_shop(desk: Desk) -> tzinfo:
    """The zone by which instants are shown."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(zone_of(desk.settings.time_zone))


def _here(request: Request) -> Desk:
    """The desk, if it is on somebody's own machine and was asked for as such. Raises HttpError.

    A page elsewhere must not read it under a name of its own that leads here.
    """
    desk = desk_of(request)
    if not desk.embedded or request.url.hostname not in _HERE:
        raise HttpError(404, "there is no such path")
    return desk


async def _read(desk: Desk, query: Callable[[Connection], T]) -> T:
    def run() -> T:
        with reading(desk.services.engine) as connection:
            return query(connection)

    return await asyncio.to_thread(run)


def _linked(text: str) -> Markup:
    """A text with its addresses as links."""
    from markupsafe import Markup, escape

    pieces = _LINK.split(text)
    link = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>')
    return Markup("").join(
        link.format(each) if number % 2 else escape(each) for number, each in enumerate(pieces)
    )
