"""Until when units are kept for a payment that is missing, and what ends before that."""

from __future__ import annotations

from datetime import date, datetime

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.legal_dates import ends_on, is_over, kept_beyond, open_question, review_after
from backorder.domain.line.money_facts import PaymentDue
from backorder.domain.line.stage_conditions import agreed_beyond, units_left
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy


def let_go_at(policy: Policy, state: State, due: PaymentDue) -> datetime:
    """When units go to the next in the queue: with the first daily review once the day that was named
    is over, at the shop and at the customer. What is paid in its last minute may be reported by then.
    """
    return review_after(policy, is_over(policy, state, policy.calendar.day(due.until)))


def kept_at_most(policy: Policy, state: State, due: PaymentDue) -> datetime:
    """When units go to the next in the queue, or with the end of their line, whichever comes first."""
    at, (ends, _) = let_go_at(policy, state, due), ending(state)
    return at if ends is None else min(at, review_after(policy, is_over(policy, state, ends - ONE_DAY)))


def kept_until(policy: Policy, state: State, due: PaymentDue) -> date:
    """The last day for the payment: units are kept so long, but not beyond a day that ends the line."""
    until, (ends, _) = policy.calendar.day(due.until), ending(state)
    return until if ends is None else min(until, ends - ONE_DAY)


def ending(state: State) -> tuple[date | None, int]:
    """The day on which units end that are here, if nothing more is heard, and how many open ones it leaves;
    no day where it leaves all of them. Nothing ends by the policy once every unit is here.
    """
    state = state if state.quantity.waiting else state.replace(automatic_cancellation=None)
    ends = ends_on(state)
    stays = stays_after(state, ends) if ends is not None else 0
    return (None, 0) if stays >= state.quantity.open else (ends, stays)


def stays_after(state: State, ends: date) -> int:
    """Open units that the ending on that day leaves, as their customer waits for them longer."""
    question, announced = open_question(state), state.automatic_cancellation
    if state.last_day is not None and state.last_day < ends:
        return 0
    if announced is not None and announced.on <= ends:
        return state.quantity.open if agreed_beyond(state, ends) else units_left(state, ends)
    answered = question.kept if question is not None else 0
    return max(answered, kept_beyond(state, ends - ONE_DAY))
