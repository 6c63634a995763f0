"""Money between the order system and the customer: what is told of it, and what it is reminded of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.draft import Draft
from backorder.domain.events import PaymentChanged, RefundSent
from backorder.domain.messages import Facts, Kind
from backorder.domain.money import Money
from backorder.domain.policy import Policy
from backorder.domain.state import Refund, State
from backorder.domain.step import DUTIES, Step
from backorder.domain.units import KnownError, RefusedError, settle

BEFORE_EXPIRY = timedelta(days=2)
"""How long before an authorization runs out the order system hears of it."""


def authorization_steps(state: State) -> Iterator[Step]:
    """The reminder that an authorization runs out, once for each day of expiry."""
    expires_at = state.payment.expires_at
    if state.payment.state != "authorized" or expires_at is None:
        return
    key = f"authorization/{expires_at.date().isoformat()}"
    if state.is_done(key):
        return

    def act(draft: Draft) -> None:
        draft.done(key)
        draft.publish("authorization_expiring", expires_at=stamp(expires_at))

    at = max(state.opened_at, expires_at - BEFORE_EXPIRY)
    why = "the authorization of the payment runs out"
    yield Step(at=at, rank=(DUTIES, 0), what="authorization_expiring", why=why, act=act)


def refund_steps(policy: Policy, state: State) -> Iterator[Step]:
    """The reminder that a refund was not sent in time, once for each last day."""
    refund = state.refund
    if refund is None or refund.remaining <= 0:
        return
    key = f"refund_overdue/{refund.due_by.isoformat()}"
    if state.is_done(key):
        return

    def act(draft: Draft) -> None:
        draft.done(key)
        draft.need("refund_overdue")
        draft.publish("refund_overdue", remaining=str(refund.remaining), currency=refund.currency)

    at, why = policy.look(refund.due_by + ONE_DAY), "the refund was not sent in time"
    yield Step(at=at, rank=(DUTIES, 1), what="refund_overdue", why=why, act=act)


def refund_sent(draft: Draft, event: RefundSent) -> None:
    """Money went back. What is still owed stays open; what is too much is kept for a person to see."""
    if event.amount <= 0:
        raise RefusedError("the amount of a refund must be above 0")
    refund = draft.state.refund or Refund(
        currency=draft.state.payment.currency, amount=event.amount * 0, vested_at=event.at, due_by=event.day
    )
    known = dict(refund.sent).get(event.refund)
    if known is not None and known != event.amount:
        raise RefusedError(f"refund {event.refund} was reported already, of {known} {refund.currency}")
    if known is not None:
        raise KnownError(f"refund {event.refund} was reported already")
    refund = replace(refund, sent=(*refund.sent, (event.refund, event.amount)))
    draft.change(refund=refund)
    if refund.remaining > 0:
        draft.because(f"{refund.remaining} {refund.currency} are still owed")
    else:
        _complete(draft, refund, event.refund)
    settle(draft)


def _complete(draft: Draft, refund: Refund, id: str) -> None:
    draft.need_no_more("refund_overdue")
    if refund.remaining < 0:
        draft.need("refund_excess")
        draft.because(f"{-refund.remaining} {refund.currency} more than owed were sent back")
    news = refund.amount - refund.told
    if news <= 0:
        return
    draft.change(refund=replace(refund, told=refund.amount))
    facts = Facts(refund=Money(news, refund.currency), quantity=draft.state.quantity.cancelled)
    draft.tell(f"refunded/{id}", Kind.REFUNDED, facts)
    draft.because("the refund is complete")


def payment_changed(draft: Draft, event: PaymentChanged) -> None:
    """The payment moved on."""
    payment = replace(draft.state.payment, state=event.state, expires_at=event.expires_at)
    draft.change(payment=payment)
    draft.because(f"the payment is {event.state}")


def stamp(at: datetime) -> str:
    """An instant as the order system reads it."""
    return at.isoformat().replace("+00:00", "Z")
