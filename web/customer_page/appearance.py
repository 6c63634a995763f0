"""How the pages look and what stands around them: one style sheet, and headers that keep them private."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from backorder.messaging.colours import COLOUR, tint
from backorder.messaging.page import Reader, reader, spoken
from backorder.services.services import shop_of
from backorder.settings import Settings
from web.desk import Desk, desk_of
from web.header_lists import of_all_lines
from web.static_files import style_sheet

router = APIRouter(include_in_schema=False)
STYLE = "/static/page.css"
PRIVATE: Mapping[str, str] = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}
_DIALLED = re.compile(r"[^+0-9]")


@lru_cache(maxsize=16)
def _style(colour: str) -> tuple[bytes, str]:
    """The style sheet of a shop, and what names its content."""
    sheet = files("web").joinpath("static", "page.css").read_text(encoding="utf-8")
    if COLOUR.fullmatch(colour):
        shade = tint(colour)
        sheet += f":root{{--accent:{shade.light};--button:{shade.button};--on-button:{shade.on_button}}}\n"
        dark = f"--accent:{shade.dark};--button:{shade.night_button};--on-button:{shade.on_night_button}"
        sheet += f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    content = sheet.encode()
    return content, sha256(content).hexdigest()[:16]


@router.get(STYLE)
async def style(request: Request) -> Response:
    """How the pages look."""
    content, tag = _style(desk_of(request).settings.shop_colour)
    return style_sheet(request, content, f'"{tag}"')


def reader_of(request: Request, desk: Desk) -> Reader:
    """How somebody reads of whom nothing is known but their browser."""
    templates = desk.settings.templates
    return reader(spoken(of_all_lines(request, "accept-language") or "", templates), templates=templates)


def html(
    desk: Desk, language: Reader, template: str, values: Mapping[str, object], *, status: int = 200
) -> Response:
    """A page, with the shop around it."""
    settings = desk.settings
    found = language.page(template, shop_of(settings), {**_around(settings), **values})
    return Response(found, status_code=status, headers=PRIVATE, media_type="text/html")


def style_path(settings: Settings) -> str:
    """Where a shop's style sheet is, by its content."""
    return f"{STYLE}?{_style(settings.shop_colour)[1]}"


def _around(settings: Settings) -> Mapping[str, object]:
    return {
        "style": style_path(settings),
        "phone": settings.service_phone,
        "phone_link": _DIALLED.sub("", settings.service_phone),
        "hours": settings.service_hours,
        "returns": settings.returns_url,
        "said_now": None,
    }
