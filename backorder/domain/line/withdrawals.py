"""Withdrawing from the contract, where the law of the line gives the right to: what has left is sent back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from backorder.domain.line.authorizations import stamp
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.ledger import tally, waived, worth
from backorder.domain.line.money_facts import Refund
from backorder.domain.line.refunds import reckon, with_money
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.sent_back import (
    WITHDRAWN,
    all_named,
    has_the_right,
    keeps_some,
    paid_and_sent_back,
    sent_back,
    shipped_by,
    withdrawing,
)
from backorder.domain.line.state import Cancellation, State, Withdrawal
from backorder.domain.line.units import KnownError
from backorder.domain.money import Money, rounded
from backorder.domain.notifications import Facts, Kind


def only_sends_back(state: State, request: str, received_at: datetime) -> bool:
    """Whether a cancellation of that instant, of whatever it names, withdraws: there is the right, and none
    was open then.

    It counts where the line had been cancelled, too: that some units had left by then may be told later. What
    something else takes the place of is no part of the contract any more.
    """
    if not has_the_right(state) or (state.quantity.substituted and not shipped_by(state, received_at)):
        return False
    return none_was_open(state, request, received_at)


def none_was_open(state: State, request: str, received_at: datetime) -> bool:
    """Whether a cancellation of that instant, of whatever it names, ends nothing: none was open then."""
    asked = Cancellation(request=request, key="", asked=None, units=0, received_at=received_at, by="customer")
    known = (*state.cancellations, asked)
    return not tally(state.quantity.ordered, known, state.shipments, state.substitutions).cancelled[-1]


def shipping_with_the_rest(state: State) -> Money | None:
    """What was paid for shipping, where it comes back once all that is kept is sent back too."""
    payment = state.payment
    if state.quantity.substituted or waived(state) or not payment.shipping_paid:
        return None
    return Money(rounded(payment.shipping_paid, payment.currency), payment.currency)


def withdraw(
    builder: DecisionBuilder, *, request: str, key: str, count: int | None, received_at: datetime, reason: str
) -> None:
    """Record a withdrawal of what had left with its instant, and tell everyone what that sends back.

    key: of the message. count: units that were named, None for all that had left. reason: in words, "" for
    none. Raises KnownError where every unit that had left is sent back already.
    """
    before, withdrawal = builder.state, Withdrawal(request=request, asked=count, received_at=received_at)
    builder.change(after_shipment=(*before.after_shipment, withdrawal))
    if not dict(sent_back(builder.state))[request] and all_named(before, received_at):
        raise KnownError("all that had left is sent back already; nothing more to do", Refusal.DONE)
    reckon(builder, before)
    send_back(builder, before, request=request, key=key, reason=reason)
    if not shipped_by(before, received_at):
        builder.because(
            "nothing was open any more, and nothing had left; it counts for what turns out to have"
        )
    elif builder.state.sent_back == before.sent_back:
        builder.because("these units are sent back already; what counts is when this came in")


def send_back(
    builder: DecisionBuilder,
    before: State,
    *,
    request: str = "",
    key: str = "",
    reason: str = "",
    told: bool = False,
) -> None:
    """Tell everyone what is sent back beyond what they know of.

    before: the state without the fact that is heard. request, key, reason: the word that is heard, the key of
    the message about it, and why it was said. told: its customer knows how to return the goods.
    """
    if not (builder.state.after_shipment or builder.state.cancellations):
        return
    known, came = (
        dict(sent_back(before)),
        {each.request: each.received_at for each in withdrawing(builder.state)},
    )
    back = sent_back(builder.state)
    more = sum(units for _, units in back) - builder.state.sent_back
    for name, units in back:
        fresh = min(units - known.get(name, 0), more)
        if fresh <= 0:
            continue
        more -= fresh
        is_this = name == request
        _record(builder, name, fresh, came[name], reason if is_this else "")
        if not is_this:
            _tell(builder, f"withdrawn/{name}/{builder.state.sent_back}", name, fresh, came[name])
        elif not told:
            _tell(builder, key, name, fresh, came[name])


def _record(builder: DecisionBuilder, request: str, units: int, received_at: datetime, reason: str) -> None:
    state = builder.state
    known = state.withdrawals if request in state.withdrawals else (*state.withdrawals, request)
    builder.change(withdrawals=known, sent_back=state.sent_back + units)
    builder.publish("withdrawn", quantity=units, received_at=stamp(received_at), reason=reason or "customer")
    builder.because("the customer withdraws from the contract after the shipment")


def _tell(builder: DecisionBuilder, key: str, request: str, units: int, received_at: datetime) -> None:
    """Acknowledge a withdrawal of units that are sent back, with the instant at which it came in, and with
    the money that goes back for them.
    """
    facts, claim = Facts(), _claim_for(builder.state, request, units)
    if claim is not None and not claim.refused:
        facts = with_money(builder, facts, claim)
    facts = facts.replace(
        quantity=units,
        choice=WITHDRAWN,
        received_at=builder.policy.calendar.local(received_at),
        refundable=paid_and_sent_back(builder.state)[request] > 0,
        part_of_line=keeps_some(builder.state),
        shipping=shipping_with_the_rest(builder.state),
        upgrade="",
    )
    builder.tell(key, Kind.ANSWER_RECEIVED, facts)


def _claim_for(state: State, request: str, units: int) -> Refund | None:
    """What goes back for so many units that a request sends back; None for nothing. What the same word ended
    before it had left is told with that.
    """
    claim = next((each for each in state.refunds if each.request == request and each.amount), None)
    back, paid = dict(sent_back(state))[request], paid_and_sent_back(state)[request]
    if claim is None or not paid:
        return None
    ended = sum(each.units for each in state.cancellations if each.request == request)
    if not ended and units >= back:
        return claim
    return replace(claim, amount=min(claim.amount, worth(state, min(units, paid))))
