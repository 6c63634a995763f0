"""Money that goes back: working out what is owed, and telling the order system and the customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from backorder.domain.draft import Draft
from backorder.domain.ledger import (
    NOTHING,
    excess,
    outstanding,
    owed,
    refunds,
    sent,
    shipping_back,
)
from backorder.domain.messages import Facts, Kind
from backorder.domain.money import Money
from backorder.domain.state import Refund, State


def reckon(draft: Draft, before: State) -> None:
    """Work out anew what is owed after facts moved, and ask the order system for what is new of it.

    before: the state without those facts.
    """
    draft.change(refunds=refunds(draft.policy, draft.state))
    after = draft.state
    draft.change(owed_most=max(before.owed_most, owed(after)))
    _ask(draft, before)
    if outstanding(after) == 0:
        draft.need_no_more("refund_overdue")
        draft.need_no_more("refund_failed")
    if excess(after) > excess(before):
        draft.need("refund_excess")
        draft.because(f"{excess(after)} {after.payment.currency} more than owed were sent back")
    elif excess(after) == 0:
        draft.need_no_more("refund_excess")


def _ask(draft: Draft, before: State) -> None:
    """Ask for what is newly outstanding, each part by its own last day."""
    known = {each.request: each.remaining for each in before.refunds}
    news = outstanding(draft.state) - outstanding(before)
    for claim in draft.state.refunds:
        part = min(news, claim.remaining - max(NOTHING, known.get(claim.request, NOTHING)))
        if part <= 0:
            continue
        news -= part
        draft.publish(
            "refund_due",
            amount=str(part),
            currency=claim.currency,
            due_by=claim.due_by.isoformat(),
            goods=str(part),
            shipping_if_none_shipped=str(_shipping_once(draft)),
        )


def _shipping_once(draft: Draft) -> Decimal:
    """What was paid for shipping, the first time that all of the line has ended without a shipment."""
    back = shipping_back(draft.state)
    if back and not draft.state.is_done("shipping_back"):
        draft.done("shipping_back")
        return back
    return NOTHING


def with_money(draft: Draft, facts: Facts, claim: Refund | None) -> Facts:
    """The facts with what goes back, and when; where it went already, that counts as told from now on."""
    if claim is None or claim.amount <= 0:
        return facts
    if outstanding(draft.state) == 0:
        draft.change(refund_told=min(sent(draft.state), draft.state.owed_most))
    shipping = shipping_back(draft.state)
    return replace(
        facts,
        refund=Money(claim.amount, claim.currency),
        refund_by=claim.due_by if claim.remaining > 0 else None,
        refund_sent_on=_sent_on(draft) if claim.remaining <= 0 else None,
        shipping=Money(shipping, claim.currency) if shipping else None,
    )


def tell_refunded(draft: Draft) -> None:
    """Tell the customer of money that went back, once nothing more is outstanding.

    What was never owed is not told: a person looks at it first.
    """
    state = draft.state
    news = min(sent(state), state.owed_most) - state.refund_told
    if news <= 0 or outstanding(state):
        return
    draft.change(refund_told=state.refund_told + news)
    last = [each for each in state.money_sent if each.counts][-1]
    facts = Facts(
        refund=Money(news, state.payment.currency),
        quantity=state.quantity.cancelled,
        refund_sent_on=_sent_on(draft),
        means=last.means,
    )
    draft.tell(f"refunded/{last.refund}", Kind.REFUNDED, facts)
    draft.because("the refund is complete")


def _sent_on(draft: Draft) -> date | None:
    instants = [each.sent_at for each in draft.state.money_sent if each.counts and each.sent_at]
    return draft.policy.calendar.day(max(instants)) if instants else None
