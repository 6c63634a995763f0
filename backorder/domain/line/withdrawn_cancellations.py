"""Cancellations that are off: a word is heard late that came in before them, or took them back in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backorder.domain.line.cancellations import counted
from backorder.domain.line.coupons import restore_coupons
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.ledger import NOTHING, UnitTally, outstanding, tally, worth
from backorder.domain.line.legal_notices import renew_consent
from backorder.domain.line.refunds import reckon
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.shipments import shipped_after_all
from backorder.domain.line.state import Cancellation, Consent, State
from backorder.domain.line.swaps import tell_without_ending
from backorder.domain.line.units import refold
from backorder.domain.money import Money
from backorder.domain.notifications import Facts
from backorder.domain.records import record


@record(frozen=True, kw_only=True, slots=True)
class Withdrawn:
    """Cancellations that were withdrawn.

    read: what messages that have gone said of them in vain: units, and the money that was to come back.
    endings: those cancellations. before: the state with them.
    """

    read: Facts
    endings: tuple[Cancellation, ...]
    before: State


def gives_back(state: State, *off: Cancellation) -> bool:
    """Whether fewer units are cancelled without some cancellations, as no other one takes them."""
    left = tuple(each for each in state.cancellations if each not in off)
    dealt = tally(state.quantity.ordered, left, state.shipments, state.substitutions)
    return sum(dealt.cancelled) < state.quantity.cancelled


def withdraw_cancellations(builder: DecisionBuilder, off: Sequence[Cancellation]) -> Withdrawn:
    """Withdraw cancellations and tell the order system: their units are open again, in their old place in the
    queue, unless they left since. Units that others have by now stay with them.
    """
    state = builder.state
    left = tuple(each for each in state.cancellations if each not in off)
    dealt = tally(state.quantity.ordered, left, state.shipments, state.substitutions)
    quantity = replace(
        state.quantity,
        shipped=dealt.shipped,
        cancelled=sum(dealt.cancelled),
        substituted=sum(dealt.substituted),
    )
    builder.change(
        cancellations=counted(left, dealt.cancelled), quantity=quantity, decided=False, closed=None
    )
    back = state.quantity.cancelled - quantity.cancelled
    read = _was_read(builder, off, back)
    for each in off:
        builder.withdraw_message(each.key)
    if builder.state.consent.state == "refused" and quantity.open:
        builder.change(consent=Consent())
        if builder.state.questions:
            renew_consent(builder)
    refold(builder)
    reckon(builder, state)
    owed = outstanding(builder.state)
    builder.publish("cancellation_withdrawn", quantity=back, shipment_id=None, refund_due=owed)
    _ship(builder, state, dealt, Facts() if quantity.open else read)
    return Withdrawn(read=read, endings=tuple(off), before=state)


def tell_the_rest(builder: DecisionBuilder, withdrawn: Withdrawn) -> None:
    """Once the customer's word is acknowledged: what else the endings said, which is off with them."""
    tell_without_ending(builder, withdrawn.endings)
    restore_coupons(builder, withdrawn.before.cancellations)


def _was_read(builder: DecisionBuilder, off: Sequence[Cancellation], back: int) -> Facts:
    """What messages that have gone said of what is off: units, and money that was to come back."""
    state = builder.state
    read = [each for each in off if has_gone(state, each.key)]
    units = min(back, sum(each.told for each in read))
    money = worth(state, units) if state.payment.captured else NOTHING
    return Facts(uncancelled=units, refund=Money(money, state.payment.currency) if money else None)


def _ship(builder: DecisionBuilder, before: State, dealt: UnitTally, read: Facts) -> None:
    """What left in vain, as it seemed, has left in time. read: what was read in vain and no answer corrects,
    as none is open.
    """
    known = tally(before.quantity.ordered, before.cancellations, before.shipments, before.substitutions)
    for shipment, then, now in zip(before.shipments, known.sent, dealt.sent, strict=True):
        if now > then and shipped_after_all(builder, shipment, now - then, read):
            read = Facts()
