"""What people ask for: to cancel, to keep waiting, to take something else, to be left in peace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from backorder.domain.commands import ReserveAlternative
from backorder.domain.draft import Draft
from backorder.domain.events import Answered, CancelRequested, Held
from backorder.domain.messages import Alternative, Facts, Kind
from backorder.domain.money import Money, rounded
from backorder.domain.payments import stamp
from backorder.domain.state import Consent, Hold, State
from backorder.domain.units import (
    KnownError,
    RefusedError,
    cancel_units,
    open_units,
    owe,
    release,
    settle,
    standing,
    units_gone,
    worth_of,
)

LONGEST_HOLD = timedelta(days=30)
HOLD_ALTERNATIVE = timedelta(hours=24)
"""How long the alternative that a customer took is set aside for the order system."""


def cancel_requested(draft: Draft, event: CancelRequested) -> None:
    """Somebody cancels the line or a part of it."""
    key = f"cancelled/{event.request}"
    _once(draft, key)
    count = open_units(draft, event.quantity)
    cancel_units(draft, key=key, count=count, reason=event.reason, received_at=event.received_at)
    settle(draft)


def answered(draft: Draft, event: Answered) -> None:
    """The customer answered; every answer is acknowledged, with what it led to."""
    key = f"answer/{event.request}"
    _once(draft, key)
    if event.choice == "cancel":
        count = open_units(draft, event.quantity)
        cancel_units(draft, key=key, count=count, reason="customer", received_at=event.received_at)
    elif event.choice == "alternative":
        _substitute(draft, event, key)
    else:
        _keep(draft, event, key)
    settle(draft)


def held(draft: Draft, event: Held) -> None:
    """No messages and no stages of the policy until then."""
    if event.until <= event.at:
        raise RefusedError("a hold must end in the future")
    if event.until > event.at + LONGEST_HOLD:
        raise RefusedError(f"a hold lasts {LONGEST_HOLD.days} days at most")
    draft.change(hold=Hold(until=event.until, reason=event.reason))
    draft.withdraw_pending()
    draft.withdraw_unsent()
    draft.because("no messages until the hold is over")


def _once(draft: Draft, key: str) -> None:
    if draft.state.is_done(key):
        raise KnownError("this was asked for before and is done")
    draft.done(key)


def _keep(draft: Draft, event: Answered, key: str) -> None:
    promised = draft.state.promise.by if draft.state.promise else None
    until = None if event.indefinite else event.until or promised
    draft.change(consent=Consent(state="indefinite" if event.indefinite else "given", until=until))
    facts = replace(standing(draft), choice="keep", until=until)
    draft.tell(key, Kind.ANSWER_RECEIVED, facts)
    if facts.by is not None:
        draft.mark(dated=draft.day)
    draft.because("the customer keeps waiting")


def _substitute(draft: Draft, event: Answered, key: str) -> None:
    chosen = _offered(draft.state, event.sku)
    quantity, payment = draft.state.quantity, draft.state.payment
    count = quantity.open
    if event.quantity not in (None, count):
        raise RefusedError(f"an alternative is taken for all {count} open units, not for {event.quantity}")
    price = rounded(chosen.price.amount * count, payment.currency)
    left_over = worth_of(draft.state, count) - price if payment.state == "captured" else Decimal(0)
    release(draft, count)
    until = draft.at + HOLD_ALTERNATIVE
    draft.do(ReserveAlternative(sku=chosen.sku, quantity=count, until=until))
    draft.change(
        quantity=replace(quantity, allocated=0, substituted=quantity.substituted + count),
        offers=tuple(
            replace(offer, taken=chosen.sku) if chosen in offer.alternatives else offer
            for offer in draft.state.offers
        ),
    )
    units_gone(draft, count, last=True)
    draft.publish(
        "substituted",
        sku=chosen.sku,
        quantity=count,
        price=str(chosen.price.amount),
        currency=payment.currency,
        held_until=stamp(until),
    )
    _tell_substituted(draft, key, count, chosen, owe(draft, left_over))


def _tell_substituted(draft: Draft, key: str, count: int, chosen: Alternative, refund: Money | None) -> None:
    due_by = draft.state.refund.due_by if refund and draft.state.refund else None
    facts = Facts(quantity=count, chosen=chosen, refund=refund, refund_by=due_by)
    draft.tell(key, Kind.SUBSTITUTED, facts)
    draft.because(f"the customer takes {chosen.sku} instead")


def _offered(state: State, sku: str) -> Alternative:
    for offer in reversed(state.offers):
        for alternative in offer.alternatives:
            if alternative.sku == sku:
                if all(found.sku != sku for found in state.around.alternatives):
                    raise RefusedError(f"{sku} is not in stock any more")
                return alternative
    raise RefusedError(f"{sku} was not offered for this line")
