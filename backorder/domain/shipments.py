"""Units that the carrier holds, also those that left before, or after, the line was cancelled."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.cancelling import counted, need_for_stray, put_right
from backorder.domain.commands import ShipUnits
from backorder.domain.draft import Draft
from backorder.domain.events import Shipped
from backorder.domain.ledger import Tally, in_vain, outstanding, tally
from backorder.domain.messages import Facts, Kind
from backorder.domain.refunds import reckon
from backorder.domain.state import Shipment, State
from backorder.domain.units import KnownError, RefusedError, settle, standing, units_gone


def shipped(draft: Draft, event: Shipped) -> None:
    """Book a shipment. Goods that left before a cancellation came in undo it; later ones need a person."""
    before = draft.state
    if any(each.id == event.shipment for each in before.shipments):
        raise KnownError(f"shipment {event.shipment} was reported already")
    known = sum(each.quantity for each in before.shipments)
    if event.quantity < 1 or event.quantity > before.quantity.ordered - known:
        left = before.quantity.ordered - known
        raise RefusedError(f"{event.quantity} units cannot have shipped: {left} of the line had not")
    shipment = Shipment(id=event.shipment, quantity=event.quantity, shipped_at=event.shipped_at)
    shipments = (*before.shipments, shipment)
    units = before.quantity.ordered - before.quantity.substituted
    dealt = tally(units, before.cancellations, shipments)
    count = dealt.shipped - before.quantity.shipped
    _take_off_the_shelf(draft, event, count)
    _count(draft, dealt, shipments)
    undone = before.quantity.cancelled - draft.state.quantity.cancelled
    stray = in_vain(draft.state) - in_vain(before)
    if stray:
        need_for_stray(draft, stray)
    reckon(draft, before)
    if undone:
        _withdrawn(draft, event, undone)
    if count:
        units_gone(draft, count - undone, last=False)
        _tell_shipped(draft, event, count, before)
        draft.because(f"{count} shipped")
    settle(draft)


def _take_off_the_shelf(draft: Draft, event: Shipped, count: int) -> None:
    """The line's own units go first, then free ones, then those that it gave back; no others are touched."""
    state, around = draft.state, draft.state.around
    own = min(count, state.quantity.allocated)
    free = min(event.quantity - own, around.free)
    returned = min(event.quantity - own - free, state.returned, around.held)
    outside = event.quantity - own - free - returned
    draft.do(ShipUnits(allocated=own, free=free, outside=outside, returned=returned))
    draft.change(announced=max(0, state.announced - own), returned=max(0, state.returned - free - returned))


def _count(draft: Draft, dealt: Tally, shipments: tuple[Shipment, ...]) -> None:
    state = draft.state
    count, cancelled = dealt.shipped - state.quantity.shipped, sum(dealt.cancelled)
    draft.change(
        shipments=shipments,
        cancellations=counted(state.cancellations, dealt.cancelled),
        quantity=replace(
            state.quantity,
            allocated=max(0, state.quantity.allocated - count),
            shipped=dealt.shipped,
            cancelled=cancelled,
        ),
    )


def _withdrawn(draft: Draft, event: Shipped, count: int) -> None:
    owed = str(outstanding(draft.state))
    draft.publish("cancellation_withdrawn", quantity=count, shipment_id=event.shipment, refund_due=owed)
    draft.because("the goods had left before the cancellation came in; it is withdrawn")


def _tell_shipped(draft: Draft, event: Shipped, count: int, before: State) -> None:
    remaining = draft.state.quantity.open
    draft.publish("shipped", shipment_id=event.shipment, quantity=count)
    capture(draft, event.shipment, count)
    uncancelled, unrefunded = put_right(draft, before)
    facts = replace(
        standing(draft) if remaining else Facts(),
        quantity=count,
        remaining=remaining,
        carrier=event.carrier,
        tracking=event.tracking,
        uncancelled=uncancelled,
        refund=unrefunded,
    )
    kind = Kind.PART_SHIPPED if remaining else Kind.SHIPPED
    draft.tell(f"shipped/{event.shipment}", kind, facts)
    if facts.by is not None:
        draft.mark(dated=draft.day)


def capture(draft: Draft, shipment: str, count: int) -> None:
    """Ask the order system to take the money for a shipment, once, where it is only authorized."""
    payment, key = draft.state.payment, f"capture_due/{shipment}"
    if payment.state == "authorized" and not payment.captured and not draft.state.is_done(key):
        draft.done(key)
        draft.publish("capture_due", shipment_id=shipment, quantity=count)
