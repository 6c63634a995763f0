"""Units that the carrier holds, also those that left before, or after, the line was cancelled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from backorder.domain.commands import ShipUnits
from backorder.domain.draft import Draft
from backorder.domain.events import Shipped
from backorder.domain.messages import Facts, Kind
from backorder.domain.money import share
from backorder.domain.state import Refund, State
from backorder.domain.units import KnownError, RefusedError, settle, standing, units_gone


def shipped(draft: Draft, event: Shipped) -> None:
    """Book a shipment. Goods that left before a cancellation came in undo it; later ones need a person."""
    quantity, cancelled_at = draft.state.quantity, draft.state.cancelled_at
    if event.shipment in draft.state.shipments:
        raise KnownError(f"shipment {event.shipment} was reported already")
    excess = max(0, event.quantity - quantity.open)
    if event.quantity < 1 or excess > quantity.cancelled + quantity.substituted:
        left = quantity.ordered - quantity.shipped
        raise RefusedError(f"{event.quantity} units cannot have shipped: {left} of the line had not")
    draft.change(shipments=(*draft.state.shipments, event.shipment))
    undone = 0
    if excess and cancelled_at is not None and event.shipped_at < cancelled_at:
        undone = min(excess, quantity.cancelled)
        _withdraw_cancellation(draft, event, undone)
    stray = excess - undone
    if stray:
        draft.need("shipped_after_cancellation")
        draft.because(f"{stray} left after their outcome was decided; it stands and a person has to look")
    _book(draft, event, stray)
    settle(draft)


def _withdraw_cancellation(draft: Draft, event: Shipped, count: int) -> None:
    """Take back the cancellation of `count` units, and the refund that followed from it."""
    state = draft.state
    left = state.quantity.cancelled - count
    refund = _less_refund(state, count, left)
    draft.change(quantity=replace(state.quantity, cancelled=left), refund=refund, decided=False)
    if refund is not None and refund.remaining < 0:
        draft.need("refund_excess")
    owed = max(Decimal(0), refund.remaining) if refund else Decimal(0)
    draft.publish("cancellation_withdrawn", quantity=count, shipment_id=event.shipment, refund_due=str(owed))
    draft.because("the goods had left before the cancellation came in; it is withdrawn")


def _less_refund(state: State, count: int, left: int) -> Refund | None:
    """The refund without the part for `count` cancelled units of which `left` stay cancelled."""
    refund, payment, ordered = state.refund, state.payment, state.quantity.ordered
    if refund is None:
        return None
    if state.quantity.substituted:
        part = share(payment.line_paid, payment.currency, units=count, ordered=ordered)
        amount = max(refund.amount * 0, refund.amount - part)
    else:
        amount = min(refund.amount, share(payment.line_paid, payment.currency, units=left, ordered=ordered))
    return replace(refund, amount=amount) if amount or refund.sent else None


def _book(draft: Draft, event: Shipped, stray: int) -> None:
    quantity, count = draft.state.quantity, event.quantity - stray
    allocated = min(count, quantity.allocated)
    free = min(event.quantity - allocated, draft.state.around.free)
    draft.do(ShipUnits(allocated=allocated, free=free, outside=event.quantity - allocated - free))
    if not count:
        return
    draft.change(
        quantity=replace(
            quantity, allocated=quantity.allocated - allocated, shipped=quantity.shipped + count
        ),
        announced=max(0, draft.state.announced - allocated),
    )
    units_gone(draft, count, last=False)
    _tell_shipped(draft, event, count)
    draft.because(f"{count} shipped")


def _tell_shipped(draft: Draft, event: Shipped, count: int) -> None:
    remaining = draft.state.quantity.open
    draft.publish("shipped", shipment_id=event.shipment, quantity=count)
    if draft.state.payment.state == "authorized":
        draft.publish("capture_due", shipment_id=event.shipment, quantity=count)
    facts = replace(
        standing(draft) if remaining else Facts(),
        quantity=count,
        remaining=remaining,
        carrier=event.carrier,
        tracking=event.tracking,
    )
    kind = Kind.PART_SHIPPED if remaining else Kind.SHIPPED
    draft.tell(f"shipped/{event.shipment}", kind, facts)
    if facts.by is not None:
        draft.mark(dated=draft.day)
