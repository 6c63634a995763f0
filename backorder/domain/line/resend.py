"""Saying once more what was said, because a person asks for it: only what still holds."""

from __future__ import annotations

import re
from collections.abc import Callable

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import ResendRequested
from backorder.domain.line.state import OPEN, State, Status
from backorder.domain.line.told_promises import newest_told
from backorder.domain.line.units import RefusedError
from backorder.domain.notifications import DATED_KINDS, NOTIFICATIONS, Kind
from backorder.domain.texts import how_many

_ATTEMPT = re.compile(r"#(?:resend|contact)-(\d+)$")
_NEVER_SENT = {
    "planned": "it has not gone yet, and goes by itself",
    "claimed": "it is being sent right now",
    "unknown": "nobody knows yet whether it went; it is looked up at the provider",
    "failed": "it was never sent: no channel reached the customer",
    "withdrawn": "it was never sent: it was taken back",
}
"""Why a message cannot be sent again that is not known to have gone."""


def attempt_key(key: str, attempt: int) -> str:
    """The key of a resend: that of what is said again, with the number of the attempt, from 2."""
    return f"{original_key(key)}#resend-{attempt}"


def new_address_key(key: str, attempt: int) -> str:
    """The key of what goes once more because the customer has a new address."""
    return f"{original_key(key)}#contact-{attempt}"


def is_to_new_address(key: str) -> bool:
    """Whether a key stands for saying once more, to a new address, what was said."""
    return is_resend(key) and "#contact-" in key


def original_key(key: str) -> str:
    """The key of what is said, whichever attempt it is."""
    return _ATTEMPT.sub("", key)


def attempt_of(key: str) -> int:
    """Which attempt a key stands for: 1 for what was said first."""
    found = _ATTEMPT.search(key) if "#" in key else None
    return int(found[1]) if found else 1


def is_resend(key: str) -> bool:
    """Whether a key stands for saying once more what was said."""
    return attempt_of(key) > 1


def resend_requested(builder: DecisionBuilder, event: ResendRequested) -> None:
    """A person asks to say it once more. It tells nothing new: no promise, no revision."""
    label = NOTIFICATIONS[event.kind].label
    if event.state != "sent":
        raise RefusedError(f"{label}: {_NEVER_SENT.get(event.state, event.state)}")
    if not event.reachable:
        raise RefusedError(f"{label}: the customer has no usable email address or phone number")
    if fault := _fault(builder.state, event):
        raise RefusedError(f"{label}: {fault}")
    at = builder.tell(event.key, event.kind, event.facts)
    builder.because(f"{event.kind.value} is sent again")
    if at > event.at:
        builder.because("it goes once the hold is over")


def _fault(state: State, event: ResendRequested) -> str | None:
    """Why what was said does not hold any more; None where it does."""
    if event.kind in DATED_KINDS:
        return _fault_of_date(state, event)
    check = _CHECKS.get(event.kind)
    return check(state, event) if check else None


def _fault_of_date(state: State, event: ResendRequested) -> str | None:
    facts, promise = event.facts, state.promise
    if state.status not in OPEN:
        return f"it names a date, and the line is {state.status}"
    if state.pending is not None:
        return "a newer message about the date is on its way"
    newest = newest_told(state)
    if promise is None or (event.revision or newest) != newest:
        return "it is overtaken by what was told since"
    if (facts.likely, facts.by) != (promise.window.likely, promise.by):
        return "the date in it is not the one that stands"
    if facts.by is not None and facts.by < event.day:
        return "the day that it names is over"
    if facts.quantity != state.quantity.open:
        return f"it speaks of {how_many(facts.quantity, 'unit')}, and {_open(state)} by now"
    if facts.ready and state.quantity.waiting:
        return "it says that every unit is set aside, which they are not any more"
    return None


def _open(state: State) -> str:
    return how_many(state.quantity.open, "is open", "are open")


def _fault_of_cancellation(state: State, event: ResendRequested) -> str | None:
    told = next((each for each in state.cancellations if each.key == original_key(event.key)), None)
    if told is not None and told.units < told.told:
        return "units that it says were cancelled have shipped"
    return None


def _fault_of_refund(state: State, event: ResendRequested) -> str | None:
    refund = original_key(event.key).partition("/")[2]
    failed = any(each.refund == refund and not each.counts for each in state.money_sent)
    return "the refund that it confirms did not arrive" if failed else None


def _fault_of_swap(state: State, event: ResendRequested) -> str | None:
    request = original_key(event.key).partition("/")[2]
    done = any(each.request in (request, "earlier") for each in state.substitutions)
    return None if done else "the swap that it confirms came to nothing"


def _fault_of_question(state: State, event: ResendRequested) -> str | None:
    if state.status not in OPEN or state.consent.state != "asked":
        return "what it asks was answered, or is over"
    until = event.facts.answer_by
    return "the last day for an answer is over" if until is not None and until < event.day else None


def _fault_of_offer(state: State, event: ResendRequested) -> str | None:
    if state.status is not Status.WAITING:
        return f"it offers something, and the line is {state.status}"
    offer = next((each for each in state.offers if each.key == original_key(event.key)), None)
    if offer is not None and offer.taken:
        return "what it offers was taken"
    if event.kind is Kind.COUPON:
        return _fault_of_coupon(state, event)
    for each in event.facts.alternatives:
        now = next((one for one in state.context.alternatives if one.sku == each.sku), None)
        if now is None:
            return f"{each.sku} is not in stock any more"
        if now.price != each.price:
            return f"{each.sku} costs {now.price} by now, not {each.price}"
    if event.facts.quantity != state.quantity.open:
        return f"it offers {how_many(event.facts.quantity, 'unit')}, and {_open(state)} by now"
    return None


def _fault_of_coupon(state: State, event: ResendRequested) -> str | None:
    until = event.facts.valid_until
    if until is not None and until < event.day:
        return "the coupon is not valid any more"
    return None if state.context.marketing else "the customer does not agree to promotions any more"


_CHECKS: dict[Kind, Callable[[State, ResendRequested], str | None]] = {
    Kind.CANCELLED: _fault_of_cancellation,
    Kind.REFUNDED: _fault_of_refund,
    Kind.SUBSTITUTED: _fault_of_swap,
    Kind.CONSENT_REQUEST: _fault_of_question,
    Kind.ALTERNATIVES: _fault_of_offer,
    Kind.COUPON: _fault_of_offer,
}
"""What may have become of that which a kind says; what is in no row is true whenever it is read."""
