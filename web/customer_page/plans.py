"""What a customer may choose about a line, what will come of it, and how it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backorder import schemas
from backorder.errors import RefusedError
from backorder.messaging.template_variables import Day
from backorder.queries.answer_preview import AnswerPreview, answer_preview
from backorder.queries.customer_page import CustomerOrder, shown
from backorder.queries.views import CaseView
from backorder.schemas import parse
from web.customer_page.lines import LineViews
from web.desk import Desk

VIA = "link"
"""How an answer came that was given on the page."""
ANSWERS = frozenset({"keep", "cancel", "alternative"})


class OutdatedError(Exception):
    """The page showed something else than what stands now."""


class ImpossibleError(Exception):
    """What was chosen cannot be done any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What will happen, in words ready for the page. count, left_count: units that end, and that stay."""

    units: str = ""
    count: int = 0
    left: str = ""
    left_count: int = 0
    refund: str = ""
    refund_by: Day = field(default_factory=Day)
    shipping: str = ""
    until: Day = field(default_factory=Day)
    name: str = ""


def line_of(order: CustomerOrder, form: Mapping[str, str]) -> CaseView:
    """The line that a form is about. Raises OutdatedError for one that is not of the order."""
    found = order.line(form.get("line", ""))
    if found is None:
        raise OutdatedError
    # A cancellation counts whatever has changed: it says what the customer wants of the whole.
    if form.get("shown") != shown(found) and form.get("do") != "cancel":
        raise OutdatedError
    return found


def answer_of(
    case: CaseView, form: Mapping[str, str], id: str, evidence: str, desk: Desk, at: datetime
) -> schemas.Answer:
    """The answer that a form gives. id: of the request. Raises RefusedError with every fault."""
    choice = form["do"]
    raw: dict[str, Any] = {"request_id": id, "choice": choice, "via": VIA, "received_at": at.isoformat()}
    raw["evidence"] = evidence
    if case.promise is not None:
        raw["revision"] = case.promise.revision
    if form.get("quantity"):
        raw["quantity"] = _units(form["quantity"])
    if choice == "alternative":
        raw["sku"] = form.get("sku", "")
    if choice == "keep" and form.get("until"):
        raw["until"] = form["until"]
    return parse(schemas.Answer, raw, now=at, zone=desk.services.calendar.zone)


def _units(typed: str) -> int:
    if not (typed.isdecimal() and len(typed) < 8):
        raise RefusedError(["quantity: is no number of units"])
    return int(typed)


def planned(case: CaseView, answer: schemas.Answer, views: LineViews, desk: Desk, at: datetime) -> Plan:
    """What an answer would lead to. Raises ImpossibleError."""
    event = answer.event(at, desk.services.calendar.day(at))
    found = answer_preview(desk.services.database, case.id, event, at)
    if not found.possible:
        raise ImpossibleError(found.why_not)
    return _in_words(case, answer, found, views)


def _in_words(case: CaseView, answer: schemas.Answer, found: AnswerPreview, views: LineViews) -> Plan:
    left = case.quantity.waiting + case.quantity.allocated - found.units
    names = {each.sku: each.name for offer in case.offers for each in offer.alternatives}
    return Plan(
        units=views.number(found.units),
        count=found.units,
        left=views.number(left),
        left_count=left,
        refund=views.money(found.refund.amount, found.refund.currency) if found.refund else "",
        refund_by=views.on(found.refund_by),
        shipping=views.money(found.shipping.amount, found.shipping.currency) if found.shipping else "",
        until=views.on(found.until),
        name=names.get(answer.sku or "", ""),
    )
