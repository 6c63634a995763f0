"""Money between the order system and the customer: what is told of it, and what it is reminded of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.cancellations import write_of_money
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import PaymentChanged, RefundSent
from backorder.domain.line.ledger import NOTHING, outstanding, sent
from backorder.domain.line.money_facts import Payment, PaymentState, SentRefund
from backorder.domain.line.refunds import reckon
from backorder.domain.line.shipments import capture
from backorder.domain.line.state import State
from backorder.domain.line.step import DUTIES, Step
from backorder.domain.line.units import KnownError, RefusedError, settle
from backorder.domain.policy.policy import Policy

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

    def act(builder: DecisionBuilder) -> None:
        builder.done(key)
        builder.publish("authorization_expiring", expires_at=stamp(expires_at))

    at = max(state.opened_at, expires_at - BEFORE_EXPIRY)
    why = "the authorization of the payment runs out"
    yield Step(at=at, rank=(DUTIES, 0), what="authorization_expiring", why=why, act=act)


def refund_steps(policy: Policy, state: State) -> Iterator[Step]:
    """The reminders that refunds were not sent in time, once for each last day."""
    late: dict[date, Decimal] = {}
    for refund in state.refunds:
        if refund.remaining > 0:
            late[refund.due_by] = late.get(refund.due_by, NOTHING) + refund.remaining
    for due_by, remaining in late.items():
        if not state.is_done(f"refund_overdue/{due_by.isoformat()}"):
            yield _overdue(policy, state.payment.currency, due_by, remaining)


def _overdue(policy: Policy, currency: str, due_by: date, remaining: Decimal) -> Step:
    def act(builder: DecisionBuilder) -> None:
        builder.done(f"refund_overdue/{due_by.isoformat()}")
        builder.need("refund_overdue")
        builder.publish("refund_overdue", remaining=str(remaining), currency=currency)

    at, why = policy.look(due_by + ONE_DAY), "the refund was not sent in time"
    return Step(at=at, rank=(DUTIES, 1), what="refund_overdue", why=why, act=act)


def refund_sent(builder: DecisionBuilder, event: RefundSent) -> None:
    """Money went back, or did not arrive. What is still owed stays open; what is too much needs a person."""
    if event.amount <= 0:
        raise RefusedError("the amount of a refund must be above 0")
    before, currency = builder.state, builder.state.payment.currency
    known = next((each for each in before.money_sent if each.refund == event.refund), None)
    if known is not None and known.amount != event.amount:
        raise RefusedError(f"refund {event.refund} was reported already, of {known.amount} {currency}")
    if known is not None and (event.failed_at is None or known.failed_at is not None):
        raise KnownError(f"refund {event.refund} was reported already")
    report = SentRefund(
        refund=event.refund,
        amount=event.amount,
        sent_at=known.sent_at if known else event.sent_at,
        failed_at=event.failed_at,
        means=known.means if known else event.means,
    )
    others = tuple(each for each in before.money_sent if each is not known)
    builder.change(money_sent=(*others, report))
    reckon(builder, before)
    if event.failed_at is not None:
        _failed(builder, event)
    if left := outstanding(builder.state):
        builder.because(f"{left} {currency} are still owed")
    settle(builder)


def _failed(builder: DecisionBuilder, event: RefundSent) -> None:
    """The money has to be sent again, by other means: somebody asks the customer how."""
    builder.change(refund_told=min(builder.state.refund_told, sent(builder.state)))
    if outstanding(builder.state):
        builder.need("refund_failed")
    builder.because(f"refund {event.refund} did not arrive")


def payment_changed(builder: DecisionBuilder, event: PaymentChanged) -> None:
    """The payment moved on. Of several reports the later instant counts, and money taken stays taken."""
    before, at = builder.state, event.as_of or event.at
    payment = _as_reported(before, event, at)
    if payment == before.payment:
        raise KnownError(f"the payment was reported as {payment.state} at a later instant, or already")
    builder.change(payment=payment)
    reckon(builder, before)
    if payment.captured and not before.payment.captured:
        write_of_money(builder)
    for each in builder.state.shipments if builder.state.quantity.shipped else ():
        capture(builder, each.id, each.quantity)
    builder.because(f"the payment is {payment.state}")
    settle(builder)


_PROGRESS: tuple[PaymentState, ...] = ("unpaid", "authorized", "captured")
"""Of two reports of the same instant the further one counts."""


def _as_reported(state: State, event: PaymentChanged, at: datetime) -> Payment:
    payment = state.payment
    taken = payment.captured_at
    if taken is None and payment.state == "captured":
        taken = payment.at or state.ordered_at
    if event.state == "captured":
        taken = min(at, taken or at)
    known = (payment.at or state.ordered_at, _PROGRESS.index(payment.state))
    if (at, _PROGRESS.index(event.state)) < known:
        return replace(payment, captured_at=taken)
    return replace(payment, state=event.state, expires_at=event.expires_at, at=at, captured_at=taken)


def stamp(at: datetime) -> str:
    """An instant as the order system reads it."""
    return at.isoformat().replace("+00:00", "Z")
