"""`/s/{token}`: the supplier's page. GET and HEAD only render; an answer takes two POSTs."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from backorder import schemas
from backorder.errors import RefusedError
from backorder.messaging.page import SUPPLIER as WORDS
from backorder.messaging.page import reader, spoken
from backorder.schemas import parse
from backorder.services.supplier_answers import SupplierAnswer
from web.customer_page.appearance import PRIVATE, html
from web.customer_page.confirmation import NONCE, Confirmed
from web.customer_page.forms import Form, form_of, keep_step
from web.customer_page.visit import PageNote, off_loop
from web.desk import desk_of
from web.failures import HttpError
from web.header_lists import of_all_lines
from web.supplier_page.given import LONGEST_NOTE, MOST_ROWS, Fault, Given, Understood, understood
from web.supplier_page.lines import SupplierLineViews
from web.supplier_page.visit import SENT, Visit, read_anew, visit

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)
MOST, FIELDS = 256 * 1024, 4000
"""Bytes and fields of a form: fifty lines in many parts, each with a note."""
_AGAIN = {Confirmed.TOO_QUICK: "", Confirmed.NO_COOKIE: "no_cookie", Confirmed.WRONG_ORDER: "wrong_four"}
"""Why a second step is taken once more: words of this page where it asks for the number of an order."""


@router.api_route("/s/{token}", methods=["GET", "HEAD"])
async def page(request: Request, token: str, done: str = "") -> Response:
    """What a mail asked a supplier about."""
    found = await visit(request, token)
    if found is None:
        return _dead(request)
    said = await off_loop(lambda: found.said_now(done))
    return _shown(found, {}, note=PageNote("good", said) if said else None)


@router.post("/s/{token}")
async def answer(request: Request, token: str) -> Response:
    """The first or the second step of an answer."""
    form = await form_of(request, most=MOST, fields=FIELDS)
    found = await visit(request, token)
    if found is None:
        return _dead(request)
    try:
        request.state.limits = found.desk.page_limits.take(f"link/{found.page.send}")
        if form.get("do") == "edit" or form.get("more"):
            return _shown(found, form)
        return await (_second if NONCE in form else _first)(found, form)
    except HttpError as error:
        return _shown(found, form, note=PageNote("care", found.words("slow_down")), status=error.status)
    except RefusedError:
        return _shown(found, form, note=PageNote("care", found.words("faulty")), status=422)


async def _first(found: Visit, form: Form) -> Response:
    """Show what was understood, or all that is wrong."""
    read = understood(found.page, form, found.today)
    return _sound(found, form, read) or _confirm(found, read)


async def _second(found: Visit, form: Form) -> Response:
    """Write down what was said, once it is known to be a person who said it."""
    confirmations = found.confirmations(form)
    request = confirmations.name_of(form)
    step = confirmations.check(form, found.cookie, *(order for order, _ in found.page.named))
    if step in (Confirmed.FORGED, Confirmed.TOO_LATE):
        return _shown(found, form, note=PageNote("care", found.words("expired")), status=409)
    read = understood(found.page, form, found.today)
    if not await off_loop(lambda: found.is_on_record(request)):  # else the button was pressed twice
        if wrong := _sound(found, form, read):
            return wrong
        if step in _AGAIN:
            return _confirm(found, read, step=step)
        if not await found.desk.client.answer_by_link(found.page.send, _answers(found, read, request)):
            now = await read_anew(found)
            return _changed(now, form) if now is not None else _dead(found.request)
        log.info("a supplier answered by link", extra={"send": found.page.send, "lines": len(read.given)})
    # To the page, so that a reload repeats nothing.
    to = f"{found.here}?done={confirmations.receipt(SENT, form)}"
    return RedirectResponse(to, status_code=303, headers=PRIVATE)


def _sound(found: Visit, form: Form, read: Understood) -> Response | None:
    """The page once more where a form cannot be taken as it is; None where it can."""
    if read.outdated:
        return _changed(found, form)
    return _shown(found, form, faults=read.faults, status=422) if read.faults else None


def _changed(found: Visit, form: Form) -> Response:
    """The page as it stands now, with what was said of the lines that have not changed."""
    same = {each.number for each in found.page.lines if form.get(f"shown-{each.number}") == each.shown}
    kept = {name: value for name, value in form.items() if _line_of(name) in same}
    return _shown(found, kept, note=PageNote("care", found.words("changed")), status=409)


def _line_of(field: str) -> int | None:
    number = field.split("-")[1] if "-" in field else ""
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 5 else None


def _confirm(found: Visit, read: Understood, *, step: Confirmed | None = None) -> Response:
    """What was understood, and whether it shall be sent. step: why that is asked once more."""
    fields = {**read.fields, "do": "say"}
    handed = found.confirmations(fields).hand_out(fields, found.cookie)
    views = SupplierLineViews(found)
    asks = _AGAIN[step] if step else ""
    words = found.own_words(asks) if asks else found.words("too_quick") if step else ""
    left = len(found.page.lines) - len(read.given)
    values: dict[str, object] = {
        "here": found.here,
        "given": [views.given(each) for each in read.given],
        "left": left,
        "left_lines": views.number(left),
        "fields": handed.fields,
        "ask_for_order": bool(asks),
        "said_now": PageNote("care", words) if words else None,
    }
    status = 409 if step else 200
    shown = html(found.desk, found.reader, "supplier_confirm_page", values, status=status)
    return keep_step(found.desk, shown, handed.cookie, "/s/")


def _answers(found: Visit, read: Understood, request: str) -> list[SupplierAnswer]:
    return [_answer(found, each, found.source(request)) for each in read.given]


def _answer(found: Visit, given: Given, source: str) -> SupplierAnswer:
    raw: dict[str, object] = {"purchase_order": given.line.order, "line": given.line.line}
    raw["splits"] = [{"quantity": units, "date": day} for units, day in given.parts]
    raw |= {"cannot_supply": not given.parts, "source": source, "note": given.note}
    stated = parse(schemas.DatesByLink, raw, now=found.at, zone=found.desk.services.calendar.zone)
    return SupplierAnswer(stated=stated, shown=given.line.shown)


def _shown(
    found: Visit, form: Form, *, faults: Sequence[Fault] = (), note: PageNote | None = None, status: int = 200
) -> Response:
    """The page; of a link that has ended, that it has. form: what was typed before."""
    if not found.page.lines:
        values: dict[str, object] = {"said_now": note}
        code = 200 if note is not None and note.mood == "good" else 410
        return html(found.desk, found.reader, "supplier_dead_page", values, status=code)
    views = SupplierLineViews(found)
    lines = [views.of(each, form, faults) for each in found.page.lines]
    values = {
        "here": found.here,
        "lines": lines,
        "several_hold": sum(each.holds and not each.answered for each in lines) > 1,
        "faulty_lines": bool(faults),
        "most_rows": MOST_ROWS,
        "longest_note": LONGEST_NOTE,
        "said_now": note,
    }
    return html(found.desk, found.reader, "supplier_lines_page", values, status=status)


def _dead(request: Request) -> Response:
    """A link that nobody here has made."""
    desk = desk_of(request)
    templates = desk.settings.templates
    language = reader(
        spoken(of_all_lines(request, "accept-language") or "", templates, WORDS), "", templates, WORDS
    )
    return html(desk, language, "supplier_dead_page", {"said_now": None}, status=404)
