"""What is said of a line while it waits for a payment: which units do, and until when they are kept."""

from __future__ import annotations

from datetime import date

from backorder.domain.line.payment_days import kept_until
from backorder.domain.line.ship_window import why_undated
from backorder.domain.line.state import State
from backorder.domain.line.unpaid_parts import leaving_units, unpaid_apart, unpaid_units
from backorder.domain.notifications import Facts, Part, Why
from backorder.domain.policy.policy import Policy


def pay_by(policy: Policy, state: State) -> date | None:
    """The last day for a payment that every open unit waits for; None where none does, or only some do."""
    due = state.payment_due
    return kept_until(policy, state, due) if due is not None and _all_wait(state) else None


def _all_wait(state: State) -> bool:
    """Whether every open unit is there and none was reported, while a hold was valid, to be shipped."""
    quantity = state.quantity
    return quantity.allocated > 0 and not quantity.waiting and not leaving_units(state)


def waits_for_payment(state: State) -> bool:
    """Whether nothing of what is open leaves before it is paid for."""
    return state.payment_due is not None or state.passed_over


def with_payment(policy: Policy, state: State, facts: Facts) -> Facts:
    """The facts of what is still to come, with the payment that it waits for: no day is sure before that."""
    if facts.why is Why.UNPAID and not state.passed_over:  # it was told before the payment came
        facts = facts.replace(why=why_undated(policy, state))
    if not waits_for_payment(state) or facts.why is Why.REFUSED:
        return facts.replace(unpaid=False, pay_by=None, pay_part=0)
    until = pay_by(policy, state)
    if until is not None:
        return facts.replace(unpaid=True, pay_by=until, likely=None, by=None, parts=(), why=None, ready=True)
    facts = facts.replace(unpaid=True, pay_by=None, pay_part=0)
    if state.passed_over:
        facts = facts.replace(likely=None, by=None, parts=(), set_aside=0, why=Why.UNPAID, ready=False)
    elif leaving_units(state) and not state.quantity.waiting:
        facts = facts.replace(likely=None, by=None, parts=(), why=None)
    return in_parts(policy, state, facts)


def with_what_is_unpaid(policy: Policy, state: State, facts: Facts) -> Facts:
    """The facts of a question of the law, which names the day that it asks for all the same: that day must
    not hide that nothing, or not all, ships before it is paid for. Where it names none, that is why.
    """
    waits = waits_for_payment(state) and facts.why is not Why.REFUSED
    facts = facts.replace(unpaid=waits, pay_by=None, pay_part=0)
    if not waits:
        return facts
    if state.passed_over:
        leaving = leaving_units(state)
        why = facts.why or Why.UNPAID if facts.by is not None else Why.UNPAID
        return facts.replace(why=why, pay_others=state.quantity.open - leaving if leaving else 0)
    until = pay_by(policy, state) if facts.by is None else None
    return in_parts(policy, state, facts) if until is None else facts.replace(pay_by=until, why=None)


def in_parts(policy: Policy, state: State, facts: Facts) -> Facts:
    """The facts with the units apart that leave as they are, and those that wait for the payment: no day is
    said of these.
    """
    due, leaving, open = state.payment_due, leaving_units(state), state.quantity.open
    if due is not None and not state.passed_over:
        apart = unpaid_apart(facts, leaving, unpaid_units(state), open)
        return apart.replace(pay_by=kept_until(policy, state, due)) if apart.pay_part else apart
    others = open - leaving
    if facts.by is not None or facts.parts or not leaving or others <= 0:
        return facts
    parts = tuple(Part(quantity=units, likely=None, by=None) for units in (leaving, others))
    return facts.replace(parts=parts, set_aside=leaving, ready=False)


def is_told_to_pay(state: State) -> bool:
    """Whether the customer knows that all of it is here and leaves once they have paid."""
    return state.payment_due is not None and state.payment_due.told and _all_wait(state)


def is_day_sure(state: State) -> bool:
    """Whether a later day may be told: not before all that waits for a payment is paid for."""
    return not state.passed_over and not is_told_to_pay(state)
