"""What could be sent instead of a line's product: what fits, and what is named first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backorder.domain.line.ledger import NOTHING, worth_of_open
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.seldom_asked import alternatives
from backorder.domain.line.state import ENDED, State
from backorder.domain.line.units import UnacceptableError
from backorder.domain.money import rounded
from backorder.domain.notifications import Alternative
from backorder.domain.policy.policy import Policy
from backorder.domain.texts import how_many

SHOWN = 3
"""How many alternatives one offer names."""
NEAR_PRICE = Decimal("0.7")
"""A product of the same category stands in if it costs at least this share of what was paid for one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferTerms:
    """How an alternative is to be had now. quantity: units, all that are open.

    price: of one; refund: what comes back of what was paid: decimal texts in major units of the currency.
    available: False where it is not to be had any more; the price is then that of the offer.
    """

    sku: str
    name: str
    quantity: int
    price: str
    currency: str
    refund: str
    available: bool = True


class TermsChangedError(UnacceptableError):
    """An offer does not stand any more as the customer saw it. terms: how it stands now."""

    def __init__(self, words: str, terms: OfferTerms) -> None:
        super().__init__(words, Refusal.OTHER_TERMS if terms.available else Refusal.SOLD_OUT)
        self.terms = terms


def ranked(
    policy: Policy, state: State, listed: Sequence[Alternative], alike: Sequence[Alternative]
) -> tuple[Alternative, ...]:
    """Of products that cover all open units those that cost no more than was paid for them, the best first;
    a little more where the policy absorbs it.

    listed: the product's own list, in its order; it comes first. alike: the same category; those at a near
    price follow, the nearest first. Those that were offered before are named beyond the first few too, as
    long as they fit.
    """
    open = state.quantity.open
    paid = worth_of_open(state) / open if open else Decimal(0)
    known = {each.sku for each in listed}
    near = [each for each in alike if each.sku not in known and each.price.amount >= paid * NEAR_PRICE]
    near.sort(key=lambda each: (abs(each.price.amount - paid), each.sku))
    fitting = [each for each in (*listed, *near) if affordable(policy, state, each)]
    shown = {each.sku for offer in state.offers for each in offer.alternatives}
    return (*fitting[:SHOWN], *(each for each in fitting[SHOWN:] if each.sku in shown))


def may_be_asked(policy: Policy, state: State) -> bool:
    """Whether anybody may want to know of a line, now or as it goes on, what could be sent instead."""
    offers = any(stage.do == "offer_alternatives" and not state.is_done(stage.key) for stage in policy.stages)
    return any(each.alternatives for each in state.offers) or (offers and state.status not in ENDED)


def affordable(policy: Policy, state: State, alternative: Alternative) -> bool:
    """Whether all open units of it cost no more than was paid for them, in the same currency.

    What was paid decides, also where that is less than the list price, or nothing; on top of it comes only
    what the policy absorbs.
    """
    if alternative.price.currency != state.payment.currency:
        return False
    paid = worth_of_open(state)
    return price_of(state, alternative) <= paid + paid * policy.absorb / 100


def price_of(state: State, alternative: Alternative) -> Decimal:
    """What all open units of it cost, in major units."""
    return rounded(alternative.price.amount * state.quantity.open, state.payment.currency)


def terms_of(state: State, alternative: Alternative, *, available: bool = True) -> OfferTerms:
    """How an alternative is to be had now, for all open units."""
    back = max(NOTHING, worth_of_open(state) - price_of(state, alternative))
    currency = alternative.price.currency
    return OfferTerms(
        sku=alternative.sku,
        name=alternative.name,
        quantity=state.quantity.open,
        price=str(alternative.price.amount),
        currency=currency,
        refund=str(rounded(back if available and state.payment.captured else NOTHING, currency)),
        available=available,
    )


def as_shown(state: State, sku: str, *, price: Decimal | None, units: int | None) -> Alternative:
    """The alternative that a customer takes, which is still to be had as it was shown to them.

    price, units: what they were shown; None: what was offered. Raises UnacceptableError for what was never
    offered, and TermsChangedError, with how it is to be had now, where price or units are others by now.
    """
    offers = [(offer, each) for offer in state.offers for each in offer.alternatives if each.sku == sku]
    if not offers:
        raise UnacceptableError(f"{sku} was not offered for this line", Refusal.NOT_OFFERED)
    offer, offered = offers[-1]
    now = next((each for each in alternatives(state) if each.sku == sku), None)
    if now is None:
        raise TermsChangedError(f"{sku} is not in stock any more", terms_of(state, offered, available=False))
    shown = offered.price.amount if price is None else price
    if now.price.amount != shown:
        words = f"{sku} costs {now.price} by now, not {shown} {offered.price.currency} as offered"
        raise TermsChangedError(words, terms_of(state, now))
    count, open = units or offer.units or state.quantity.open, state.quantity.open
    if count != open:
        words = f"an alternative is taken for all {how_many(open, 'open unit')}, not for {count}"
        raise TermsChangedError(words, terms_of(state, now))
    return now
