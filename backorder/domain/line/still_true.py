"""Whether what a message says still holds, and how it reads as things stand now.

Asked before something is said again, and before what has waited goes at last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from backorder.domain.line.authorizations import payment_words
from backorder.domain.line.cancellations import cancellation_words
from backorder.domain.line.coupons import restored_key
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.last_day_reminder import (
    with_last_day,
    with_rest,
    with_silence,
    without_ending,
    without_rest,
)
from backorder.domain.line.legal_dates import as_agreed_since, open_question, staying, told_questions
from backorder.domain.line.legal_flags import NO_CONSENT
from backorder.domain.line.message_keys import is_resend
from backorder.domain.line.saying import Saying
from backorder.domain.line.seldom_asked import alternatives
from backorder.domain.line.state import OPEN, State, Status
from backorder.domain.line.swaps import is_in_place, swap_words
from backorder.domain.line.told_promises import newest_told
from backorder.domain.line.uncancelled_units import without_cancelled
from backorder.domain.line.units import facts_now
from backorder.domain.line.unpaid_facts import waits_for_payment, with_payment
from backorder.domain.notifications import DATED_KINDS, Facts, Kind, Why
from backorder.domain.texts import how_many

AS_PLANNED = timedelta(minutes=1)
"""Business time within which a message goes as it was planned."""
HOLDS_NO_MORE = "what it says holds no more"
"""Why a message does not go that would say what is over."""
_OF_OPEN_UNITS = frozenset({"keep", "send_now", "take_back"})
"""Answers whose acknowledgement speaks of units that are still to come."""
_WINDOW = ("likely", "by", "parts", "why", "ready")
"""What of a message is about the units that are still to come."""


def as_it_stands(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    """What a message says, as it is true now; None where it holds no more. builder: is left as it is.

    Of a promise or a regular update nothing is said in other words: its line tells it anew. Raises
    LackingError for what was left out around the line.
    """
    trial = DecisionBuilder(builder.policy, builder.state, builder.at, builder.day)
    restate = _RESTATED.get(saying.kind)
    return saying if restate is None else restate(trial, saying)


def fault_of(builder: DecisionBuilder, saying: Saying) -> str | None:
    """Why what was said does not hold any more, in words; None where it does, word for word."""
    check = _CHECKS.get(saying.kind)
    if check is not None and (fault := check(builder.state, saying)):
        return fault
    until = saying.facts.valid_until
    if until is not None and until < builder.day:
        return "the coupon is not valid any more"
    if saying.kind in DATED_KINDS:
        return _fault_of_date(builder.state, saying, builder.day)
    now = as_it_stands(builder, saying)
    if now is None:
        return HOLDS_NO_MORE
    return None if now == saying else _difference(builder.state, saying.facts, now.facts, builder.day)


def _difference(state: State, told: Facts, now: Facts, today: date) -> str | None:
    """What was said otherwise than it is now; what came to pass as it was said makes no difference."""
    if told.remaining != now.remaining:
        return f"it speaks of {how_many(told.remaining, 'unit')} to come, and {_open(state)} by now"
    if told.quantity != now.quantity:
        return f"it speaks of {how_many(told.quantity, 'unit')}, and {now.quantity} it is by now"
    if told.unanswered != now.unanswered:
        return "what it says is still to be answered is not so any more"
    if any(getattr(told, name) != getattr(now, name) for name in _WINDOW):
        over = told.by is not None and told.by < today
        return "the day that it names is over" if over else "the date in it is not the one that stands"
    if (told.refund, told.uncharged, told.kept_back) != (now.refund, now.uncharged, now.kept_back):
        return "what it says of the money is not so any more"
    if told.refund_by is not None and now.refund_by is None and now.refund_sent_on is None:
        return "the last day for the money that it names is over"
    return None


# --- why something does not hold


def _fault_of_date(state: State, saying: Saying, today: date) -> str | None:
    facts, promise = saying.facts, state.promise
    if state.status not in OPEN:
        return f"it names a date, and the line is {state.status}"
    if state.pending is not None:
        return "a newer message about the date is on its way"
    newest = newest_told(state)
    if promise is None or (saying.revision or newest) != newest:
        return "it is overtaken by what was told since"
    if (facts.likely, facts.by) != (promise.window.likely, promise.by):
        return "the date in it is not the one that stands"
    if facts.by is not None and facts.by < today:
        return "the day that it names is over"
    if facts.quantity != state.quantity.open:
        return f"it speaks of {how_many(facts.quantity, 'unit')}, and {_open(state)} by now"
    if facts.ready and state.quantity.waiting:
        return "it says that every unit is set aside, which they are not any more"
    return None


def _open(state: State) -> str:
    return how_many(state.quantity.open, "is open", "are open")


def _fault_of_last_day(state: State, saying: Saying) -> str | None:
    said, last, by = saying.facts.last_day, state.last_day, saying.facts.by
    if said is not None and said != last:
        return "the last day that it names is not the customer's any more"
    if saying.kind in DATED_KINDS and said is None and last is not None and (by is None or by > last):
        return "it does not say that it ends on the last day that the customer named since"
    return _fault_of_silence(state, saying) if last is None else None


def _fault_of_silence(state: State, saying: Saying) -> str | None:
    """What no answer leads to is another day by now, or nothing, or was not said."""
    said, now = saying.facts.ends_on, with_silence(state, Facts()).ends_on
    if said == now or saying.facts.unanswered:
        return None
    if saying.kind not in DATED_KINDS:  # what follows an answer is said anew
        return None
    return "it does not say what becomes of the line without an answer" if now else HOLDS_NO_MORE


def _fault_of_cancellation(state: State, saying: Saying) -> str | None:
    told = next((each for each in state.cancellations if saying.is_of(each.key)), None)
    if told is None:
        return "the cancellation that it tells of was withdrawn"
    return "units that it says were cancelled have shipped" if told.units < told.told else None


def _fault_of_refund(state: State, saying: Saying) -> str | None:
    refund = saying.original.partition("/")[2]
    failed = any(each.refund == refund and not each.counts for each in state.money_sent)
    return "the refund that it confirms did not arrive" if failed else None


def _fault_of_swap(state: State, saying: Saying) -> str | None:
    request = saying.original.partition("/")[2]
    done = any(each.request in (request, "earlier") for each in state.substitutions)
    return None if done else "the swap that it confirms came to nothing"


def _fault_of_question(state: State, saying: Saying) -> str | None:
    told = told_questions(state)
    asked = told[-1] if told else None
    if state.status not in OPEN or asked is None or asked.answered or asked.kept >= state.quantity.open:
        return "what it asks was answered, or is over"
    if not saying.is_of(asked.key):
        return "something else was asked since"
    if as_agreed_since(state, asked) != asked:
        return "more time for an answer came of what the customer agreed to since"
    last, answer_by = state.last_day, saying.facts.answer_by
    if last is not None and answer_by is not None and last < answer_by:
        return "the customer named a last day of their own that comes first"
    return _fault_of_payment(state, saying.facts)


def _fault_of_payment(state: State, said: Facts) -> str | None:
    missing = said.unpaid or said.why is Why.UNPAID
    if (missing and not waits_for_payment(state)) or said.refundable != state.payment.captured:
        return "what it says of the payment is not so any more"
    return None


def _fault_of_asking(state: State, saying: Saying) -> str | None:
    if state.payment_due is None:
        return "nothing has to be paid any more"
    return None


def _fault_of_offer(state: State, saying: Saying) -> str | None:
    if state.status is not Status.WAITING:
        return f"it offers something, and the line is {state.status}"
    offer = next((each for each in state.offers if saying.is_of(each.key)), None)
    if offer is not None and offer.taken:
        return "what it offers was taken"
    if saying.kind is Kind.COUPON:
        return None if state.context.marketing else "the customer does not agree to promotions any more"
    for each in saying.facts.alternatives:
        now = next((one for one in alternatives(state) if one.sku == each.sku), None)
        if now is None:
            return f"{each.sku} is not in stock any more"
        if now.price != each.price:
            return f"{each.sku} costs {now.price} by now, not {each.price}"
    if saying.facts.quantity != state.quantity.open:
        return f"it offers {how_many(saying.facts.quantity, 'unit')}, and {_open(state)} by now"
    return _fault_of_last_day(state, saying)


_CHECKS: Mapping[Kind, Callable[[State, Saying], str | None]] = {
    Kind.CONFIRMED: _fault_of_last_day,
    Kind.DELAYED: _fault_of_last_day,
    Kind.EARLIER: _fault_of_last_day,
    Kind.APOLOGY: _fault_of_last_day,
    Kind.STILL_WAITING: _fault_of_last_day,
    Kind.ANSWER_RECEIVED: _fault_of_last_day,
    Kind.LAST_DAY_REMINDER: _fault_of_last_day,
    Kind.CONSENT_REQUEST: _fault_of_question,
    Kind.ALTERNATIVES: _fault_of_offer,
    Kind.COUPON: _fault_of_offer,
    Kind.PAYMENT_DUE: _fault_of_asking,
    Kind.CANCELLED: _fault_of_cancellation,
    Kind.REFUNDED: _fault_of_refund,
    Kind.SUBSTITUTED: _fault_of_swap,
}
"""What may have become of that which a kind says, beside its dates and numbers."""


# --- how it reads now


def _shipment(builder: DecisionBuilder, saying: Saying) -> Saying:
    remaining = builder.state.quantity.open
    facts = _of_the_rest(builder, saying.facts).replace(remaining=remaining)
    facts = with_rest(builder.policy, builder.state, facts) if remaining else without_rest(facts)
    return replace(saying, kind=Kind.PART_SHIPPED if remaining else Kind.SHIPPED, facts=facts)


def _cancellation(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    entry = next((each for each in builder.state.cancellations if saying.is_of(each.key)), None)
    if entry is None or not entry.told or (is_resend(saying.key) and entry.units < entry.told):
        return None  # of what another cancellation ended by now it is true all the same, if it is said once
    code = saying.facts.void_code
    is_void = any(each.void and each.code == code for each in builder.state.offers)
    return replace(
        saying, facts=cancellation_words(builder, entry).replace(void_code=code if is_void else "")
    )


def _restored(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    """That a coupon counts again is true until it is void once more, or its last day is over."""
    now = builder.state.offers
    good = any(restored_key(each) == saying.original for each in now if each.restored and not each.void)
    until = saying.facts.valid_until
    return saying if good and (until is None or until >= builder.day) else None


def _reminder(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    if builder.state.status not in OPEN or _fault_of_last_day(builder.state, saying):
        return None
    return replace(saying, facts=_of_the_rest(builder, saying.facts))


def _unless_it_failed(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    return None if _fault_of_refund(builder.state, saying) else saying


def _swapped(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    if _fault_of_swap(builder.state, saying):
        return None
    return replace(saying, facts=_with_days_to_come(saying.facts, builder.day))


def _swap_failed(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    state = builder.state
    if state.status not in OPEN or state.swap is not None:
        return None
    facts = swap_words(builder, saying.facts.chosen)
    return replace(saying, facts=facts.replace(reason=saying.facts.reason)) if facts is not None else None


def _answer(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    state, choice = builder.state, saying.facts.choice
    if choice == "alternative":
        return saying if is_in_place(state, saying.original.partition("/")[2]) else None
    if choice == "cancel":
        request = saying.original.partition("/")[2]
        return saying if any(each.request == request for each in state.revocable) else None
    if choice not in _OF_OPEN_UNITS:
        return saying
    if state.status not in OPEN:
        return _kept_in_vain(state, saying)
    state = without_cancelled(state)
    units = min(saying.facts.quantity, state.quantity.open)
    left = open_question(state) if saying.facts.unanswered else None
    unanswered = min(saying.facts.unanswered, state.quantity.open - left.kept) if left is not None else 0
    stays = staying(state, left) if left is not None else 0
    facts = _of_the_rest(builder, saying.facts).replace(quantity=units, unanswered=unanswered, staying=stays)
    if facts.asks_again:
        facts = without_rest(facts).replace(asks_again=open_question(state) is not None)
        return replace(saying, facts=with_last_day(builder.policy, state, facts))
    if facts.last_day is not None or state.last_day is None:
        facts = with_last_day(builder.policy, state, without_ending(facts))
    return replace(saying, facts=facts)


def _kept_in_vain(state: State, saying: Saying) -> Saying | None:
    """What is said to who agreed in time to wait until a day that is over by now as well; None to others."""
    said = saying.facts
    ended = any(each.units and each.deadline == said.until for each in state.cancellations)
    if said.choice != "keep" or said.until is None or not ended:
        return None
    facts = Facts(
        quantity=said.quantity,
        part_of_line=said.part_of_line,
        choice=said.choice,
        until=said.until,
        reason=NO_CONSENT,
    )
    return replace(saying, facts=facts)


def _payment(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    facts = payment_words(builder, saying.original)
    return replace(saying, facts=facts) if facts is not None else None


def _offer(builder: DecisionBuilder, saying: Saying) -> Saying | None:
    """Of what it offers that which can still be had at its price."""
    state = builder.state
    offer = next((each for each in state.offers if saying.is_of(each.key)), None)
    if state.status is not Status.WAITING or (offer is not None and offer.taken):
        return None
    now = {(each.sku, each.price) for each in alternatives(state)}
    left = tuple(each for each in saying.facts.alternatives if (each.sku, each.price) in now)
    facts = without_ending(saying.facts).replace(quantity=state.quantity.open, alternatives=left)
    return replace(saying, facts=with_last_day(builder.policy, state, facts)) if left else None


def _of_the_rest(builder: DecisionBuilder, facts: Facts) -> Facts:
    """The facts with what stands for the units that are still to come."""
    rest = Facts()
    if builder.state.quantity.open:
        rest = with_payment(builder.policy, builder.state, facts_now(builder))
    return facts.replace(
        likely=rest.likely,
        by=rest.by,
        parts=rest.parts,
        why=rest.why,
        ready=rest.ready,
        set_aside=rest.set_aside,
        unpaid=rest.unpaid,
        pay_by=rest.pay_by,
        pay_part=rest.pay_part,
    )


def _with_days_to_come(facts: Facts, today: date) -> Facts:
    """The facts without a last day for money that is over: it comes, and nobody names a day that is past."""
    over = facts.refund_by is not None and facts.refund_by < today
    return facts.replace(refund_by=None) if over else facts


_RESTATED: Mapping[Kind, Callable[[DecisionBuilder, Saying], Saying | None]] = {
    Kind.LAST_DAY_REMINDER: _reminder,
    Kind.ANSWER_RECEIVED: _answer,
    Kind.PART_SHIPPED: _shipment,
    Kind.SHIPPED: _shipment,
    Kind.PAYMENT_DUE: _payment,
    Kind.SWAP_FAILED: _swap_failed,
    Kind.ALTERNATIVES: _offer,
    Kind.COUPON_RESTORED: _restored,
    Kind.CANCELLED: _cancellation,
    Kind.REFUNDED: _unless_it_failed,
    Kind.SUBSTITUTED: _swapped,
}
"""What says something that moves after it was put into words; any other kind stays as it is."""
RESTATED_KINDS = frozenset(_RESTATED)
