"""Units and money that move when a line is cancelled, shipped or substituted."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.commands import FreeUnits
from backorder.domain.draft import Draft
from backorder.domain.ledger import outstanding
from backorder.domain.messages import Facts, Kind, Why
from backorder.domain.promise import (
    dateless,
    fitted,
    is_whole,
    run_out,
    seen_from,
    silent_from,
    window,
    without,
)
from backorder.domain.refunds import tell_refunded
from backorder.domain.state import State, Status


class RefusedError(Exception):
    """The event cannot be accepted; the message says why, in words for the person who asked."""


class KnownError(Exception):
    """The event was heard before; hearing it again changes nothing."""


class WithoutEffectError(Exception):
    """The event comes after the end and changes nothing; the message says why."""


def release(draft: Draft, count: int) -> None:
    """Let `count` open units go: unallocated ones first; allocated ones return to the shelf."""
    quantity = draft.state.quantity
    freed = max(0, count - quantity.waiting)
    if freed:
        draft.do(FreeUnits(quantity=freed))
        draft.change(returned=draft.state.returned + freed)
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
    """Close the line once no unit is open and no money is owed; open it again where money is owed after all.

    Any unit shipped makes it fulfilled; else any substituted, substituted; else it is cancelled.
    """
    state, quantity = draft.state, draft.state.quantity
    tell_refunded(draft)
    if quantity.open:
        return
    ending = Status.CANCELLED
    if quantity.shipped:
        ending = Status.FULFILLED
    elif quantity.substituted:
        ending = Status.SUBSTITUTED
    _void(draft, ending)
    closed = None if outstanding(state) else ending
    draft.change(decided=True, ending=None, closed=closed)
    if closed is None or closed is state.closed:
        return
    if ending is Status.FULFILLED:
        _once(draft, "fulfilled", shipped=quantity.shipped, cancelled=quantity.cancelled)
    draft.because(f"the line is {ending}")


def _void(draft: Draft, ending: Status) -> None:
    """Nothing is left to be paid for: an authorization is given back, unless money was taken."""
    payment = draft.state.payment
    if payment.state == "authorized" and not payment.captured and not draft.state.quantity.shipped:
        _once(draft, "void_due", reason=ending.value)


def _once(draft: Draft, type: str, **data: object) -> None:
    """Tell the order system, unless it heard just that before."""
    key = "/".join([type, *map(str, data.values())])
    if not draft.state.is_done(key):
        draft.done(key)
        draft.publish(type, **data)


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
        quantity=state.quantity.open,
        likely=found.likely,
        by=found.by,
        parts=found.parts,
        why=found.why,
        ready=is_whole(state),
    )
