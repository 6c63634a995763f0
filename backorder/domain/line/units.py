"""Units and money that move when a line is cancelled, shipped or substituted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypedDict

from backorder.domain.line.authorizations import ask_for_payment, nothing_to_pay_for, stamp
from backorder.domain.line.commands import FreeUnits
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.last_day_reminder import take_reminder_back
from backorder.domain.line.part_dates import set_aside, why_in_part
from backorder.domain.line.refunds import open_claims, tell_refunded
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.ship_window import (
    dateless,
    fitted,
    is_whole,
    leaves_since_paid,
    run_out,
    seen_from,
    silent_from,
    window,
    without,
)
from backorder.domain.line.slip_timing import unpaid_slips
from backorder.domain.line.state import Pending, PromisedWindow, State, Status, Window
from backorder.domain.line.uncancelled_units import uncancelled, without_cancelled
from backorder.domain.line.unpaid_parts import as_promised
from backorder.domain.notifications import Facts, Kind, Why
from backorder.domain.policy.policy import Policy


class NothingDoneError(Exception):
    """An event that changes nothing. refusal: why, as a customer's page says it; None where none asks.

    noted: the state with a word that nothing comes of, and that may count once more is told; None for none.
    """

    def __init__(self, words: str, refusal: Refusal | None = None, *, noted: State | None = None) -> None:
        super().__init__(words)
        self.refusal = refusal
        self.noted = noted


class UnacceptableError(NothingDoneError):
    """The event cannot be accepted; the message says why, in words for the person who asked."""


class KnownError(NothingDoneError):
    """The event was heard before; hearing it again changes nothing."""


class WithoutEffectError(NothingDoneError):
    """The event comes after the end and changes nothing; the message says why."""


def release(builder: DecisionBuilder, count: int) -> None:
    """Let `count` open units go: unallocated ones first; allocated ones return to stock."""
    quantity = builder.state.quantity
    freed = max(0, count - quantity.waiting)
    if freed:
        builder.do(FreeUnits(quantity=freed))
        builder.change(returned=builder.state.returned + freed)
    builder.change(allocation_reported=min(builder.state.allocation_reported, quantity.allocated - freed))


def units_gone(builder: DecisionBuilder, count: int, *, last: bool) -> None:
    """Follow up on `count` units that are not open any more: those that were to come last, or first.

    What was told keeps standing for the others; messages that speak of the old quantity are taken back.
    """
    builder.withdraw_pending()
    take_reminder_back(builder)
    promise = builder.state.promise
    if promise is not None and builder.state.quantity.open:
        left = without(promise.window, count, last=last)
        builder.change(promise=replace(promise, window=left), first_by=builder.state.first_by or left.by)
    if builder.state.quantity.open:
        builder.withdraw_unsent(Kind.STILL_WAITING)
    else:
        builder.withdraw_unsent()
        if builder.state.hold is not None or builder.state.automatic_cancellation is not None:
            builder.change(hold=None, automatic_cancellation=None)
    before, stated = builder.state.forecast, builder.state.stated
    if stated is not None:
        builder.change(stated=replace(stated, window=without(stated.window, count, last=last)))
    if is_whole(builder.state):  # where none waits any more, what is there counts, and no day instead of it
        builder.change(**refolded(builder))
    else:
        refold(builder)
    state = builder.state
    if state.quantity.open and state.supply_at is not None and state.forecast != before:
        builder.change(supply_at=builder.at)  # a new fact, which settles before it is told


class Refolded(TypedDict):
    """What the line's units and supply come to; see `State`."""

    stated: PromisedWindow | None
    forecast: Window | None
    dateless_on: date | None


def refold(builder: DecisionBuilder) -> None:
    """Work the forecast out anew after something moved that is no word of the supply: units, a payment or the
    policy. A day that a person promised stands on, unless units were given away since.
    """
    stated = builder.state.stated
    if stated is not None and not stated.rejoins:
        builder.change(stated=replace(stated, instead_of=window(builder.policy, builder.state)))
    builder.change(**refolded(builder))


def refolded(builder: DecisionBuilder) -> Refolded:
    """The forecast anew after units or supply moved, for whoever puts it into the state."""
    ahead, allocated = builder.state.ahead, builder.state.quantity.allocated
    if ahead is not None and ahead.units > allocated:
        builder.change(ahead=replace(ahead, units=allocated) if allocated else None)
    state = builder.state
    forecast, stated = window(builder.policy, state), state.stated
    if stated is not None and not stated.falls and (stated.rejoins or stated.instead_of == forecast):
        forecast = stated.window
    elif stated is not None:
        stated = None
    since = state.dateless_on
    if forecast is not None or not state.quantity.open:
        since = None
    elif since is None:
        since = min(builder.day, silent_from(state) or builder.day)
    return {"stated": stated, "forecast": forecast, "dateless_on": since}


def renew_pending(builder: DecisionBuilder, why: str) -> None:
    """A promise that has not gone yet and is not true any more is put into words anew."""
    pending, state = builder.state.pending, builder.state
    found = as_promised(state, _forecast(builder.policy, state))
    if pending is not None and _stays_dateless(builder, pending):
        return
    if pending is not None and pending.window != seen_from(found, builder.day):
        builder.withdraw_pending()
        builder.because(why)


def _forecast(policy: Policy, state: State) -> Window:
    """The forecast, or the window without a date where there is none."""
    return state.forecast or dateless(policy, state, state.supply_why)


def _stays_dateless(builder: DecisionBuilder, pending: Pending) -> bool:
    """Whether it says that no day is known before a payment, and something slips of which that is told by
    then: whatever the new day is, it is not said, and starts no debounce time anew. A question names it.
    """
    said = builder.state.passed_over and pending.window.why is Why.UNPAID
    if not said or pending.kind is Kind.CONSENT_REQUEST:
        return False
    goes_at = max(builder.at, pending.not_before)
    return any(at <= goes_at for at, _ in unpaid_slips(builder.policy, builder.state))


def announce(builder: DecisionBuilder) -> None:
    """Tell the order system which units it may ship, and which it may not ship any more."""
    state = builder.state
    if not _concerns_units_that_are_there(state):
        return
    allocated = shippable(state)
    if allocated < state.allocation_reported:
        builder.publish("allocation_withdrawn", quantity=state.allocation_reported - allocated)
        lost = state.quantity.allocated < state.allocation_reported
        builder.change(allocation_reported=allocated, withdrawn=state.withdrawn or lost)
        gone = state.allocation_reported - allocated
        why = "gone" if lost else "not to be shipped"
        builder.because(f"{gone} allocated {'unit is' if gone == 1 else 'units are'} {why}")
        state = builder.state
    if (added := _to_be_sent(builder.policy, state, allocated) - state.allocation_reported) > 0:
        if state.payment.expired(builder.at):
            ask_for_payment(builder, added)
        else:
            builder.publish("allocated", quantity=added)
            builder.change(allocation_reported=state.allocation_reported + added)
            builder.because(f"{added} {'unit is' if added == 1 else 'units are'} set aside")
    elif state.payment_due is not None:
        nothing_to_pay_for(builder)
    if builder.state.status is Status.ALLOCATED:
        _whole_again(builder)
    elif builder.state.withdrawn and not _was_let_down(builder.state):
        builder.change(withdrawn=False)


def _concerns_units_that_are_there(state: State) -> bool:
    """Whether any are, or were."""
    quantity = state.quantity
    here = quantity.allocated or state.allocation_reported or not quantity.waiting
    return bool(here or state.withdrawn or state.payment_due)


def _to_be_sent(policy: Policy, state: State, allocated: int) -> int:
    """Allocated units that go now: all of a whole line, else as the policy, or the customer, wants it."""
    if policy.partial == "ship" or not state.quantity.waiting:
        return allocated
    return min(allocated, state.ahead.units) if state.ahead else 0


def shippable(state: State) -> int:
    """Allocated units that may leave: not those of a cancellation that can still be taken back, and none
    while something else is to be sent instead, or where the shop does not deliver.
    """
    if state.swap is not None or state.delivery_refused_at is not None:
        return 0
    return min(state.quantity.allocated, uncancelled(state)) if state.revocable else state.quantity.allocated


def _was_let_down(state: State) -> bool:
    """Whether the customer was told that the units are there, or reads a date now that is worse."""
    promise, forecast = state.promise, state.forecast
    if promise is None or promise.window.why is Why.UNSENT:
        return promise is not None
    if promise.by is None:
        return False
    return forecast is None or forecast.by is None or forecast.by > promise.by


def _whole_again(builder: DecisionBuilder) -> None:
    """Every open unit is there: offers are pointless, and so is an apology that has not gone."""
    builder.withdraw_unsent()
    if builder.state.pending is not None and builder.state.pending.kind is Kind.APOLOGY:
        builder.withdraw_pending()
    if builder.state.withdrawn:
        builder.change(withdrawn=False)


def close_if_done(builder: DecisionBuilder) -> None:
    """Close the line once no unit is open and no money is owed; open it again where money is owed after all.

    What was paid for shipping that had become free, or did not arrive, is owed with the goods.

    Any unit shipped makes it fulfilled; else any substituted, substituted; else it is cancelled.
    """
    state, quantity = builder.state, builder.state.quantity
    tell_refunded(builder)
    if quantity.open:
        _may_be_voided_again(builder)
        if state.payment_due is None:
            nothing_to_pay_for(builder)
        return
    if state.passed_over:
        builder.change(passed_over=False)
    nothing_to_pay_for(builder)
    ending = Status.CANCELLED
    if quantity.shipped:
        ending = Status.FULFILLED
    elif quantity.substituted:
        ending = Status.SUBSTITUTED
    _void(builder, ending)
    closed = None if open_claims(builder.policy, state) else ending
    builder.change(decided=True, automatic_cancellation=None, closed=closed)
    if closed is None or closed is state.closed:
        return
    if ending is Status.FULFILLED:
        _once(builder, "fulfilled", shipped=quantity.shipped, cancelled=quantity.cancelled)
    builder.because(f"the line is {ending}")


def _void(builder: DecisionBuilder, ending: Status) -> None:
    """Nothing is left to be paid for: an authorization is given back, each that is reported, unless money was
    taken.
    """
    payment = builder.state.payment
    if payment.state != "authorized" or payment.captured or builder.state.quantity.shipped:
        return
    if not _voided_before(builder, ending):
        hold = stamp(payment.at) if payment.at is not None else "start"
        _once(builder, "void_due", hold, reason=ending.value)


def _voided_before(builder: DecisionBuilder, ending: Status) -> bool:
    """Whether a version before, which noted no hold, asked for it: for the one that there was then."""
    noted = dict(builder.state.done).get(f"void_due/{ending.value}")
    at = builder.state.payment.at
    return noted is not None and (at is None or builder.policy.calendar.day(at) <= noted)


def _may_be_voided_again(builder: DecisionBuilder) -> None:
    """The line goes on, and a hold that stays is given back with its next ending."""
    done = builder.state.done
    left = tuple(each for each in done if not each[0].startswith("void_due/"))
    if len(left) < len(done):
        builder.change(done=left)


def _once(builder: DecisionBuilder, type: str, about: str = "", /, **data: object) -> None:
    """Tell the order system, unless it heard just that before. about: what else it is told once about."""
    key = "/".join([type, *map(str, data.values()), *filter(None, [about])])
    if not builder.state.is_done(key):
        builder.done(key)
        builder.publish(type, **data)


def facts_now(builder: DecisionBuilder) -> Facts:
    """What stands for the open units that nobody cancelled: the promise as it was told, else the forecast."""
    state = without_cancelled(builder.state)
    if state.promise is None:
        found = _forecast(builder.policy, state)
    else:
        found = fitted(state.promise.window, state.quantity.open)
    if found.by is not None and found.by < builder.day and leaves_since_paid(state):
        found = state.forecast or found
    if found.by is not None and found.by < builder.day:
        found = dateless(builder.policy, state, run_out(state))
    return _facts_of(state, builder.day, found)


def facts_of(builder: DecisionBuilder, found: Window) -> Facts:
    """What is said of the open units by a window."""
    return _facts_of(builder.state, builder.day, found)


def _facts_of(state: State, today: date, found: Window) -> Facts:
    found = seen_from(found, today)
    return Facts(
        quantity=state.quantity.open,
        likely=found.likely,
        by=found.by,
        parts=found.parts,
        set_aside=set_aside(state, found.parts),
        why=found.why or why_in_part(state, found.parts),
        ready=is_whole(state),
    )
