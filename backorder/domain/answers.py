"""What people ask for: to cancel, to keep waiting, to take something else, to be left in peace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from backorder.domain.cancelling import cancel_units
from backorder.domain.commands import ReserveAlternative
from backorder.domain.draft import Draft
from backorder.domain.events import Answered, CancelRequested, Held
from backorder.domain.messages import Alternative, Facts, Kind
from backorder.domain.money import rounded
from backorder.domain.payments import stamp
from backorder.domain.refunds import reckon, with_money
from backorder.domain.state import Consent, Hold, State, Substitution
from backorder.domain.units import (
    KnownError,
    RefusedError,
    WithoutEffectError,
    release,
    settle,
    standing,
    units_gone,
)

_WITHOUT_ASKING = frozenset({"policy", "no_consent"})
"""Who ends a line although the customer did not ask for it."""
LONGEST_HOLD = timedelta(days=30)
HOLD_ALTERNATIVE = timedelta(hours=24)
"""How long the alternative that a customer took is set aside for the order system."""


def cancel_requested(draft: Draft, event: CancelRequested) -> None:
    """Somebody cancels the line or a part of it."""
    key = f"cancelled/{event.request}"
    _once(draft, key)
    cancel_units(
        draft,
        request=event.request,
        key=key,
        count=event.quantity,
        by=event.by,
        received_at=event.received_at,
        reason=event.reason,
    )
    settle(draft)


def answered(draft: Draft, event: Answered) -> None:
    """The customer answered; every answer is acknowledged, with what it led to."""
    key = f"answer/{event.request}"
    _once(draft, key)
    if event.choice == "cancel":
        cancel_units(
            draft,
            request=event.request,
            key=key,
            count=event.quantity,
            by="customer",
            received_at=event.received_at,
        )
    elif not draft.state.quantity.open:
        _too_late(draft, event)
    elif event.choice == "alternative":
        _substitute(draft, event, key)
    else:
        _keep(draft, event, key)
    settle(draft)


def _too_late(draft: Draft, event: Answered) -> None:
    """No unit is open any more; a wish to keep that came in before the line was ended needs a person."""
    ended = [each for each in draft.state.cancellations if each.units and each.by in _WITHOUT_ASKING]
    if event.choice != "keep" or all(each.received_at <= event.received_at for each in ended):
        raise WithoutEffectError(f"the line is {draft.state.status}; noted on the case")
    draft.need("kept_before_ending")
    draft.because("the customer had agreed to wait before the line was ended; a person has to look")


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
    before = draft.state
    chosen = _offered(before, event.sku)
    quantity, payment = before.quantity, before.payment
    count = quantity.open
    if event.quantity not in (None, count):
        raise RefusedError(f"an alternative is taken for all {count} open units, not for {event.quantity}")
    price = rounded(chosen.price.amount * count, payment.currency)
    release(draft, count)
    until = draft.at + HOLD_ALTERNATIVE
    draft.do(ReserveAlternative(sku=chosen.sku, quantity=count, until=until))
    taken = Substitution(request=event.request, units=count, received_at=event.received_at, price=price)
    draft.change(
        quantity=replace(quantity, allocated=0, substituted=quantity.substituted + count),
        substitutions=(*draft.state.substitutions, taken),
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
    reckon(draft, before)
    claim = next((each for each in draft.state.refunds if each.request == event.request), None)
    facts = Facts(quantity=count, chosen=chosen)
    draft.tell(key, Kind.SUBSTITUTED, with_money(draft, facts, claim))
    draft.because(f"the customer takes {chosen.sku} instead")


def _offered(state: State, sku: str) -> Alternative:
    for offer in reversed(state.offers):
        for alternative in offer.alternatives:
            if alternative.sku == sku:
                _still_there(state, alternative)
                return alternative
    raise RefusedError(f"{sku} was not offered for this line")


def _still_there(state: State, offered: Alternative) -> None:
    now = next((each for each in state.around.alternatives if each.sku == offered.sku), None)
    if now is None:
        raise RefusedError(f"{offered.sku} is not in stock any more")
    if now.price != offered.price:
        raise RefusedError(f"{offered.sku} costs {now.price} by now, not {offered.price} as offered")
