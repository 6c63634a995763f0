"""Money that is only held: that the hold ends, and what becomes of units that are there without one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.commands import FreeUnits, PassOver, Withdraw
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.ledger import worth
from backorder.domain.line.legal_dates import (
    last_day,
)
from backorder.domain.line.money_facts import PaymentDue
from backorder.domain.line.payment_days import ending, kept_at_most, kept_until, let_go_at
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.sent_back import units_unpaid
from backorder.domain.line.ship_window import silent_from, why_undated
from backorder.domain.line.state import Shipment, State
from backorder.domain.line.step import DUTIES, Step, after_hold, out_of_reach
from backorder.domain.line.unpaid_facts import waits_for_payment
from backorder.domain.line.unpaid_parts import count_from_payment
from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind, Why
from backorder.domain.policy.policy import Policy

PASSED_ON = "units_passed_on"
"""Units go to the next in the queue for want of a payment: whoever pays before that keeps them."""
BEFORE_EXPIRY = timedelta(days=2)
"""How long before an authorization runs out the order system hears of it."""


LONGEST_KEPT = timedelta(days=30)
"""How long units are kept at most for who was not asked for the payment, from when they could be."""


def authorization_steps(policy: Policy, state: State) -> Iterator[Step]:
    """The reminder that an authorization runs out, and what is due where one is missing."""
    expires_at = state.payment.expires_at
    if state.payment.state == "authorized" and expires_at is not None:
        key = f"authorization/{stamp(expires_at)}"
        if not state.is_done(key):
            yield _expiring(state, key, expires_at)
    due = state.payment_due
    if due is not None:
        yield _grace_over(policy, state, due)
        if not due.told:
            yield _asking(policy, due)


def _expiring(state: State, key: str, expires_at: datetime) -> Step:
    def act(builder: DecisionBuilder) -> None:
        builder.done(key)
        builder.publish("authorization_expiring", expires_at=stamp(expires_at))

    at = max(state.opened_at, expires_at - BEFORE_EXPIRY)
    why = "the authorization of the payment runs out"
    return Step(at=at, rank=(DUTIES, 0), what="authorization_expiring", why=why, act=act)


def _asking(policy: Policy, due: PaymentDue) -> Step:
    """Without an address to pay at the customer is asked the next morning; with one, at once."""
    at = policy.daily_review(policy.calendar.day(due.since) + ONE_DAY)
    why = "units are there, and no authorization of the payment holds"
    return Step(at=at, rank=(DUTIES, 3), what="payment_due", why=why, act=_tell, writes=True)


def _grace_over(policy: Policy, state: State, due: PaymentDue) -> Step:
    def act(builder: DecisionBuilder) -> None:
        if not _was_asked(builder, due):
            _keep(builder, due, min(_grace_ends_at(builder, builder.at), _kept_longest(builder.state, due)))
            builder.because("nothing is given away from who was not asked yet")
            return
        # What was reported while a hold was valid may be packed, and no money is asked for it.
        quantity, stays = builder.state.quantity, builder.state.allocation_reported
        freed = quantity.allocated - stays
        ahead = builder.state.ahead
        if ahead is not None and ahead.units > stays:
            builder.change(ahead=replace(ahead, units=stays) if stays else None)
        _take_back_question(builder)
        builder.change(payment_due=None, passed_over=True)
        tell_anew(builder)
        builder.do(PassOver(on=True))
        builder.do(FreeUnits(quantity=freed))
        builder.change(quantity=replace(quantity, allocated=stays), returned=builder.state.returned + freed)
        _debounce_anew(builder)
        builder.gave_units_away()
        builder.because(f"{freed} go to the next in the queue; the line keeps its place for later ones")

    why = "no authorization came in the days for which the units were kept"
    at = let_go_at(policy, state, due)
    return Step(at=at, rank=(DUTIES, 4), what=PASSED_ON, why=why, act=act)


def _debounce_anew(builder: DecisionBuilder) -> None:
    """That its units went to others is news of the supply, and what serves the line now is heard next: before
    it is, nobody is told that no day is known. A forecast that is over says nothing any more.
    """
    silent = silent_from(builder.state)
    over = silent is not None and silent <= builder.day
    forecast = None if over else builder.state.forecast
    builder.change(forecast=forecast, supply_at=builder.at, moved_by_time_alone=False)


def _was_asked(builder: DecisionBuilder, due: PaymentDue) -> bool:
    """Whether the customer was asked, or cannot be, or nothing asked them in all that time."""
    if out_of_reach(builder.state) or builder.at >= _kept_longest(builder.state, due):
        return True
    return due.told and has_gone(builder.state, _key(due))


def _kept_longest(state: State, due: PaymentDue) -> datetime:
    """Until when units are kept at the longest, which no hold makes shorter: none asks while it lasts."""
    return after_hold(state, max(due.since, due.held_until or due.since)) + LONGEST_KEPT


def asked_after_hold(builder: DecisionBuilder) -> None:
    """A hold began: who was not asked for the payment yet is asked after it, and has as long as anybody."""
    hold, due = builder.state.hold, builder.state.payment_due
    if hold is None or due is None or (due.told and has_gone(builder.state, _key(due))):
        return
    until = max(due.until, _grace_ends_at(builder, builder.at))
    _keep(builder, replace(due, held_until=hold.until), until)


def _grace_ends_at(builder: DecisionBuilder, asked: datetime) -> datetime:
    """Until when units are kept for who is asked then, or once a hold is over: so many days at the shop, to
    the same time of day, whatever its clocks do between.
    """
    calendar = builder.policy.calendar
    since = calendar.local(after_hold(builder.state, asked))
    return calendar.instant(since.date() + timedelta(days=builder.policy.payment_grace), since.time())


def ask_for_payment(builder: DecisionBuilder, units: int) -> None:
    """Units are there without a valid authorization: they stay reserved, and everybody hears why.

    units: all of them; where more have come since, it is asked for them all.
    """
    state, due = builder.state, builder.state.payment_due
    if due is not None and (not due.units or units <= due.units):
        if units < due.units:
            builder.change(payment_due=replace(due, units=units))
        return
    _take_back_question(builder)
    until = _grace_ends_at(builder, builder.at)
    held_until = state.hold.until if state.hold is not None else None
    due = PaymentDue(since=builder.at, until=until, units=units, held_until=held_until)
    builder.change(payment_due=due)
    _publish(builder, due)
    builder.need("payment_missing")
    builder.because("the units are kept, and no authorization of the payment holds")
    if state.payment.pay_url:
        _tell(builder)


def _keep(builder: DecisionBuilder, due: PaymentDue, until: datetime) -> PaymentDue:
    """Keep the units until then, for who was not asked for the payment yet. Returns what is due.

    The order system was told another instant, after which it would have taken them for gone.
    """
    moved = replace(due, until=until)
    builder.change(payment_due=moved)
    return _publish(builder, moved) if until != due.until else moved


def _publish(builder: DecisionBuilder, due: PaymentDue) -> PaymentDue:
    """Tell the order system what has to be paid, and until when. Returns what is due."""
    state = builder.state
    units, until = due.units or state.quantity.allocated, kept_at_most(builder.policy, state, due)
    due = replace(due, published=until, published_units=units)
    builder.change(payment_due=due)
    builder.publish(
        "authorization_due",
        amount=worth(state, units),
        currency=state.payment.currency,
        until=stamp(until),
        shipment_id=None,
    )
    return due


def publish_anew(builder: DecisionBuilder, due: PaymentDue) -> None:
    """Tell the order system where units are kept until another instant than it was told, or are fewer: their
    line ends on another day, say, or some of them were cancelled.
    """
    if due.published is None:
        return
    until = kept_at_most(builder.policy, builder.state, due)
    if (until, due.units or builder.state.quantity.allocated) != (due.published, due.published_units):
        _publish(builder, due)
        builder.because("the order system hears for what, and until when, the payment is awaited now")


def ask_for_what_left(builder: DecisionBuilder, shipment: Shipment, count: int) -> None:
    """Units left, and the hold on their money was over: nobody pays for them unless the order system, which
    hears it once a shipment, and a person see to it.

    count: units of it that were shipped in time.
    """
    state, key = builder.state, f"authorization_due/{shipment.id}"
    missing = min(count, units_unpaid(state))
    if not missing:
        return
    builder.need("payment_missing")
    builder.because("units left, and no authorization of the payment holds")
    if state.is_done(key):
        return
    this = (shipment.shipped_at, shipment.id)
    before = sum(each.quantity for each in state.shipments if (each.shipped_at, each.id) < this)
    builder.done(key)
    builder.publish(
        "authorization_due",
        amount=worth(state, before + missing) - worth(state, before),
        currency=state.payment.currency,
        until=None,
        shipment_id=shipment.id,
    )


def payment_moved(builder: DecisionBuilder) -> None:
    """A report came in: with a valid authorization, or the money itself, the line goes on as before."""
    state = builder.state
    due = state.payment_due
    if state.payment.expired(builder.at):
        if due is not None and not due.told and state.payment.pay_url:
            _tell(builder)
        return
    if waits_for_payment(state):
        tell_anew(builder)
    if due is not None:
        _take_back_question(builder)
        count_from_payment(builder)
        builder.change(payment_due=None)
    if state.passed_over:
        builder.change(passed_over=False)
        if state.delivery_refused_at is None:
            builder.do(PassOver(on=False))
    blame_the_supply(builder)
    builder.need_no_more("payment_missing")


def tell_anew(builder: DecisionBuilder) -> None:
    """What has not gone was put into words for the payment as it was: the same turn plans it anew."""
    builder.withdraw_unsent(Kind.STILL_WAITING)
    builder.withdraw_pending()


def blame_the_supply(builder: DecisionBuilder) -> None:
    """Where no day could be said before it was paid for, its supply is why there is none from now on: of what
    stands, or stands again, once it is.
    """
    promise = builder.state.promise
    if promise is not None and promise.window.why is Why.UNPAID and not builder.state.passed_over:
        window = replace(promise.window, why=why_undated(builder.policy, builder.state))
        builder.change(promise=replace(promise, window=window))


def nothing_to_pay_for(builder: DecisionBuilder) -> None:
    """The units are not there any more, or none is open: no payment is asked for but that of what left."""
    if builder.state.payment_due is not None:
        _take_back_question(builder)
        builder.change(payment_due=None)
    if (
        "payment_missing" in builder.state.needs
        and not builder.state.passed_over
        and not units_unpaid(builder.state)
    ):
        builder.need_no_more("payment_missing")


def _tell(builder: DecisionBuilder) -> None:
    state, due = builder.state, builder.state.payment_due
    if due is None or due.told:
        return
    if state.hold is not None:  # they are asked once it is over
        due = _keep(builder, due, max(due.until, _grace_ends_at(builder, builder.at)))
    due = replace(due, told=True)
    builder.change(payment_due=due)
    builder.tell(_key(due), Kind.PAYMENT_DUE, _words(builder, due))


def _words(builder: DecisionBuilder, due: PaymentDue) -> Facts:
    state = builder.state
    units, (ends, stays) = due.units or state.quantity.allocated, ending(state)
    return Facts(
        quantity=units,
        remaining=state.quantity.open - units,
        amount=Money(worth(state, units), state.payment.currency),
        pay_url=state.payment.pay_url,
        until=kept_until(builder.policy, state, due),
        ends_on=ends,
        staying=stays,
        silence="cancelled" if ends or last_day(builder.policy, state) else "",
    )


def asked_until(builder: DecisionBuilder, units: int) -> date:
    """The last day for the payment of units that are asked for in this turn."""
    due = builder.state.payment_due
    if due is None or units > due.units:
        due = PaymentDue(since=builder.at, until=_grace_ends_at(builder, builder.at), units=units)
    return kept_until(builder.policy, builder.state, due)


def payment_words(builder: DecisionBuilder, key: str) -> Facts | None:
    """What the message of a key asks for as things stand; None where that is not due any more."""
    due = builder.state.payment_due
    return _words(builder, due) if due is not None and _key(due) == key else None


def _take_back_question(builder: DecisionBuilder) -> None:
    due = builder.state.payment_due
    if due is not None and due.told and not has_gone(builder.state, _key(due)):
        builder.do(Withdraw(key=_key(due)))


def _key(due: PaymentDue) -> str:
    # The version before asked without saying for how many, once a day.
    return f"payment_due/{stamp(due.since) if due.units else due.since.date().isoformat()}"


def stamp(at: datetime) -> str:
    """An instant as the order system reads it."""
    return at.isoformat().replace("+00:00", "Z")
