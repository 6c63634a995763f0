"""What a customer may choose about a line, what will come of it, and how it is asked for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from backorder import schemas
from backorder.domain.line.alternatives import OfferTerms
from backorder.domain.line.events import Answered, Event
from backorder.domain.line.refusals import Refusal
from backorder.domain.money import Money
from backorder.errors import ConflictError, RefusedError
from backorder.messaging.template_variables import Day, clean
from backorder.ports import RequestOutcome
from backorder.queries.answer_preview import AnswerPreview, answer_preview
from backorder.queries.customer_page import shown
from backorder.queries.views import AlternativeView, CaseView
from backorder.schemas import ModelT, parse
from web.customer_page.forms import Form
from web.customer_page.lines import LineViews
from web.customer_page.made import is_undone
from web.customer_page.masked import masked_email
from web.customer_page.page_line import PageLine
from web.customer_page.shipping_money import keeps_what_left
from web.customer_page.visit import ImpossibleError, NewTermsError, OutdatedError, Visit, off_loop

log = logging.getLogger(__name__)
WHATEVER_CHANGED = frozenset({"cancel", "withdraw", "complaint"})
"""What counts also where the page showed something else: it says what the customer wants, or thinks, of the
whole."""
VIA = "link"
"""How an answer came that was given on the page."""
LEFT = "left"
"""Why no part is cancelled of what has all left, and may be withdrawn from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What will happen, in words ready for the page. count, left_count: units that end, and that stay.

    agreed: False where a "keep" agrees to nothing. own_day: `until` is a last day of their own; agreed_until:
    what they agree to beside it. first: the day on which the line ends unless they agree again. late: nothing
    ends, as it left too late, and a person looks into the refund. shipping: what was paid for it and goes
    back unless something of the order ships, or is kept where some left and all of that is sent_back.
    """

    units: str = ""
    count: int = 0
    left: str = ""
    left_count: int = 0
    refund: str = ""
    refund_by: Day = field(default_factory=Day)
    refund_sent: str = ""
    free_shipping: str = ""
    shipping: str = ""
    sent_back: bool = False
    until: Day = field(default_factory=Day)
    own_day: bool = False
    agreed: bool = True
    agreed_until: Day = field(default_factory=Day)
    first: Day = field(default_factory=Day)
    reminded: bool = False
    name: str = ""
    late: bool = False


async def line_of(visit: Visit, form: Form) -> CaseView:
    """The line that a form is about. Raises OutdatedError, ImpossibleError or NewTermsError for one that has
    changed.
    """
    found = visit.order.line(form.get("line", ""))
    if found is None:
        raise OutdatedError
    if form.get("shown") != shown(found) and form.get("do") not in WHATEVER_CHANGED:
        raise await _what_changed(visit, found, form)
    return found


async def _what_changed(visit: Visit, case: CaseView, form: Form) -> Exception:
    """Of another product its price, or that it is there at all, is said by name; so is why what was chosen
    cannot be done any more.
    """
    offered = [each for offer in case.offers for each in offer.alternatives if each.sku == form.get("sku")]
    now = offered[-1] if offered and form.get("do") == "alternative" else None
    if now is not None and not (now.available and str(now.price) == form.get("price")):
        return _other_terms(visit, case, now)
    if _is_kept(case) and form.get("do") == "keep" and not form.get("until"):
        return ImpossibleError(Refusal.DONE)
    if form.get("do") in (*_ASKED, "keep", "alternative"):
        try:
            await _looked(visit, case, _asked(visit, case, form))
        except (ImpossibleError, NewTermsError) as error:
            return error
    return OutdatedError()


def _other_terms(visit: Visit, case: CaseView, now: AlternativeView | OfferTerms) -> Exception:
    """Instead of what is all there by now nothing is to be had, on no terms."""
    if not case.quantity.waiting:
        return OutdatedError()
    units = case.quantity.waiting + case.quantity.allocated
    return _new_terms(visit, now, units)


def _new_terms(visit: Visit, now: AlternativeView | OfferTerms, units: int) -> NewTermsError:
    """units: all that are open, for which it is to be had."""
    return NewTermsError(visit.views.instead(now), visit.views.number(units))


def _is_kept(case: CaseView) -> bool:
    return case.consent.state in ("given", "indefinite")


async def preview_answer(visit: Visit, form: Form) -> dict[str, object]:
    """What an answer would lead to. Raises OutdatedError, ImpossibleError, RefusedError, NewTermsError."""
    case = await line_of(visit, form)
    answer = _answer(visit, case, form, "preview", "")
    _not_in_part(visit, case, answer)
    found = await _looked(visit, case, answer)
    contact = visit.order.contact
    about = {"who": clean(contact.name, 80), "email": clean(masked_email(contact.email or ""), 60)}
    line = _page_line(visit, case)
    each = visit.views.kept(case, line) if answer.choice == "keep" else line
    return {"each": each, "plan": _in_words(visit, case, answer, found), "about": about}


def _not_in_part(visit: Visit, case: CaseView, answer: schemas.Answer) -> None:
    """Of what has all left an old page still cancels a part, which would withdraw from it: the page asks
    about that in words of its own, and about all units. Raises ImpossibleError.
    """
    units = case.quantity
    left = case.withdrawal and units.shipped and not (units.waiting or units.allocated)
    if left and answer.choice == "cancel" and answer.quantity is not None:
        raise _impossible(visit, case, LEFT if _page_line(visit, case).may_withdraw else Refusal.SHIPPED)


def _asked(visit: Visit, case: CaseView, form: Form) -> schemas.LineRequest:
    """What a form asks of a line, as it is looked at before it is asked. Raises RefusedError."""
    model = _ASKED.get(form["do"])
    if model is None:
        return _answer(visit, case, form, "preview", "")
    return _page_request(visit, model, "preview")


async def _looked(visit: Visit, case: CaseView, asked: schemas.LineRequest) -> AnswerPreview:
    """What it would lead to. Raises ImpossibleError and NewTermsError."""
    desk = visit.desk
    event = asked.event(visit.at, desk.services.calendar.day(visit.at))

    def look(event: Event) -> AnswerPreview:
        return answer_preview(desk.services.database, case.id, event, visit.at)

    found = await off_loop(lambda: look(event))
    if found.possible and isinstance(event, Answered):
        # What it comes to in the end, also where it may be taken back for a while.
        final = replace(event, via="")
        found = await off_loop(lambda: look(final))
    if found.terms is not None:
        raise _other_terms(visit, case, found.terms)
    if not found.possible:
        raise _impossible(visit, case, found.refusal or "")
    return found


def _impossible(visit: Visit, case: CaseView, refusal: str) -> ImpossibleError:
    return ImpossibleError(refusal, visit.views.on(case.consent.answer_by))


def about_line(visit: Visit, case: CaseView) -> dict[str, object]:
    """A line, for the page that asks whether it shall be."""
    return {"each": _page_line(visit, case)}


def _page_line(visit: Visit, case: CaseView) -> PageLine:
    return next(each for each in visit.lines() if each.key == case.id)


async def give_answer(visit: Visit, form: Form) -> str:
    """Hand an answer in. Raises OutdatedError, ImpossibleError, RefusedError."""
    case = await line_of(visit, form)
    await _not_undone(visit, case, form)
    answer = _answer(visit, case, form, visit.confirmations.name_of(form), visit.evidence)
    try:
        outcome = await visit.desk.client.answer(case.id, answer)
    except ConflictError:
        return answer.choice  # the button was pressed twice, and the first time counts
    return outcome_answer(visit, case, outcome, answer.choice)


async def _not_undone(visit: Visit, case: CaseView, form: Form) -> None:
    """Pressed again after something had undone it, a button is no new choice: what stands now is shown first.

    Raises OutdatedError.
    """
    request = visit.confirmations.name_of(form)
    if await off_loop(lambda: is_undone(visit, case.id, form["do"], request)):
        raise OutdatedError


async def preview_request(visit: Visit, form: Form) -> dict[str, object]:
    """What needs nothing but its line. Raises OutdatedError, ImpossibleError."""
    case = await line_of(visit, form)
    await _looked(visit, case, _asked(visit, case, form))
    return about_line(visit, case) | {"about": visit.views.number(case.send_now)}


async def take_back(visit: Visit, form: Form) -> str:
    """Take back what was cancelled a moment ago. Raises OutdatedError, ImpossibleError."""
    return await _ask(visit, form, schemas.TakeBack, visit.desk.client.take_back)


async def send_now(visit: Visit, form: Form) -> str:
    """Have what is there sent now. Raises OutdatedError, ImpossibleError."""
    return await _ask(visit, form, schemas.SendNow, visit.desk.client.send_now)


async def claim_coupon(visit: Visit, form: Form) -> str:
    """Ask for the code: only now it is given out. Raises OutdatedError, ImpossibleError."""
    return await _ask(visit, form, schemas.CouponClaim, visit.desk.client.claim_coupon)


_ASKED: Mapping[str, type[schemas.TakeBack | schemas.SendNow | schemas.CouponClaim]] = {
    "take_back": schemas.TakeBack,
    "send_now": schemas.SendNow,
    "coupon": schemas.CouponClaim,
}
"""What is asked for with nothing but its line."""


async def _ask(
    visit: Visit, form: Form, model: type[ModelT], submit: Callable[[str, ModelT], Awaitable[RequestOutcome]]
) -> str:
    """Ask for what a form's line needs nothing else for."""
    case, done = await line_of(visit, form), form["do"]
    await _not_undone(visit, case, form)
    wanted = _page_request(visit, model, visit.confirmations.name_of(form))
    try:
        outcome = await submit(case.id, wanted)
    except ConflictError:
        return done  # the button was pressed twice, and the first time counts
    return outcome_answer(visit, case, outcome, done)


def _page_request(visit: Visit, model: type[ModelT], id: str) -> ModelT:
    raw = {"request_id": id, "received_at": visit.at.isoformat()}
    return parse(model, raw, now=visit.at, zone=visit.desk.services.calendar.zone)


def outcome_answer(visit: Visit, case: CaseView, outcome: RequestOutcome, done: str) -> str:
    """What was done, also where nobody has ruled on it yet. Raises ImpossibleError, and NewTermsError."""
    fields = {"backorder": case.id, "send": visit.linked.send, "verdict": outcome.verdict}
    log.info("a choice by link: %s", outcome.verdict, extra=fields)
    if outcome.terms is not None:
        raise _new_terms(visit, outcome.terms, outcome.terms.quantity)
    if outcome.verdict in ("rejected", "recorded"):
        raise _impossible(visit, case, outcome.refusal)
    return done


def _answer(visit: Visit, case: CaseView, form: Form, id: str, evidence: str) -> schemas.Answer:
    """The answer that a form gives. id: of the request. Raises RefusedError with every fault."""
    choice = form["do"]
    raw: dict[str, object] = {"request_id": id, "choice": choice, "via": VIA, "evidence": evidence}
    raw["received_at"] = visit.at.isoformat()
    if case.promise is not None:
        raw["revision"] = case.promise.revision
    if "" in (form.get("quantity"), form.get("until")):
        raise RefusedError(["quantity, until: what is to be filled in is empty"])
    if form.get("quantity"):
        if choice in ("keep", "withdraw"):
            raise RefusedError(["quantity: the page asks about all units"])
        raw["quantity"] = _units(form["quantity"])
    if choice == "alternative":
        raw["sku"] = form.get("sku", "")
        raw["price"] = form.get("price") or None
    if choice == "keep" and form.get("until"):
        raw["until"] = form["until"]
    return parse(schemas.Answer, raw, now=visit.at, zone=visit.desk.services.calendar.zone)


def _units(typed: str) -> int:
    if not (typed.isdecimal() and len(typed) < 8):
        raise RefusedError(["quantity: is no number of units"])
    return int(typed)


def _amount(views: LineViews, money: Money | None) -> str:
    return views.money(money.amount, money.currency) if money else ""


def _in_words(visit: Visit, case: CaseView, answer: schemas.Answer, found: AnswerPreview) -> Plan:
    views = visit.views
    names = {each.sku: each.name for offer in case.offers for each in offer.alternatives}
    others = [each for each in visit.order.lines if each.id != case.id]
    return Plan(
        units=views.number(found.units),
        count=found.units,
        left=views.number(found.left),
        left_count=found.left,
        refund=_amount(views, found.refund),
        refund_by=views.on(found.refund_by),
        refund_sent=_amount(views, found.refund_sent),
        free_shipping=_amount(views, found.free_shipping),
        shipping="" if any(map(keeps_what_left, others)) else _amount(views, found.shipping),
        sent_back=any(each.quantity.shipped for each in visit.order.lines),
        until=views.on(answer.until or found.until),
        own_day=answer.until is not None,
        agreed=found.agreed,
        agreed_until=views.on(found.until if found.ends_on and found.agreed else None),
        first=views.on(found.ends_on),
        reminded=found.reminded,
        name=names.get(answer.sku or "", ""),
        late=found.late,
    )
