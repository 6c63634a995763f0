"""decide: one event, one state, one decision. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from backorder.domain.commands import Decision, ReserveAlternative, ShipUnits, Verdict
from backorder.domain.draft import Draft
from backorder.domain.events import (
    Answered,
    CancelRequested,
    Event,
    Held,
    MessageFailed,
    MessageSent,
    PaymentChanged,
    RefundSent,
    Shipped,
    Started,
    SupplyChanged,
    Ticked,
)
from backorder.domain.messages import Alternative, Facts, Kind
from backorder.domain.money import Money, rounded, share
from backorder.domain.policy import Policy
from backorder.domain.promise import dateless
from backorder.domain.stages import due_day
from backorder.domain.state import OPEN, Consent, Hold, Promise, State, Status, Window
from backorder.domain.steps import UNREACHABLE, steps
from backorder.domain.table import TABLE
from backorder.domain.units import (
    RefusedError,
    cancel_units,
    open_units,
    owe_amount,
    refold,
    release,
    settle,
    settled_units,
    window_facts,
)

LONGEST_HOLD = timedelta(days=30)
HOLD_ALTERNATIVE = timedelta(hours=24)
"""How long the alternative that a customer took is set aside for the order system."""
_TURN = 40  # far more steps than one turn can hold: a rule that never comes to rest is a fault


def decide(policy: Policy, state: State, event: Event) -> Decision:
    """What an event leads to: the new state, what to do about it, and why.

    Total: every event is answered in every status. A rejected or ignored event leaves the state as it was.
    """
    row = TABLE[state.status][type(event)]
    if row.verdict is not Verdict.ACCEPTED:
        return Decision(state=state, commands=(), reason=row.reason, verdict=row.verdict)
    draft = Draft(policy, state, event.at, event.day)
    try:
        _HANDLERS[type(event)](draft, event)
    except RefusedError as refusal:
        return Decision(state=state, commands=(), reason=str(refusal), verdict=Verdict.REJECTED)
    _review(draft)
    return Decision(state=draft.state, commands=tuple(draft.commands), reason=draft.words("nothing is due"))


def _review(draft: Draft) -> None:
    """Do everything that is due, one step at a time: each changes what the next one sees."""
    hold = draft.state.hold
    if hold is not None and hold.until <= draft.at:
        draft.change(hold=None)
        draft.because("the hold is over")
    for _ in range(_TURN):
        _drop_ending(draft)
        due = next((step for step in steps(draft.policy, draft.state) if step.at <= draft.at), None)
        if due is None:
            return
        draft.because(f"{due.what}: {due.why}")
        due.act(draft)
    raise RuntimeError(f"the steps of {draft.state.id} never come to rest: {draft.reasons[-3:]}")


def _drop_ending(draft: Draft) -> None:
    """Forget an announced ending whose condition does not hold any more."""
    ending = draft.state.ending
    if ending is None:
        return
    stage = draft.policy.stage(ending.stage)
    day = due_day(draft.policy, draft.state, stage) if stage else None
    if draft.state.status is not Status.WAITING or day is None or day > ending.on:
        draft.change(ending=None)
        draft.because("the announced ending is off")


def _started(draft: Draft, event: Started) -> None:
    told_by = event.promised_by
    if event.told_at is not None and event.told_on is not None:
        _already_told(draft, event)
    _supply_changed(draft, event.supply)
    if draft.state.supply_at is None:
        draft.change(supply_at=event.at)
    for stage in draft.policy.stages:
        day = due_day(draft.policy, draft.state, stage)
        if stage.do == "escalate" or day is None:
            continue
        if day < draft.day or (told_by is not None and day == draft.day):
            draft.done(stage.key)
            draft.because(f"{stage.key} was due before the line was known and is skipped")


def _already_told(draft: Draft, event: Started) -> None:
    told = [(event.told_at, event.told_on, event.promised_by)]
    told += [(notice.at, notice.on, notice.by_date) for notice in event.notices]
    told = sorted(
        (each for each in told if each[0] is not None),
        key=lambda each: each[0],  # type: ignore[arg-type,return-value]  # None was left out above
    )
    dated = [each for each in told if each[2] is not None]
    at, on, by = dated[-1] if dated else told[-1]
    if at is None or on is None:
        return
    window = Window(likely=None, by=by)
    draft.change(
        promise=Promise(revision=1, window=window, told_at=at, told_on=on),
        revision=1,
        first_by=dated[0][2] if dated else None,
    )
    draft.mark(dated=on, message=told[-1][1] or on)


def _ticked(draft: Draft, event: Ticked) -> None:
    """Time passed; the review does the rest."""


def _supply_changed(draft: Draft, event: SupplyChanged) -> None:
    before = draft.state
    quantity = before.quantity
    if event.allocated > quantity.open:
        raise RefusedError(f"{event.allocated} units are set aside, but only {quantity.open} are open")
    draft.change(
        quantity=replace(quantity, allocated=event.allocated),
        arrivals=event.arrivals,
        allocated_on=event.allocated_on,
        supply_why=event.why,
    )
    refold(draft)
    if draft.state.forecast != before.forecast or draft.state.supply_why != before.supply_why:
        draft.change(supply_at=event.since, drift=event.drift)
        _forecast_moved(draft)
    _announce(draft)


def _forecast_moved(draft: Draft) -> None:
    """A promise that has not gone yet and is not true any more is put into words anew."""
    pending, now = draft.state.pending, draft.state.forecast
    window = now or dateless(draft.policy, draft.state, draft.state.supply_why)
    if pending is not None and pending.window != window:
        draft.withdraw_pending()
        draft.because("the supply changed")


def _announce(draft: Draft) -> None:
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


def _cancel(draft: Draft, event: CancelRequested) -> None:
    count = open_units(draft, event.quantity)
    key = f"cancelled/{event.request}"
    cancel_units(draft, key=key, count=count, reason=event.reason, received_at=event.received_at)
    settle(draft)


def _shipped(draft: Draft, event: Shipped) -> None:
    quantity = draft.state.quantity
    if event.shipment in draft.state.shipments:
        raise RefusedError(f"shipment {event.shipment} was reported already")
    excess = max(0, event.quantity - quantity.open)
    left_first = draft.state.cancelled_at is not None and event.shipped_at < draft.state.cancelled_at
    if excess and left_first and excess <= quantity.cancelled:
        _withdraw_cancellation(draft, event, excess)
    elif draft.state.status is Status.CLOSING:
        draft.change(shipments=(*draft.state.shipments, event.shipment))
        draft.need("shipped_after_cancellation")
        draft.because("the goods left after the outcome was decided; it stands and a person has to look")
        return
    _ship(draft, event, open_units(draft, event.quantity))
    settle(draft)


def _withdraw_cancellation(draft: Draft, event: Shipped, count: int) -> None:
    """Goods that left before the cancellation came in undo it, and the refund that followed from it."""
    quantity, payment, refund = draft.state.quantity, draft.state.payment, draft.state.refund
    left = quantity.cancelled - count
    if refund is not None:
        amount = share(
            payment.line_paid, payment.currency, units=count, before=left, ordered=quantity.ordered
        )
        refund = replace(refund, amount=refund.amount - amount)
        if refund.remaining < 0:
            draft.need("refund_excess")
    draft.change(quantity=replace(quantity, cancelled=left), refund=refund, decided=False)
    draft.publish("cancellation_withdrawn", quantity=count, shipment_id=event.shipment)
    draft.because("the goods had left before the cancellation came in; it is withdrawn")


def _ship(draft: Draft, event: Shipped, count: int) -> None:
    quantity = draft.state.quantity
    allocated = min(count, quantity.allocated)
    free = min(count - allocated, draft.state.around.free)
    draft.do(ShipUnits(allocated=allocated, free=free, outside=count - allocated - free))
    draft.change(
        quantity=replace(
            quantity, allocated=quantity.allocated - allocated, shipped=quantity.shipped + count
        ),
        announced=max(0, draft.state.announced - allocated),
        shipments=(*draft.state.shipments, event.shipment),
    )
    refold(draft)
    if draft.state.quantity.open == 0:
        draft.withdraw_pending()
    _tell_shipped(draft, event, count)
    draft.because(f"{count} shipped")


def _tell_shipped(draft: Draft, event: Shipped, count: int) -> None:
    state = draft.state
    draft.publish("shipped", shipment_id=event.shipment, quantity=count)
    if state.payment.state == "authorized":
        draft.publish("capture_due", shipment_id=event.shipment, quantity=count)
    left = window_facts(draft)
    kind = Kind.PART_SHIPPED if state.quantity.open else Kind.SHIPPED
    facts = Facts(
        quantity=count,
        remaining=state.quantity.open,
        likely=left.likely if state.quantity.open else None,
        by=left.by if state.quantity.open else None,
        parts=left.parts if state.quantity.open else (),
        why=left.why if state.quantity.open else None,
        carrier=event.carrier,
        tracking=event.tracking,
    )
    draft.tell(f"shipped/{event.shipment}", kind, facts)


def _answered(draft: Draft, event: Answered) -> None:
    if event.choice == "cancel":
        count = open_units(draft, event.quantity)
        key = f"answer/{event.request}"
        cancel_units(draft, key=key, count=count, reason="customer", received_at=event.received_at)
        settle(draft)
    elif event.choice == "alternative":
        _substitute(draft, event)
        settle(draft)
    else:
        _keep(draft, event)


def _keep(draft: Draft, event: Answered) -> None:
    promised = draft.state.promise.by if draft.state.promise else None
    until = None if event.indefinite else event.until or promised
    consent = Consent(state="indefinite" if event.indefinite else "given", until=until)
    draft.change(consent=consent)
    draft.tell(
        f"answer/{event.request}", Kind.ANSWER_RECEIVED, replace(_stands(draft), choice="keep", until=until)
    )
    draft.because("the customer keeps waiting")


def _stands(draft: Draft) -> Facts:
    """What stands after an answer: the promise as told."""
    promise = draft.state.promise
    if promise is None:
        return window_facts(draft)
    window = promise.window
    quantity = draft.state.quantity.open
    return Facts(quantity=quantity, likely=window.likely, by=window.by, parts=window.parts, why=window.why)


def _substitute(draft: Draft, event: Answered) -> None:
    chosen = _offered(draft.state, event.sku)
    state = draft.state
    quantity, payment = state.quantity, state.payment
    count = quantity.open
    if event.quantity not in (None, count):
        raise RefusedError(f"an alternative is taken for all {count} open units, not for {event.quantity}")
    release(draft, count)
    draft.do(ReserveAlternative(sku=chosen.sku, quantity=count, until=draft.at + HOLD_ALTERNATIVE))
    draft.change(quantity=replace(quantity, allocated=0, substituted=quantity.substituted + count))
    refold(draft)
    draft.withdraw_pending()
    refund = _difference(draft, chosen, count)
    offers = tuple(
        replace(offer, taken=chosen.sku) if chosen in offer.alternatives else offer for offer in state.offers
    )
    draft.change(offers=offers)
    held = (draft.at + HOLD_ALTERNATIVE).isoformat().replace("+00:00", "Z")
    draft.publish(
        "substituted",
        sku=chosen.sku,
        quantity=count,
        price=str(chosen.price.amount),
        currency=payment.currency,
        held_until=held,
    )
    facts = Facts(
        quantity=count,
        chosen=chosen,
        refund=refund,
        refund_by=draft.state.refund.due_by if refund and draft.state.refund else None,
    )
    draft.tell(f"answer/{event.request}", Kind.SUBSTITUTED, facts)
    draft.because(f"the customer takes {chosen.sku} instead")


def _offered(state: State, sku: str) -> Alternative:
    for offer in reversed(state.offers):
        for alternative in offer.alternatives:
            if alternative.sku == sku:
                if all(found.sku != sku for found in state.around.alternatives):
                    raise RefusedError(f"{sku} is not in stock any more")
                return alternative
    raise RefusedError(f"{sku} was not offered for this line")


def _difference(draft: Draft, chosen: Alternative, count: int) -> Money | None:
    """What a cheaper alternative leaves over is given back."""
    payment = draft.state.payment
    if payment.state != "captured":
        return None
    ordered = draft.state.quantity.ordered
    before = settled_units(draft.state) + draft.state.quantity.shipped
    paid = share(payment.line_paid, payment.currency, units=count, before=before, ordered=ordered)
    return owe_amount(draft, paid - rounded(chosen.price.amount * count, payment.currency))


def _held(draft: Draft, event: Held) -> None:
    if event.until <= event.at:
        raise RefusedError("a hold must end in the future")
    if event.until > event.at + LONGEST_HOLD:
        raise RefusedError(f"a hold lasts {LONGEST_HOLD.days} days at most")
    draft.change(hold=Hold(until=event.until, reason=event.reason))
    draft.withdraw_pending()
    draft.because("no messages until the hold is over")


def _refund_sent(draft: Draft, event: RefundSent) -> None:
    refund = draft.state.refund
    if refund is None:
        draft.need("refund_excess")
        draft.because("a refund was sent that was not owed")
        return
    if any(known == event.refund for known, _ in refund.sent):
        raise RefusedError(f"refund {event.refund} was reported already")
    was_owed = refund.remaining > 0
    refund = replace(refund, sent=(*refund.sent, (event.refund, event.amount)))
    draft.change(refund=refund)
    if refund.remaining < 0:
        draft.need("refund_excess")
    if refund.remaining > 0:
        draft.because(f"{refund.remaining} {refund.currency} are still owed")
    elif was_owed:
        draft.change(needs=tuple(need for need in draft.state.needs if need != "refund_overdue"))
        facts = Facts(refund=Money(refund.amount, refund.currency), quantity=draft.state.quantity.cancelled)
        draft.tell(f"refunded/{event.refund}", Kind.REFUNDED, facts)
        draft.because("the refund is complete")
    settle(draft)


def _payment_changed(draft: Draft, event: PaymentChanged) -> None:
    payment = replace(draft.state.payment, state=event.state, expires_at=event.expires_at)
    draft.change(payment=payment)
    draft.because(f"the payment is {event.state}")


def _message_sent(draft: Draft, event: MessageSent) -> None:
    state = draft.state
    if state.pending is not None and state.pending.key == event.key:
        draft.change(pending=None)
    draft.change(around=replace(state.around, in_flight=False))
    draft.because(f"{event.kind.value} was sent")
    known = state.promise.revision if state.promise else 0
    if event.window is None or event.revision is None or event.revision <= known:
        return
    promise = Promise(revision=event.revision, window=event.window, told_at=event.at, told_on=event.day)
    draft.change(promise=promise, first_by=state.first_by or event.window.by)
    if state.status in OPEN:
        draft.publish(
            "promised", revision=event.revision, likely=_day(event.window.likely), by=_day(event.window.by)
        )


def sending(policy: Policy, state: State, now: datetime) -> MessageSent:
    """The event that the pending promise goes out, as soon as it may. Raises ValueError without one."""
    pending = state.pending
    if pending is None:
        raise ValueError(f"{state.id} has no message waiting to go")
    at = max(now, pending.not_before)
    return MessageSent(
        at=at,
        day=policy.calendar.day(at),
        key=pending.key,
        kind=pending.kind,
        revision=pending.revision,
        window=pending.window,
    )


def told(policy: Policy, state: State, now: datetime) -> State:
    """The state once its pending promise has gone out, with nothing else done about it."""
    event = sending(policy, state, now)
    draft = Draft(policy, state, event.at, event.day)
    _message_sent(draft, event)
    return draft.state


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None


def _message_failed(draft: Draft, event: MessageFailed) -> None:
    state = draft.state
    if state.pending is not None and state.pending.key == event.key:
        draft.change(pending=None, marks=state.pending.before)
    draft.change(around=replace(state.around, in_flight=False))
    draft.need(UNREACHABLE)
    draft.because(f"no channel reached the customer: {event.reason}")


_HANDLERS: dict[type[Event], Callable[[Draft, Any], None]] = {
    Started: _started,
    Ticked: _ticked,
    SupplyChanged: _supply_changed,
    CancelRequested: _cancel,
    Shipped: _shipped,
    Answered: _answered,
    Held: _held,
    RefundSent: _refund_sent,
    PaymentChanged: _payment_changed,
    MessageSent: _message_sent,
    MessageFailed: _message_failed,
}
