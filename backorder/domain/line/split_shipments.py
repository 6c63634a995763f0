"""What is there goes before the rest: the policy waits for the whole, but the customer asks for it."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.line.authorizations import asked_until
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import SendNowRequested
from backorder.domain.line.last_day_reminder import with_last_day
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.ship_window import split
from backorder.domain.line.state import SentAhead, State
from backorder.domain.line.told_promises import publish_promise, with_told
from backorder.domain.line.units import KnownError, UnacceptableError, facts_now, refold, shippable
from backorder.domain.line.unpaid_parts import leaving_units, unpaid_apart, window_apart
from backorder.domain.notifications import Facts, Kind, names_day
from backorder.domain.policy.policy import Policy


def may_be_sent_ahead(policy: Policy, state: State) -> int:
    """Units that the customer may have sent now; 0 where they have no such choice."""
    if not policy.split_by_customer or state.revocable or state.swap or not state.quantity.waiting:
        return 0
    there = shippable(state)
    if policy.partial == "ship" or (state.ahead is not None and state.ahead.units >= there):
        return 0
    return there


def key_of_split(event: SendNowRequested) -> str:
    """The key of what the customer is told about it."""
    return f"send_now/{event.request}"


def send_now_requested(builder: DecisionBuilder, event: SendNowRequested) -> None:
    """The customer wants what is there sent now. The order system hears of it as of any units set aside."""
    key = key_of_split(event)
    if builder.state.is_done(key):
        raise KnownError("this was asked for before and is done", Refusal.DONE)
    count = may_be_sent_ahead(builder.policy, builder.state)
    if not count:
        raise UnacceptableError(*_why_not(builder.policy, builder.state))
    builder.done(key)
    builder.withdraw_pending()
    builder.change(ahead=SentAhead(units=count, asked_on=event.day))
    before, units = builder.state, builder.state.quantity.open
    promise, stated = before.promise, before.stated
    if promise is not None:
        window = split(builder.policy, promise.window, count, units, event.day)
        builder.change(promise=replace(promise, window=window))
    if stated is not None:
        window = split(builder.policy, stated.window, count, units, event.day)
        builder.change(stated=replace(stated, window=window))
    refold(builder)
    facts = with_last_day(builder.policy, builder.state, facts_now(builder)).replace(choice="send_now")
    if builder.state.payment.expired(builder.at) and not builder.state.passed_over:
        facts = _unpaid(builder, facts, count)
    _count_as_told(builder, before, key)
    builder.tell(key, Kind.ANSWER_RECEIVED, facts)
    if names_day(facts):
        builder.contacted(dated=builder.day)
    builder.because(f"the customer wants {count} of {units} units sent before the rest")


def _count_as_told(builder: DecisionBuilder, before: State, key: str) -> None:
    """What goes when is a promise of its own, told by the answer of that key, which goes at once.

    One that is on its way and cannot be called back is told after it, and takes its place.
    """
    state, promise = builder.state, builder.state.promise
    if promise is None or promise == before.promise or state.pending is not None:
        return
    number = state.revision + 1
    told = replace(promise, revision=number, told_at=builder.at, told_on=builder.day)
    known = with_told(before, told, Kind.ANSWER_RECEIVED, guess=False, key=key)
    builder.change(promise=told, told=known, revision=number)
    publish_promise(builder, number, told.window, before.promise.window if before.promise else None)


def _unpaid(builder: DecisionBuilder, facts: Facts, count: int) -> Facts:
    """The facts, and the promise with them, without a day for what has to be paid for before it leaves.

    It falls due with the units, which are asked for only after this.
    """
    leaving, units = leaving_units(builder.state), builder.state.quantity.open
    unpaid, promise = count - leaving, builder.state.promise
    if promise is not None:
        window = window_apart(promise.window, leaving, unpaid, units)
        builder.change(promise=replace(promise, window=window))
    facts = unpaid_apart(facts, leaving, unpaid, units)
    return facts.replace(unpaid=True, pay_by=asked_until(builder, unpaid))


def _why_not(policy: Policy, state: State) -> tuple[str, Refusal]:
    if not policy.split_by_customer:
        return "the policy leaves customers no choice about that", Refusal.NOT_SPLIT
    if state.revocable:
        return "the line is cancelled, and that can still be taken back", Refusal.CANCELLED
    if state.swap:
        return "the customer has taken something else instead", Refusal.SWAPPED
    if not state.quantity.waiting:
        return "every unit is there, so that all of them are sent", Refusal.ALL_HERE
    return "no unit is there that is not on its way already", Refusal.NONE_HERE
