"""Everything that a customer may choose on their page, one row a choice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from backorder.domain.notifications import Kind
from web.customer_page import complaint_choices as complaint
from web.customer_page import contact_choices as contact
from web.customer_page import line_choices as line
from web.customer_page.forms import Form
from web.customer_page.visit import Visit


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """preview: what the page that asks has to say about it. act: do it, and name what was done.

    by: the kind of message whose link it takes, "" for any but those.
    """

    preview: Callable[[Visit, Form], Awaitable[dict[str, object]]]
    act: Callable[[Visit, Form], Awaitable[str]]
    by: str = ""


_ANSWER = Choice(preview=line.preview_answer, act=line.give_answer)
CHOICES: Mapping[str, Choice] = {
    "keep": _ANSWER,
    "cancel": _ANSWER,
    "withdraw": _ANSWER,
    "alternative": _ANSWER,
    "take_back": Choice(preview=line.preview_request, act=line.take_back),
    "send_now": Choice(preview=line.preview_request, act=line.send_now),
    "coupon": Choice(preview=line.preview_request, act=line.claim_coupon),
    "complaint": Choice(preview=complaint.preview_complaint, act=complaint.complain),
    "email": Choice(preview=contact.preview_email, act=contact.give_email),
    "phone": Choice(preview=contact.preview_phone, act=contact.give_phone),
    "updates": Choice(preview=contact.preview_updates, act=contact.set_updates),
    "stop_texts": Choice(preview=contact.preview_stopping, act=contact.stop),
    "confirm_address": Choice(
        preview=contact.preview_confirmed, act=contact.confirm_address, by=Kind.CONFIRM_ADDRESS.value
    ),
}


def as_meant(visit: Visit, form: Form) -> Form:
    """What a form chooses as its line stands: to cancel all of what left is to withdraw from the contract,
    where the law gives the right to (CRD art. 9, CCR reg. 29).
    """
    case = visit.order.line(form.get("line", ""))
    if case is None or form.get("do") != "cancel" or form.get("quantity"):
        return form
    units = case.quantity
    is_one = case.withdrawal and units.shipped and not (units.waiting or units.allocated)
    return {**form, "do": "withdraw"} if is_one else form


def choice_of(visit: Visit, form: Form) -> Choice | None:
    """What a form chooses; None for what this link does not let anybody choose."""
    found = CHOICES.get(form.get("do", ""))
    mine = visit.linked.kind if visit.linked.kind == Kind.CONFIRM_ADDRESS else ""
    return found if found is not None and found.by == mine else None
