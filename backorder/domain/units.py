"""Units and money that move when a line is cancelled, shipped or substituted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from backorder.domain.commands import FreeUnits
from backorder.domain.draft import Draft
from backorder.domain.messages import Facts, Kind
from backorder.domain.money import Money, share
from backorder.domain.promise import dateless, window
from backorder.domain.state import Refund, State, Status


class RefusedError(Exception):
    """The event cannot be accepted; the message says why, in words for the person who asked."""


def open_units(draft: Draft, quantity: int | None) -> int:
    """The units that are meant: all open ones, or as many as asked for. Raises RefusedError."""
    open_now = draft.state.quantity.open
    if quantity is None:
        return open_now
    if quantity < 1:
        raise RefusedError("the quantity must be at least 1")
    if quantity > open_now:
        raise RefusedError(f"{quantity} units were asked for, but only {open_now} are still open")
    return quantity


def release(draft: Draft, count: int) -> None:
    """Let `count` open units go: unallocated ones first; allocated ones return to the shelf."""
    quantity = draft.state.quantity
    freed = max(0, count - quantity.waiting)
    if freed:
        draft.do(FreeUnits(quantity=freed))
    allocated = quantity.allocated - freed
    draft.change(announced=min(draft.state.announced, allocated))


def cancel_units(draft: Draft, *, key: str, count: int, reason: str, received_at: datetime) -> None:
    """End `count` open units: free them, give the money back, tell the customer and the order system."""
    quantity = draft.state.quantity
    release(draft, count)
    refund = owe(draft, count, already=settled_units(draft.state))
    allocated = min(quantity.allocated, quantity.open - count)
    draft.change(
        quantity=replace(quantity, allocated=allocated, cancelled=quantity.cancelled + count),
        cancelled_at=received_at,
    )
    refold(draft)
    draft.publish("cancelled", quantity=count, reason=reason)
    if draft.state.payment.state == "authorized" and draft.state.quantity.cancelled == quantity.ordered:
        draft.publish("void_due", reason=reason)
    if draft.state.quantity.open == 0:
        draft.withdraw_pending()
    facts = Facts(
        quantity=count,
        remaining=draft.state.quantity.open,
        reason=reason,
        refund=refund,
        refund_by=draft.state.refund.due_by if refund and draft.state.refund else None,
    )
    draft.tell(key, Kind.CANCELLED, facts)
    draft.because(f"{count} cancelled ({reason})")


def settled_units(state: State) -> int:
    """Units whose money was already given back or handed on."""
    return state.quantity.cancelled


def owe(draft: Draft, count: int, *, already: int) -> Money | None:
    """Owe the customer the price of `count` units, pro rata of what was paid for the line.

    Returns the amount that came on top, None where nothing was captured.
    """
    payment = draft.state.payment
    if payment.state != "captured" or payment.line_paid <= 0:
        return None
    ordered = draft.state.quantity.ordered
    amount = share(payment.line_paid, payment.currency, units=count, before=already, ordered=ordered)
    return owe_amount(draft, amount)


def owe_amount(draft: Draft, amount: Decimal) -> Money | None:
    """Owe the customer an amount, and tell the order system. Returns it, None for nothing."""
    if amount <= 0:
        return None
    payment = draft.state.payment
    due_by = draft.policy.calendar.add_working_days(draft.day, draft.policy.refund_within)
    known = draft.state.refund
    if known is None:
        refund = Refund(currency=payment.currency, amount=amount, vested_at=draft.at, due_by=due_by)
    else:
        due_by = known.due_by if known.remaining > 0 else due_by
        refund = replace(known, amount=known.amount + amount, due_by=due_by)
    draft.change(refund=refund)
    draft.publish("refund_due", amount=str(amount), currency=payment.currency, due_by=due_by.isoformat())
    return Money(amount, payment.currency)


def refold(draft: Draft) -> None:
    """Work the forecast out anew after units or supply moved."""
    forecast = window(draft.policy, draft.state)
    since = draft.state.dateless_on
    if forecast is not None:
        since = None
    elif since is None:
        since = draft.day
    draft.change(forecast=forecast, dateless_on=since)


def settle(draft: Draft) -> None:
    """Close the line once no unit is open and no money is owed.

    Any unit shipped makes it fulfilled; else any substituted, substituted; else it is cancelled.
    """
    state = draft.state
    if state.quantity.open or state.closed is not None:
        return
    draft.change(decided=True, ending=None)
    if state.refund is not None and state.refund.remaining > 0:
        return
    quantity = state.quantity
    ending = (
        Status.FULFILLED
        if quantity.shipped
        else Status.SUBSTITUTED
        if quantity.substituted
        else Status.CANCELLED
    )
    draft.change(closed=ending)
    if ending is Status.FULFILLED:
        draft.publish("fulfilled", shipped=quantity.shipped, cancelled=quantity.cancelled)
    draft.because(f"the line is {ending}")


def window_facts(draft: Draft) -> Facts:
    """The window of what is still open, for a message that states it."""
    state = draft.state
    found = state.forecast or dateless(draft.policy, state, state.supply_why)
    return Facts(
        quantity=state.quantity.open, likely=found.likely, by=found.by, parts=found.parts, why=found.why
    )
