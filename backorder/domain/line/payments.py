"""Money between the order system and the customer: what is told of it, and what it is reminded of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.refund_limits import refund_reminder_on
from backorder.domain.line.authorizations import payment_moved, tell_anew
from backorder.domain.line.cancellations import write_of_money
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import PaymentChanged, RefundSent
from backorder.domain.line.late_refunds import sent_for_late
from backorder.domain.line.ledger import NOTHING, sent, tally
from backorder.domain.line.legal_dates import ends_on
from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.domain.line.money_facts import Payment, PaymentState, Refund, SentRefund
from backorder.domain.line.refunds import (
    DUE_SOON,
    OVERDUE,
    ask_no_more,
    asked_for,
    is_asked_for,
    open_claims,
    reckon,
    still_open,
    told_without,
)
from backorder.domain.line.shipments import capture
from backorder.domain.line.state import State
from backorder.domain.line.step import DUTIES, Step
from backorder.domain.line.units import KnownError, UnacceptableError, close_if_done, refold
from backorder.domain.means_of_payment import is_store_credit
from backorder.domain.money import Money, rounded
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy

ASKED_BEFORE = 2
"""How many working days before the last day for a refund a person is asked to send it."""


def refund_steps(policy: Policy, state: State) -> Iterator[Step]:
    """What is asked of people about refunds: before the last day, and after it, once for each claim.

    Claims of one last day are asked for together, also where one of them is recorded once the others were.
    """
    claims: dict[date, list[Refund]] = {}
    for claim in open_claims(policy, state):
        claims.setdefault(claim.due_by, []).append(claim)
    for due_by, due in claims.items():
        if not all(is_asked_for(policy, state, OVERDUE, each) for each in due):
            if not all(is_asked_for(policy, state, DUE_SOON, each) for each in due):
                yield _due_soon(policy, state, due_by, due)
            yield _overdue(policy, state.payment.currency, due_by, due)


def _due_soon(policy: Policy, state: State, due_by: date, due: Sequence[Refund]) -> Step:
    """A person hears of it two working days before the last day, or earlier where the law reminds of it."""

    def act(builder: DecisionBuilder) -> None:
        asked_for(builder, DUE_SOON, due)
        builder.need(DUE_SOON, anew=True)

    day = _working_days_before(policy, state, due_by, ASKED_BEFORE)
    reminder = refund_reminder_on(state.terms.pack, due_by)
    at = policy.daily_review(day if reminder is None else min(day, reminder))
    why = f"the refund has to be sent by {due_by.isoformat()}"
    return Step(at=at, rank=(DUTIES, 1), what=DUE_SOON, why=why, act=act)


def _working_days_before(policy: Policy, state: State, day: date, count: int) -> date:
    while count > 0:
        day -= ONE_DAY
        count -= policy.holidays.works(day, state.terms.region)
    return day


def _overdue(policy: Policy, currency: str, due_by: date, due: Sequence[Refund]) -> Step:
    remaining = sum((each.remaining for each in due), NOTHING)

    def act(builder: DecisionBuilder) -> None:
        asked_for(builder, OVERDUE, due)
        builder.need(OVERDUE, anew=True)
        ask_no_more(builder)
        builder.publish("refund_overdue", remaining=remaining, currency=currency)

    at, why = policy.daily_review(due_by + ONE_DAY), "the refund was not sent in time"
    return Step(at=at, rank=(DUTIES, 2), what=OVERDUE, why=why, act=act)


def refund_sent(builder: DecisionBuilder, event: RefundSent) -> None:
    """Money went back, or did not arrive. What is still owed stays open; what is too much needs a person."""
    if event.amount <= 0:
        raise UnacceptableError("the amount of a refund must be above 0")
    if event.failed_at is None:
        _by_lawful_means(builder.state, event)
    before, currency = builder.state, builder.state.payment.currency
    event = replace(event, amount=rounded(event.amount, currency))
    known = next((each for each in before.money_sent if each.refund == event.refund), None)
    if known is not None and known.amount != event.amount:
        told = Money(rounded(known.amount, currency), currency)
        raise UnacceptableError(f"refund {event.refund} was reported already, of {told}")
    report = _with_what_was_known(event, known)
    if report == known:
        raise KnownError(f"refund {event.refund} was reported already")
    others = tuple(each for each in before.money_sent if each is not known)
    builder.change(money_sent=(*others, report))
    reckon(builder, before)
    if event.failed_at is not None:
        _failed(builder, event, before)
    if left := still_open(builder.policy, builder.state):
        builder.because(f"{left} {currency} are still owed")
    close_if_done(builder)


def _with_what_was_known(event: RefundSent, known: SentRefund | None) -> SentRefund:
    """The report of money that went and of its failure, whichever is told first."""
    if known is None:
        known = SentRefund(refund=event.refund, amount=event.amount, sent_at=None)
    known = replace(known, means=known.means or event.means)
    if event.failed_at is not None:
        return replace(known, failed_at=known.failed_at or event.failed_at)
    return replace(known, sent_at=known.sent_at or event.sent_at)


def _by_lawful_means(state: State, event: RefundSent) -> None:
    law = state.terms.law
    if law is None or not is_store_credit(event.means):
        return
    # In the engine's own words: nothing can be emptied where they are kept.
    if law.money_only:
        raise UnacceptableError(f"store credit is no money, and under {law.name} nothing else is a refund")
    if law.same_means and not event.agreed:
        raise UnacceptableError(
            f"store credit is no money, and under {law.name} no refund unless the customer paid by it or"
            " expressly agreed to it: say `agreed`"
        )


def _failed(builder: DecisionBuilder, event: RefundSent, before: State) -> None:
    """It counts as told no more, and what left too late is a person's again. before: the state without it."""
    builder.change(refund_told=min(told_without(before, event.refund), sent(builder.state)))
    if sent_for_late(builder.state) < sent_for_late(before):
        builder.need(LEFT_TOO_LATE, anew=True)
    builder.because(f"refund {event.refund} did not arrive")


def payment_changed(builder: DecisionBuilder, event: PaymentChanged) -> None:
    """The payment moved on. Of several reports the later instant counts, and money taken stays taken."""
    before, at = builder.state, event.as_of or event.at
    payment = _held(before, event, _as_reported(before, event, at))
    if payment == before.payment:
        raise KnownError(f"the payment was reported as {payment.state} at a later instant, or already")
    builder.change(payment=payment)
    reckon(builder, before)
    if payment.captured and not before.payment.captured:
        write_of_money(builder)
    if payment.captured != before.payment.captured and _is_charge_said(builder.state):
        tell_anew(builder)
    _capture_what_left(builder)
    builder.because(f"the payment is {payment.state}")
    payment_moved(builder)
    refold(builder)
    close_if_done(builder)


def _is_charge_said(state: State) -> bool:
    """Whether what waits to go says what an ending leads to: that money comes back, or none was charged."""
    asks = state.pending is not None and state.pending.kind is Kind.CONSENT_REQUEST
    return asks or state.last_day is not None or ends_on(state) is not None


def _capture_what_left(builder: DecisionBuilder) -> None:
    """Ask for the money of what was shipped in time before this was heard, or for a hold that is valid."""
    state = builder.state
    if not state.shipments:
        return
    dealt = tally(state.quantity.ordered, state.cancellations, state.shipments, state.substitutions)
    for shipment, count in zip(state.shipments, dealt.sent, strict=True):
        capture(builder, shipment, count)


_PROGRESS: tuple[PaymentState, ...] = ("unpaid", "authorized", "captured")
"""Of two reports of the same instant the further one counts."""


def _as_reported(state: State, event: PaymentChanged, at: datetime) -> Payment:
    payment = state.payment
    taken = payment.captured_at
    if taken is None and payment.state == "captured":
        taken = payment.at or state.ordered_at
    last, undone = payment.captured_last or taken, payment.undone_at
    if event.state == "captured":
        taken, last = min(at, taken or at), max(at, last or at)
    elif event.state == "unpaid":
        undone = max(at, undone or at)
    payment = replace(payment, captured_at=taken, captured_last=last, unpaid_at=undone)
    known = (payment.at or state.ordered_at, _PROGRESS.index(payment.state))
    if (at, _PROGRESS.index(event.state)) < known:
        return payment
    return replace(payment, state=event.state, expires_at=event.expires_at, at=at)


def _held(state: State, event: PaymentChanged, payment: Payment) -> Payment:
    """The payment with what stays of each report: that money was held once, and where to pay again."""
    held = payment.state != "authorized" and "authorized" in (state.payment.state, event.state)
    return replace(
        payment,
        authorized_before=payment.authorized_before or held,
        pay_url=event.pay_url or payment.pay_url,
    )
