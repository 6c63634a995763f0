"""`/b/{token}`: the customer's page. GET and HEAD only render; a choice takes two POSTs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from backorder.errors import ConflictError, RefusedError
from backorder.messaging.customer_links import PAGE, CustomerLinks
from backorder.messaging.page import Reader, reader, spoken
from backorder.queries.customer_page import CustomerOrder, Linked, customer_order, language_of, linked
from backorder.services.services import machine_now
from backorder.storage.engine import reading
from web.customer_page.confirmation import COOKIE, NONCE, Confirmations, Step
from web.customer_page.evidence import evidence_of
from web.customer_page.forms import form_of
from web.customer_page.lines import LineViews, PageLine
from web.customer_page.looks import PRIVATE, html
from web.customer_page.plans import ANSWERS, ImpossibleError, OutdatedError, answer_of, line_of, planned
from web.desk import Desk, desk_of
from web.failures import HttpError

router = APIRouter(include_in_schema=False)
log = logging.getLogger(__name__)
T = TypeVar("T")
_DONE = frozenset({"keep", "cancel", "alternative", "pending"})
"""What the page may say has been done, by its address after a choice."""


@dataclass(frozen=True, slots=True)
class Note:
    """What stands above a page. mood: good or care."""

    mood: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One look at the page: through whose link, in which language, and what it shows."""

    request: Request
    desk: Desk
    here: str
    links: CustomerLinks
    linked: Linked
    reader: Reader
    order: CustomerOrder
    views: LineViews
    at: datetime

    @property
    def confirmations(self) -> Confirmations:
        """The second steps of this link."""
        return Confirmations(self.links, self.linked.send)

    @property
    def cookie(self) -> str:
        """The cookie of an earlier first step."""
        return self.request.cookies.get(COOKIE, "")

    def words(self, name: str, *about: Any) -> str:
        """Words of the page, on one line."""
        return " ".join(str(getattr(self.reader.words, name)(*about)).split())

    def line(self, id: str) -> PageLine:
        """A line as the page shows it."""
        return next(
            self.views.of(each, number)
            for number, each in enumerate(self.order.lines, start=1)
            if each.id == id
        )


@router.api_route("/b/{token}", methods=["GET", "HEAD"])
async def page(request: Request, token: str, done: str = "") -> Response:
    """The page of an order, through one link to it."""
    visit = await _visit(request, token)
    if visit is None:
        return _dead(request, token)
    note = None
    if done in _DONE:
        note = Note("good", visit.words("pending") if done == "pending" else visit.words("done", done))
    return await _order(visit, note)


@router.post("/b/{token}")
async def choose(request: Request, token: str) -> Response:
    """The first or the second step of a choice."""
    form = await form_of(request)
    visit = await _visit(request, token)
    if visit is None:
        return _dead(request, token)
    try:
        request.state.limits = visit.desk.page_limits.take(f"link/{visit.linked.send}")
        return await (_second if NONCE in form else _first)(visit, form)
    except HttpError as error:
        return await _order(visit, Note("care", visit.words("slow_down")), status=error.status)
    except OutdatedError:
        return await _order(visit, Note("care", visit.words("changed")), status=409)
    except ImpossibleError:
        return await _order(visit, Note("care", visit.words("not_possible")), status=409)
    except RefusedError:
        return await _order(visit, Note("care", visit.words("faulty")), status=422)


async def _first(
    visit: Visit, form: Mapping[str, str], *, note: Note | None = None, ask: bool = False, status: int = 200
) -> Response:
    """Show what will happen. ask: for the order's number too, since there is no cookie."""
    if form.get("do") not in ANSWERS:
        raise RefusedError(["do: is nothing that can be chosen"])
    case = line_of(visit.order, form)
    answer = answer_of(case, form, "preview", "", visit.desk, visit.at)
    plan = await _off_loop(lambda: planned(case, answer, visit.views, visit.desk, visit.at))
    handed = visit.confirmations.hand_out(form, visit.cookie)
    values = {
        "here": visit.here,
        "order": visit.order.linked.order,
        "choice": form["do"],
        "each": visit.line(case.id),
        "plan": plan,
        "fields": handed.fields,
        "ask_for_order": ask,
        "said_now": note,
    }
    found = html(visit.desk, visit.reader, "confirm_page", values, status=status)
    found.set_cookie(
        COOKIE,
        handed.cookie,
        max_age=3600,
        path="/b/",
        httponly=True,
        samesite="strict",
        secure=visit.desk.settings.public_url.startswith("https://"),
    )
    return found


_AGAIN = {
    Step.TOO_QUICK: ("too_quick", False),
    Step.NO_COOKIE: ("no_cookie", True),
    Step.WRONG_ORDER: ("wrong_four", True),
}
"""Why a second step has to be taken once more, and whether it asks for the order's number."""


async def _second(visit: Visit, form: Mapping[str, str]) -> Response:
    """Do what was chosen, once it is known to be a person who chose it."""
    step = visit.confirmations.check(form, visit.cookie, visit.linked.order)
    if step in (Step.FORGED, Step.TOO_LATE):
        return await _order(visit, Note("care", visit.words("expired")), status=409)
    if step in _AGAIN:
        words, ask = _AGAIN[step]
        return await _first(visit, form, note=Note("care", visit.words(words)), ask=ask, status=409)
    case = line_of(visit.order, form)
    evidence = evidence_of(visit.request, visit.linked.send, machine_now())
    answer = answer_of(case, form, visit.confirmations.name_of(form), evidence, visit.desk, visit.at)
    try:
        outcome = await visit.desk.client.answer(case.id, answer)
    except ConflictError:
        pass  # the button was pressed twice, and the first time counts
    else:
        log.info(
            "an answer by link: %s", outcome.verdict, extra={"backorder": case.id, "send": visit.linked.send}
        )
        if outcome.verdict == "rejected":
            raise ImpossibleError(outcome.reason)
        if outcome.verdict == "pending":
            return _back(visit, "pending")
    return _back(visit, form["do"])


def _back(visit: Visit, done: str) -> Response:
    """To the page, so that a reload repeats nothing."""
    return RedirectResponse(f"{visit.here}?done={done}", status_code=303, headers=PRIVATE)


async def _order(visit: Visit, note: Note | None, *, status: int = 200) -> Response:
    def drawn() -> Response:
        lines = [visit.views.of(each, number) for number, each in enumerate(visit.order.lines, start=1)]
        values = {
            "here": visit.here,
            "order": visit.linked.order,
            "lines": lines,
            "unreadable": visit.order.unreadable,
            "said_now": note,
        }
        return html(visit.desk, visit.reader, "order_page", values, status=status)

    return await _off_loop(drawn)


def _dead(request: Request, token: str, note: Note | None = None) -> Response:
    desk, language = desk_of(request), reader(spoken(request.headers.get("accept-language", "")))
    values = {"here": request.url.path, "said_now": note}
    return html(desk, language, "dead_page", values, status=200 if note else 404)


async def _visit(request: Request, token: str) -> Visit | None:
    """What a link opens; None for one that opens nothing. Raises HttpError."""
    desk = desk_of(request)
    links = desk.services.links
    if links is None:
        raise HttpError(404, "there is no such path")
    send = links.opened(PAGE, token)
    return None if send is None else await _off_loop(lambda: _opened(request, desk, links, send, token))


def _opened(request: Request, desk: Desk, links: CustomerLinks, send: str, token: str) -> Visit | None:
    at = desk.now()
    with reading(desk.services.engine) as connection:
        found = linked(connection, send, at)
        if found is None:
            return None
        locale, region = language_of(connection, found.customer)
    language, calendar = reader(locale, region), desk.services.calendar
    return Visit(
        request=request,
        desk=desk,
        here=f"/b/{token}",
        links=links,
        linked=found,
        reader=language,
        order=customer_order(desk.services.database, found, at),
        views=LineViews(language.locale, calendar.zone, calendar.day(at)),
        at=at,
    )


async def _off_loop(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)
