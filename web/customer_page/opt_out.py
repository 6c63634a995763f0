"""`/u/{token}`: no more promotions. GET and HEAD only render; one POST ends them (RFC 8058)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from jinja2.runtime import Macro
from starlette.responses import Response

from backorder.messaging.customer_links import OPT_OUT
from backorder.messaging.page import Reader, reader
from backorder.queries.customer_page import OptOut, opt_out_of
from backorder.services.page_contacts import stop_promotions
from backorder.services.services import machine_now
from backorder.storage.engine import reading
from web.customer_page.appearance import html, reader_of
from web.customer_page.opening import Link, opened
from web.customer_page.visit import PageNote, off_loop, on_one_line
from web.desk import Desk, desk_of

router = APIRouter(include_in_schema=False)


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
async def ask(request: Request, token: str) -> Response:
    """The page with the one button; where it was pressed already, what came of that."""
    desk, found = await _opened(request, token)
    return _page(request, desk, found, "opt_out_done" if found is not None and found.stopped else None)


@router.post("/u/{token}")
async def stop(request: Request, token: str) -> Response:
    """End promotions by that way; what is in the body does not matter, since mail programs press it too."""
    desk, found = await _opened(request, token)
    if found is not None:
        engine, now = desk.services.engine, machine_now()
        who = (found.customer, found.channel, found.address, found.send)
        await off_loop(lambda: stop_promotions(engine, *who, now))
    return _page(request, desk, found, "opt_out_done")


async def _opened(request: Request, token: str) -> tuple[Desk, OptOut | None]:
    return desk_of(request), await opened(request, OPT_OUT, token, _opt_out)


def _opt_out(link: Link) -> OptOut | None:
    with reading(link.desk.services.engine) as connection:
        return opt_out_of(connection, link.send)


def _page(request: Request, desk: Desk, found: OptOut | None, notice: str | None) -> Response:
    language = _language(request, desk, found)
    if found is None:
        return html(desk, language, "opt_out_dead_page", {}, status=404)
    note = None
    if notice:
        words: Macro = getattr(language.words, notice)
        note = PageNote("good", on_one_line(words(desk.settings.shop_name)))
    return html(desk, language, "opt_out_page", {"here": request.url.path, "said_now": note})


def _language(request: Request, desk: Desk, found: OptOut | None) -> Reader:
    if found is None:
        return reader_of(request, desk)
    return reader(found.locale, found.region, desk.settings.templates)
