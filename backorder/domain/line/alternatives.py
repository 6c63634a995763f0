"""What could be sent instead of a line's product: what fits, and what is named first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from backorder.domain.line.ledger import worth
from backorder.domain.line.state import State
from backorder.domain.money import rounded
from backorder.domain.notifications import Alternative

SHOWN = 3
"""How many alternatives one offer names."""
NEAR_PRICE = Decimal("0.7")
"""A product of the same category stands in if it costs at least this share of what was paid for one."""


def ranked(
    state: State, listed: Sequence[Alternative], alike: Sequence[Alternative]
) -> tuple[Alternative, ...]:
    """Of products that cover all open units those that cost no more than was paid for them, the best first.

    listed: the product's own list, in its order; it comes first. alike: the same category; those at a near
    price follow, the nearest first. Those that were offered before are named beyond the first few too, as
    long as they fit.
    """
    open = state.quantity.open
    paid = worth(state, open) / open if open else Decimal(0)
    known = {each.sku for each in listed}
    near = [each for each in alike if each.sku not in known and each.price.amount >= paid * NEAR_PRICE]
    near.sort(key=lambda each: (abs(each.price.amount - paid), each.sku))
    fitting = [each for each in (*listed, *near) if affordable(state, each)]
    shown = {each.sku for offer in state.offers for each in offer.alternatives}
    return (*fitting[:SHOWN], *(each for each in fitting[SHOWN:] if each.sku in shown))


def affordable(state: State, alternative: Alternative) -> bool:
    """Whether all open units of it cost no more than was paid for them, in the same currency.

    What was paid decides, also where that is less than the list price, or nothing.
    """
    payment, units = state.payment, state.quantity.open
    if alternative.price.currency != payment.currency:
        return False
    return rounded(alternative.price.amount * units, payment.currency) <= worth(state, units)
