"""Units that the carrier holds, also those that left before, or after, the line was cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from backorder.domain.line.authorizations import ask_for_what_left
from backorder.domain.line.cancellations import counted, need_for_stray, put_right
from backorder.domain.line.commands import ShipUnits
from backorder.domain.line.coupons import restore_coupons
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Shipped
from backorder.domain.line.last_day_reminder import with_rest
from backorder.domain.line.ledger import UnitTally, in_vain, outstanding, tally
from backorder.domain.line.refunds import reckon
from backorder.domain.line.revocable_cancellations import make_final
from backorder.domain.line.sent_back import capture_key, was_held
from backorder.domain.line.state import Quantity, SentAhead, Shipment, State
from backorder.domain.line.swaps import give_up, undone
from backorder.domain.line.units import KnownError, UnacceptableError, close_if_done, facts_now, units_gone
from backorder.domain.line.withdrawals import send_back
from backorder.domain.notifications import Facts, Kind, names_day
from backorder.domain.texts import how_many

_NO_FACTS = Facts()
_IN_VAIN = "left_in_vain"
"""How a shipment is noted of which units seemed to have left in vain when it was heard."""


def shipped(builder: DecisionBuilder, event: Shipped) -> None:
    """Book a shipment. Goods that left before a cancellation came in undo it; later ones need a person."""
    make_final(builder)
    before = builder.state
    if any(each.id == event.shipment for each in before.shipments):
        raise KnownError(f"shipment {event.shipment} was reported already")
    known = sum(each.quantity for each in before.shipments)
    if event.quantity < 1 or event.quantity > before.quantity.ordered - known:
        left = before.quantity.ordered - known
        raise UnacceptableError(
            f"{how_many(event.quantity, 'unit')} cannot have shipped: {left} of the line had not"
        )
    shipment = Shipment(id=event.shipment, quantity=event.quantity, shipped_at=event.shipped_at)
    shipments = (*before.shipments, shipment)
    dealt = tally(before.quantity.ordered, before.cancellations, shipments, before.substitutions)
    count = dealt.shipped - before.quantity.shipped
    taken = _take_from_stock(builder, event, count)
    builder.change(shipments=shipments, **taken, **_counted(before, dealt))
    uncancelled = before.quantity.cancelled - builder.state.quantity.cancelled
    given_back = undone(builder, dealt)
    stray = in_vain(builder.state) - in_vain(before)
    if stray:
        builder.done(f"{_IN_VAIN}/{event.shipment}")
        need_for_stray(builder, stray)
    reckon(builder, before)
    if uncancelled:
        _withdrawn(builder, event, uncancelled)
    if count:
        units_gone(builder, max(0, count - uncancelled - given_back), last=False)
        give_up(builder, "units of the line shipped", person=True)
        _tell_shipped(builder, event, shipment, count, before)
        builder.because(f"{count} shipped")
    send_back(builder, before)
    close_if_done(builder)


def _take_from_stock(builder: DecisionBuilder, event: Shipped, count: int) -> Mapping[str, object]:
    """The line's own units go first, then free ones, then those that it gave back; no others are touched.

    Returns what changes of the line.
    """
    state, context = builder.state, builder.state.context
    own = min(count, state.quantity.allocated)
    free = min(event.quantity - own, context.free)
    returned = min(event.quantity - own - free, state.returned, context.held)
    outside = event.quantity - own - free - returned
    builder.do(ShipUnits(allocated=own, free=free, outside=outside, returned=returned))
    return {
        "allocation_reported": max(0, state.allocation_reported - own),
        "ahead": _left_ahead(state, own),
        "returned": max(0, state.returned - free - returned),
    }


def _left_ahead(state: State, gone: int) -> SentAhead | None:
    """What is still to go before the rest."""
    ahead = state.ahead
    return replace(ahead, units=ahead.units - gone) if ahead is not None and ahead.units > gone else None


def _counted(state: State, dealt: UnitTally) -> Mapping[str, object]:
    """The units of the line as they were dealt out, and what each cancellation has ended of them."""
    count = dealt.shipped - state.quantity.shipped
    quantity = Quantity(
        ordered=state.quantity.ordered,
        allocated=max(0, state.quantity.allocated - count),
        shipped=dealt.shipped,
        cancelled=sum(dealt.cancelled),
        substituted=sum(dealt.substituted),
    )
    return {"quantity": quantity, "cancellations": counted(state.cancellations, dealt.cancelled)}


def _withdrawn(builder: DecisionBuilder, event: Shipped, count: int) -> None:
    owed = outstanding(builder.state)
    builder.publish("cancellation_withdrawn", quantity=count, shipment_id=event.shipment, refund_due=owed)
    builder.because("the goods had left before the cancellation came in; it is withdrawn")


def _tell_shipped(
    builder: DecisionBuilder, event: Shipped, shipment: Shipment, count: int, before: State
) -> None:
    remaining = builder.state.quantity.open
    builder.publish("shipped", shipment_id=event.shipment, quantity=count)
    capture(builder, shipment, count)
    uncancelled, unrefunded = put_right(builder, before)
    late = builder.state.ended_late > before.ended_late  # then a person decides whether it comes back
    facts = (
        with_rest(builder.policy, builder.state, facts_now(builder)) if remaining else _NO_FACTS
    ).replace(
        quantity=count,
        remaining=remaining,
        carrier=event.carrier,
        tracking=event.tracking,
        uncancelled=uncancelled,
        refund=None if late else unrefunded,
    )
    kind = Kind.PART_SHIPPED if remaining else Kind.SHIPPED
    at = builder.tell(f"shipped/{event.shipment}", kind, facts)
    if names_day(facts):
        builder.contacted(dated=builder.day_of(at))
    restore_coupons(builder, before.cancellations)


def shipped_after_all(builder: DecisionBuilder, shipment: Shipment, count: int, read: Facts) -> bool:
    """Units of a shipment had left in time after all: what had been cancelled before them is not.

    Who heard of them when they left, before that was cancelled, hears nothing more. read: what they read of
    the cancellation, and of its refund. Returns whether they are told.
    """
    if not builder.state.is_done(f"{_IN_VAIN}/{shipment.id}"):
        return False
    remaining = builder.state.quantity.open
    builder.publish("shipped", shipment_id=shipment.id, quantity=count)
    capture(builder, shipment, count)
    facts = with_rest(builder.policy, builder.state, facts_now(builder)) if remaining else _NO_FACTS
    facts = facts.replace(quantity=count, remaining=remaining)
    facts = facts.replace(uncancelled=read.uncancelled, refund=read.refund)
    kind = Kind.PART_SHIPPED if remaining else Kind.SHIPPED
    at = builder.tell(f"shipped/{shipment.id}", kind, facts)
    if names_day(facts):
        builder.contacted(dated=builder.day_of(at))
    builder.because(f"{count} shipped")
    return True


def capture(builder: DecisionBuilder, shipment: Shipment, count: int) -> None:
    """Ask the order system to take the money for a shipment, once, where the hold on it was valid as it left.

    count: units of it that were shipped in time. For what left under a hold that was over another hold is
    asked for, and the capture once it is there.
    """
    payment, key = builder.state.payment, capture_key(shipment.id)
    if not count or payment.captured:
        return
    if not was_held(payment, min(shipment.shipped_at, builder.at)):
        ask_for_what_left(builder, shipment, count)
        return
    held = payment.state == "authorized" or (payment.authorized_before and payment.captured_at is None)
    if held and not builder.state.is_done(key):
        builder.done(key)
        builder.publish("capture_due", shipment_id=shipment.id, quantity=count)


def left_in_time(state: State, shipment: Shipment, left_on: date) -> bool | None:
    """Whether units left by the last day that the customer knew of then; None where they knew of no day.

    left_on: the shop's day of the shipment.
    """
    told = [each.promise for each in state.told if each.promise.told_at <= shipment.shipped_at]
    by = told[-1].by if told else None
    return None if by is None else left_on <= by
