"""`/b/{token}`: the customer's page. GET and HEAD only render; a choice takes two POSTs."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from backorder.domain.notifications import Kind, Why
from backorder.domain.texts import fault_of_id
from backorder.errors import LinkUsedError, RefusedError
from backorder.services.write_beside import NewLinks
from web.customer_page.appearance import PRIVATE, html, reader_of
from web.customer_page.choices import as_meant, choice_of
from web.customer_page.confirmation import NONCE, Confirmed
from web.customer_page.contact_choices import reached
from web.customer_page.forms import Form, form_of, keep_step
from web.customer_page.made import note_of
from web.customer_page.typed import Typed, title_of, typed_in
from web.customer_page.visit import (
    ImpossibleError,
    NewTermsError,
    OutdatedError,
    PageNote,
    Visit,
    off_loop,
    on_one_line,
    read_anew,
    visit,
)
from web.desk import Desk, desk_of
from web.failures import HttpError

router = APIRouter(include_in_schema=False)
_AGAIN = {
    Confirmed.TOO_QUICK: ("too_quick", False),
    Confirmed.NO_COOKIE: ("no_cookie", True),
    Confirmed.WRONG_ORDER: ("wrong_four", True),
}
"""Why a second step has to be taken once more, and whether it asks for the order's number."""


@router.api_route("/b/{token}", methods=["GET", "HEAD"])
async def page(request: Request, token: str, done: str = "") -> Response:
    """The page of an order, through one link to it."""
    found = await visit(request, token)
    if found is None:
        return _dead(request)
    said = await off_loop(lambda: note_of(found, done)) if done else ""
    return await _shown(found, PageNote("good", said) if said else None)


@router.post("/b/{token}")
async def choose(request: Request, token: str) -> Response:
    """The first or the second step of a choice; of a link that opens nothing, the wish for a new one."""
    form = await form_of(request)
    found = await visit(request, token)
    if found is None:
        return await _new_link(request, form)
    try:
        request.state.limits = found.desk.page_limits.take(f"link/{found.linked.send}")
        if not found.linked.counts:
            return await _shown(found, None)
        return await (_second if NONCE in form else _first)(found, form)
    except HttpError as error:
        return await _again(found, form, found.words("slow_down"), status=error.status)
    except LinkUsedError:
        now = await read_anew(found)
        return await _shown(now, None) if now is not None else _dead(request)
    except OutdatedError:
        return await _again(found, form, found.words("changed"), status=409)
    except NewTermsError as error:
        return await _again(found, form, found.words("new_terms", error.choice, error.units), status=409)
    except ImpossibleError as error:
        words = found.words("not_possible", error.refusal, error.last_day)
        return await _again(found, form, words, status=409, faulty=True)
    except RefusedError as error:
        # Named by the form that the fault is in (WCAG 2.2, 3.3.1).
        words = found.words("faulty", _label(found, form))
        return await _again(found, form, words, status=422, faulty=True, faults=error.faults)


def _label(found: Visit, form: Form) -> str:
    """What the page calls a form, as it stands there; "" for none."""
    title = title_of(form)
    about: tuple[object, ...] = ()
    if title == "new_phone":
        about = (reached(found)["texts"],)
    elif title == "last_day":
        case = found.order.line(form.get("line", ""))
        about = (case is not None and case.promise is not None and case.promise.why == Why.REFUSED,)
    return found.words(title, *about) if title else ""


async def _again(
    found: Visit,
    form: Form,
    words: str,
    *,
    status: int,
    faulty: bool = False,
    faults: Sequence[str] = (),
) -> Response:
    """The page as it stands by now, which says why nothing was done; what was typed is there still, in its
    form, unfolded.

    faulty: whether it is what was typed that has to be put right. faults: what cannot be read of it.
    """
    now = await read_anew(found)
    if now is None:
        return _dead(found.request)
    typed = typed_in(form, faulty=faulty, faults=faults)
    return await _shown(now, PageNote("care", words), status=status, typed=typed)


async def _first(
    found: Visit,
    form: Form,
    *,
    note: PageNote | None = None,
    ask: bool = False,
    wrong: bool = False,
    status: int = 200,
) -> Response:
    """Show what will happen. ask: for the order's number too, since there is no cookie; wrong: that was
    not it.
    """
    form = as_meant(found, form)
    choice = choice_of(found, form)
    if choice is None:
        raise RefusedError(["do: is nothing that can be chosen here"])
    handed = found.confirmations.hand_out(form, found.cookie)
    values: dict[str, object] = {
        "here": found.here,
        "order": "" if choice.by else found.linked.order,
        "choice": form["do"],
        "each": None,
        "plan": None,
        "about": "",
        "fields": handed.fields,
        "ask_for_order": ask,
        "wrong_four": wrong,
        "said_now": note,
    }
    values |= await choice.preview(found, form)
    answer = html(found.desk, found.reader, "confirm_page", values, status=status)
    return keep_step(found.desk, answer, handed.cookie, "/b/")


async def _second(found: Visit, form: Form) -> Response:
    """Do what was chosen, once it is known to be a person who chose it."""
    step = found.confirmations.check(form, found.cookie, found.linked.order)
    choice = choice_of(found, form)
    if choice is None or step in (Confirmed.FORGED, Confirmed.TOO_LATE):
        return await _again(found, form, found.words("expired"), status=409)
    if step in _AGAIN:
        words, ask = _AGAIN[step]
        note, wrong = PageNote("care", found.words(words)), step is Confirmed.WRONG_ORDER
        return await _first(found, form, note=note, ask=ask, wrong=wrong, status=409)
    done = await choice.act(found, form)
    # To the page, so that a reload repeats nothing.
    to = f"{found.here}?done={found.confirmations.receipt(done, form)}"
    return RedirectResponse(to, status_code=303, headers=PRIVATE)


async def _shown(
    found: Visit, note: PageNote | None, *, status: int = 200, typed: Typed | None = None
) -> Response:
    """The page itself; through a link to a new address nothing but the question whether it shall be used."""
    if found.linked.kind == Kind.CONFIRM_ADDRESS:
        return _address(found, note, status)
    return await off_loop(lambda: _order(found, note, status, typed))


def _address(found: Visit, note: PageNote | None, status: int) -> Response:
    """Whether news shall go to an address; of a link that counts no more, how it stands."""
    address, asks = found.linked.address, found.linked.counts
    is_theirs = address == found.order.contact.email
    values: dict[str, object] = {"here": found.here, "about": address, "asks": asks, "said_now": note}
    values["is_theirs"] = is_theirs and (not asks or (note is not None and note.mood == "good"))
    code = status if asks or is_theirs else 410
    return html(found.desk, found.reader, "address_page", values, status=code)


def _order(found: Visit, note: PageNote | None, status: int, typed: Typed | None) -> Response:
    values: dict[str, object] = {
        "here": found.here,
        "order": found.linked.order,
        "lines": found.lines(),
        "unreadable": found.order.unreadable,
        "contact": reached(found),
        "said_now": note,
        "typed": typed,
    }
    return html(found.desk, found.reader, "order_page", values, status=status)


def _dead(request: Request, words: str = "", status: int = 404) -> Response:
    desk = desk_of(request)
    language = reader_of(request, desk)
    notice = getattr(language.words, words)() if words else ""
    note = PageNote("care" if status == 429 else "good", on_one_line(notice)) if words else None
    values = {"here": request.url.path, "said_now": note}
    return html(desk, language, "dead_page", values, status=status)


async def _new_link(request: Request, form: Form) -> Response:
    """Send a new link to whom it belongs. Who asks learns nothing: each gets the same answer, as quickly."""
    desk, order = desk_of(request), form.get("order", "")
    if form.get("do") != "new_link" or fault_of_id(order):
        return _dead(request)
    address = request.client.host if request.client else ""
    try:
        request.state.limits = desk.page_limits.take(f"new link/{address}")
    except HttpError as error:
        return _dead(request, "slow_down", error.status)
    answer = _dead(request, "dead_sent", 200)
    answer.background = BackgroundTask(_send_link, desk, order)
    return answer


async def _send_link(desk: Desk, order: str) -> None:
    links = NewLinks(desk.services.engine)
    await desk.client.wake(await off_loop(lambda: links.send(order, desk.now())))
