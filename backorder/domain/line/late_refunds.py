"""Money for what left too late and was ended by its customer all the same: a person sends it, and no claim
stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from backorder.domain.line.ledger import (
    NOTHING,
    beside,
    most_for_shipping,
    shipping_sent,
    tally,
    waived,
    worth,
)
from backorder.domain.line.legal_dates import legal_date
from backorder.domain.line.sent_back import units_sent_back, units_taken_for
from backorder.domain.line.state import State, Withdrawal
from backorder.domain.money import rounded
from backorder.domain.policy.policy import Policy


def may_be_too_late(policy: Policy, state: State) -> bool:
    """Whether the law of the line lets its customer end what left too late for the stated day."""
    law = state.terms.law
    return law is not None and law.force_majeure and legal_date(policy, state) is not None


def too_late_by(policy: Policy, state: State, received_at: datetime) -> int:
    """Units that had left by an instant, too late to be there by the stated day, and are not back."""
    stated = legal_date(policy, state)
    if stated is None:
        return 0
    transit = timedelta(days=policy.promise.transit)
    dealt = tally(state.quantity.ordered, state.cancellations, state.shipments, state.substitutions)
    gone = zip(state.shipments, dealt.sent, strict=True)
    return sum(
        units
        for each, units in gone
        if each.shipped_at < received_at and policy.calendar.day(each.shipped_at) + transit > stated
    )


def ended_too_late(policy: Policy, state: State) -> int:
    """Units that had left too late, and that the customer cancelled all the same, whatever was told first.

    One word names what it does not end. One that named no number and ended some was about those alone.
    """
    if not may_be_too_late(policy, state):
        return state.ended_late
    units = state.late_unworded
    for word in sorted(_words(state), key=lambda each: (each.received_at, each.request)):
        late = too_late_by(policy, state, word.received_at)
        units = max(units, late if word.asked is None else min(late, units + word.asked))
    return units


def late_unworded(state: State) -> int:
    """Of the units that were ended too late, those of which a version before kept no word."""
    return state.late_unworded or (0 if any(_words(state)) else state.ended_late)


def _words(state: State) -> Iterator[Withdrawal]:
    """The customer's words to cancel, with the units that each names beside those that it ended."""
    yield from state.after_shipment
    for each in state.cancellations:
        rest = each.asked and each.asked - each.units
        if each.by == "customer" and (rest or not each.units):
            yield Withdrawal(request=each.request, asked=rest, received_at=each.received_at)


def excess(state: State) -> Decimal:
    """What was sent without being owed. What was paid for shipping may go back where nothing shipped, and for
    what left too late what a person decides, up to what was paid for it.
    """
    return _beside_shipping(state) - sent_for_late(state)


def sent_for_late(state: State) -> Decimal:
    """What went back for what left too late."""
    return min(_beside_shipping(state), most_for_late(state))


def most_to_be_told(state: State) -> Decimal:
    """All that may go back, sent or not: the customer hears of no more, as a person looks at it first."""
    return state.owed_most + most_for_shipping(state) + most_for_late(state)


def most_for_late(state: State) -> Decimal:
    """What was paid for what left too late and its customer ended, and for the shipping where that is all."""
    late = min(state.ended_late, state.quantity.shipped)
    units = min(late, units_taken_for(state))
    if not units:
        return NOTHING
    back = units_sent_back(state)
    gone = state.quantity.cancelled + state.quantity.substituted + back
    goods = worth(state, gone + units) - worth(state, gone)
    is_all = late + back >= state.quantity.shipped and not state.quantity.open
    if not is_all or state.quantity.substituted or waived(state):
        return goods
    return goods + rounded(state.payment.shipping_paid, state.payment.currency)


def is_settled(state: State) -> bool:
    """Whether all that was paid for what left too late has gone back."""
    most = most_for_late(state)
    return most > 0 and sent_for_late(state) == most


def _beside_shipping(state: State) -> Decimal:
    return beside(state) - shipping_sent(state)
