"""Money for what left too late and was ended by its customer all the same: a person sends it, and no claim
stands behind it.
"""

from __future__ import annotations

from decimal import Decimal

from backorder.domain.line.ledger import NOTHING, beside, most_for_shipping, shipping_sent, waived, worth
from backorder.domain.line.sent_back import units_sent_back, units_taken_for
from backorder.domain.line.state import State
from backorder.domain.money import rounded


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
