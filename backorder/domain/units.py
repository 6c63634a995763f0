"""Units and money that move when a line is cancelled, shipped or substituted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from backorder.domain.commands import FreeUnits
from backorder.domain.draft import Draft
from backorder.domain.messages import Facts, Kind, Why
from backorder.domain.money import Money, share
from backorder.domain.promise import (
    dateless,
    fitted,
    run_out,
    seen_from,
    silent_from,
    window,
    without,
)
from backorder.domain.state import Refund, State, Status

_NOTHING = Decimal(0)


class RefusedError(Exception):
    """The event cannot be accepted; the message says why, in words for the person who asked."""


class KnownError(Exception):
    """The event was heard before; hearing it again changes nothing."""


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


def cancel_units(draft: Draft, *, key: str, count: int, reason: str, received_at: datetime) -> None:
    """End `count` open units: free them, give the money back, tell the customer and the order system."""
    quantity = draft.state.quantity
    worth = worth_of(draft.state, count)
    release(draft, count)
    draft.change(
        quantity=replace(
            quantity,
            allocated=min(quantity.allocated, quantity.open - count),
            cancelled=quantity.cancelled + count,
        ),
        cancelled_at=received_at,
    )
    units_gone(draft, count, last=True)
    draft.publish("cancelled", quantity=count, reason=reason)
    refund = owe(draft, worth)
    remaining = draft.state.quantity.open
    facts = replace(
        standing(draft) if remaining else Facts(),
        quantity=count,
        remaining=remaining,
        reason=reason,
        refund=refund,
        refund_by=draft.state.refund.due_by if refund and draft.state.refund else None,
    )
    draft.tell(key, Kind.CANCELLED, facts)
    draft.because(f"{count} cancelled ({reason})")


def release(draft: Draft, count: int) -> None:
    """Let `count` open units go: unallocated ones first; allocated ones return to the shelf."""
    quantity = draft.state.quantity
    freed = max(0, count - quantity.waiting)
    if freed:
        draft.do(FreeUnits(quantity=freed))
    draft.change(announced=min(draft.state.announced, quantity.allocated - freed))


def units_gone(draft: Draft, count: int, *, last: bool) -> None:
    """Follow up on `count` units that are not open any more: those that were to come last, or first.

    What was told keeps standing for the others; messages that speak of the old quantity are taken back.
    """
    draft.withdraw_pending()
    promise = draft.state.promise
    if promise is not None and draft.state.quantity.open:
        left = without(promise.window, count, last=last)
        draft.change(promise=replace(promise, window=left), first_by=draft.state.first_by or left.by)
    if draft.state.quantity.open:
        draft.withdraw_unsent(Kind.STILL_WAITING)
    else:
        draft.withdraw_unsent()
        draft.change(hold=None, ending=None)
    refold(draft)


def worth_of(state: State, count: int) -> Decimal:
    """What `count` open units are worth, pro rata of what was paid; the last of a line take the rounding.

    Never more than what is left after the units that shipped and the money that is owed already.
    """
    payment, quantity = state.payment, state.quantity
    if payment.state != "captured":
        return _NOTHING
    paid, currency, ordered = payment.line_paid, payment.currency, quantity.ordered
    kept = share(paid, currency, units=quantity.shipped, ordered=ordered)
    owed = state.refund.amount if state.refund else _NOTHING
    if quantity.cancelled and not owed:  # cancelled before anything was paid
        owed = share(paid, currency, units=quantity.cancelled, ordered=ordered)
    left = max(_NOTHING, paid - kept - owed)
    if count == quantity.open:
        return left
    return min(left, share(paid, currency, units=count, ordered=ordered))


def owe(draft: Draft, amount: Decimal) -> Money | None:
    """Owe the customer an amount, and tell the order system. Returns it, None for nothing."""
    if amount <= 0:
        return None
    payment, known = draft.state.payment, draft.state.refund
    due_by = draft.policy.calendar.add_working_days(draft.day, draft.policy.refund_within)
    refund = Refund(currency=payment.currency, amount=amount, vested_at=draft.at, due_by=due_by)
    if known is not None and known.remaining > 0:
        refund = replace(known, amount=known.amount + amount)
    elif known is not None:
        refund = replace(refund, amount=known.amount + amount, sent=known.sent, told=known.told)
    draft.change(refund=refund)
    if refund.remaining >= 0:
        draft.need_no_more("refund_excess")
    asked = min(amount, refund.remaining)
    if asked > 0:
        due = refund.due_by.isoformat()
        draft.publish("refund_due", amount=str(asked), currency=payment.currency, due_by=due)
    return Money(amount, payment.currency)


def refold(draft: Draft) -> None:
    """Work the forecast out anew after units or supply moved."""
    forecast = window(draft.policy, draft.state)
    since = draft.state.dateless_on
    if forecast is not None or not draft.state.quantity.open:
        since = None
    elif since is None:
        since = min(draft.day, silent_from(draft.state) or draft.day)
    draft.change(forecast=forecast, dateless_on=since)


def announce(draft: Draft) -> None:
    """Tell the order system which units it may ship, and which it may not ship any more."""
    state = draft.state
    allocated = state.quantity.allocated
    if allocated < state.announced:
        draft.publish("allocation_withdrawn", quantity=state.announced - allocated)
        draft.change(announced=allocated, withdrawn=True)
        draft.because(f"{state.announced - allocated} allocated units are gone")
    elif allocated > state.announced and (draft.policy.partial == "ship" or state.quantity.waiting == 0):
        draft.publish("allocated", quantity=allocated - state.announced)
        draft.change(announced=allocated)
        draft.because(f"{allocated - state.announced} units are set aside")
    if draft.state.status is Status.ALLOCATED:
        _whole_again(draft)
    elif draft.state.withdrawn and not _was_let_down(draft.state):
        draft.change(withdrawn=False)


def _was_let_down(state: State) -> bool:
    """Whether the customer was told that the units are there, or reads a date now that is worse."""
    promise, forecast = state.promise, state.forecast
    if promise is None or promise.window.why is Why.UNSENT:
        return promise is not None
    if promise.by is None:
        return False
    return forecast is None or forecast.by is None or forecast.by > promise.by


def _whole_again(draft: Draft) -> None:
    """Every open unit is there: offers are pointless, and so is an apology that has not gone."""
    draft.withdraw_unsent()
    if draft.state.pending is not None and draft.state.pending.kind is Kind.APOLOGY:
        draft.withdraw_pending()
    if draft.state.withdrawn:
        draft.change(withdrawn=False)


def settle(draft: Draft) -> None:
    """Close the line once no unit is open and no money is owed.

    Any unit shipped makes it fulfilled; else any substituted, substituted; else it is cancelled.
    """
    state, quantity = draft.state, draft.state.quantity
    if quantity.open or state.closed is not None:
        return
    ending = Status.CANCELLED
    if quantity.shipped:
        ending = Status.FULFILLED
    elif quantity.substituted:
        ending = Status.SUBSTITUTED
    if not state.decided and state.payment.state == "authorized" and not quantity.shipped:
        draft.publish("void_due", reason=ending.value)
    draft.change(decided=True, ending=None)
    if state.refund is not None and state.refund.remaining > 0:
        return
    draft.change(closed=ending)
    if ending is Status.FULFILLED:
        draft.publish("fulfilled", shipped=quantity.shipped, cancelled=quantity.cancelled)
    draft.because(f"the line is {ending}")


def standing(draft: Draft) -> Facts:
    """What stands for the open units: the promise as it was told, else the forecast."""
    state = draft.state
    if state.promise is None:
        found = state.forecast or dateless(draft.policy, state, state.supply_why)
    else:
        found = fitted(state.promise.window, state.quantity.open)
    over = found.by is not None and found.by < draft.day
    if over:
        found = dateless(draft.policy, state, run_out(state))
    found = seen_from(found, draft.day)
    return Facts(
        quantity=state.quantity.open, likely=found.likely, by=found.by, parts=found.parts, why=found.why
    )
