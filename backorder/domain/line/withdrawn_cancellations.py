"""Cancellations that are off: a word is heard late that came in before them, or took them back in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from backorder.domain.line.cancellations import counted, name_fewer
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
    """Cancellations that were withdrawn, in whole or in part.

    read: what messages that have gone said of them in vain: units, and the money that was to come back.
    endings: those of which nothing is left. before: the state with them.
    """

    read: Facts
    endings: tuple[Cancellation, ...]
    before: State


def gives_back(state: State, stays: Mapping[str, int]) -> bool:
    """Whether fewer units are cancelled where cancellations end no more than that, as no other takes them."""
    left = tuple(each for each in (_with(one, stays) for one in state.cancellations) if each is not None)
    dealt = tally(state.quantity.ordered, left, state.shipments, state.substitutions)
    return sum(dealt.cancelled) < state.quantity.cancelled


def withdraw_cancellations(builder: DecisionBuilder, stays: Mapping[str, int]) -> Withdrawn:
    """Withdraw cancellations, in whole or in part, and tell the order system: their units are open again, in
    their old place in the queue, unless they left since. Units that others have by now stay with them.

    stays: units that each of them still ends, by its request.
    """
    state = builder.state
    off = [each for each in state.cancellations if each.request in stays]
    kept = (_with(each, stays) for each in state.cancellations)
    left = tuple(each for each in kept if each is not None)
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
    read = _was_read(builder, off, stays, back)
    for each in off:
        _correct(builder, each, stays[each.request])
    if builder.state.consent.state == "refused" and quantity.open:
        builder.change(consent=Consent())
        if builder.state.questions:
            renew_consent(builder)
    refold(builder)
    reckon(builder, state)
    owed = outstanding(builder.state)
    builder.publish("cancellation_withdrawn", quantity=back, shipment_id=None, refund_due=owed)
    _ship(builder, state, dealt)
    endings = tuple(each for each in off if not stays[each.request])
    return Withdrawn(read=read, endings=endings, before=state)


def tell_the_rest(builder: DecisionBuilder, withdrawn: Withdrawn) -> None:
    """Once the customer's word is acknowledged: what else the endings said, which is off with them."""
    tell_without_ending(builder, withdrawn.endings)
    restore_coupons(builder, withdrawn.before.cancellations)


def _with(entry: Cancellation, stays: Mapping[str, int]) -> Cancellation | None:
    """A cancellation of what it still ends; None for nothing."""
    if entry.request not in stays:
        return entry
    return replace(entry, asked=stays[entry.request]) if stays[entry.request] else None


def _correct(builder: DecisionBuilder, entry: Cancellation, stays: int) -> None:
    """Take the message about a cancellation back, or let it name what that still ends."""
    now = next((each for each in builder.state.cancellations if each.request == entry.request), None)
    if now is None:
        builder.withdraw_message(entry.key)
    elif now.told > stays:
        name_fewer(builder, now, stays)


def _was_read(
    builder: DecisionBuilder, off: list[Cancellation], stays: Mapping[str, int], back: int
) -> Facts:
    """What messages that have gone said of what is off: units, and money that was to come back."""
    state = builder.state
    read = [each for each in off if has_gone(state, each.key)]
    units = min(back, sum(max(0, each.told - stays[each.request]) for each in read))
    money = worth(state, units) if state.payment.captured else NOTHING
    return Facts(uncancelled=units, refund=Money(money, state.payment.currency) if money else None)


def _ship(builder: DecisionBuilder, before: State, dealt: UnitTally) -> None:
    """What left in vain, as it seemed, has left in time."""
    known = tally(before.quantity.ordered, before.cancellations, before.shipments, before.substitutions)
    for shipment, then, now in zip(before.shipments, known.sent, dealt.sent, strict=True):
        if now > then:
            shipped_after_all(builder, shipment, now - then)
