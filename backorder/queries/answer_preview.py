"""What an answer would lead to, before it is given: asked of the very function that will decide it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.alternatives import OfferTerms
from backorder.domain.line.commands import Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered, Event, SubstitutionRuled
from backorder.domain.line.free_shipping import free_shipping_to_come
from backorder.domain.line.last_day_reminder import with_last_day
from backorder.domain.line.ledger import (
    gone_with,
    shipping_to_come,
)
from backorder.domain.line.legal_dates import last_day, silence_cancels
from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.domain.line.legal_steps import is_to_be_reminded
from backorder.domain.line.refusals import Refusal, why_over
from backorder.domain.line.revocable_cancellations import make_final, named_by
from backorder.domain.line.sent_back import CANCEL, WITHDRAWN
from backorder.domain.line.state import State
from backorder.domain.money import Money
from backorder.domain.notifications import Facts
from backorder.domain.policy.policy import Policy
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.line_case import LineCase


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerPreview:
    """What comes of an answer. possible: whether it is accepted; refusal: why not, where that is known.

    units: how many end; left: how many stay open. refund: what comes back for them, None for nothing, and by
    when; refund_sent: what went back before. shipping: what was paid for shipping and may come back too;
    free_shipping: what of it comes back in any case, since shipping became free. terms: how an offer stands
    now that was shown otherwise. until: the day that a "keep" agrees to; agreed: False where it is no
    agreement that the law counts, since nothing had been asked. ends_on: the day on which the line ends,
    before their own last day is over if they named one, unless a later date is agreed to; None where it does
    not. late: nothing ends, as it left too late, and a person looks into the refund. reminded: a reminder of
    the last day that they named is to come.
    """

    possible: bool
    refusal: Refusal | None = None
    terms: OfferTerms | None = None
    units: int = 0
    left: int = 0
    refund: Money | None = None
    refund_by: date | None = None
    refund_sent: Money | None = None
    free_shipping: Money | None = None
    shipping: Money | None = None
    until: date | None = None
    agreed: bool = True
    ends_on: date | None = None
    reminded: bool = False
    late: bool = False


def answer_preview(database: Database, backorder: str, event: Event, at: datetime) -> AnswerPreview:
    """Decide about an answer, or another wish, in memory.

    Raises UnknownBackorderError, and what reading the line raises.
    """
    with reading(database.engine) as connection:
        record = LineCase(connection, database.policies, backorder)
        state, policy = record.state, record.policy
        fact = record.opening(at) or record.supply(at)
        if fact is not None:
            state = decide(policy, state, fact).state
        decision = decide(policy, state, event)
        if decision.state.swap is not None:  # what it comes to once the order system has taken it over
            taken = SubstitutionRuled(at=at, day=event.day, request="preview", taken=True, received_at=at)
            decision = decide(policy, decision.state, taken)
    if decision.verdict is not Verdict.ACCEPTED:
        return AnswerPreview(possible=False, refusal=decision.refusal, terms=decision.terms)
    if len(decision.state.after_shipment) > len(state.after_shipment) and not state.quantity.shipped:
        return AnswerPreview(possible=False, refusal=why_over(state))  # it counts for what may have left
    if _is_cancelled_already(state, event):
        return AnswerPreview(possible=False, refusal=Refusal.CANCELLED)
    return _compared(policy, _carried_out(policy, state, event, decision.state), decision.state)


def _is_cancelled_already(state: State, event: Event) -> bool:
    """Whether an answer ends nothing but what a cancellation ends that can still be taken back."""
    ends = isinstance(event, Answered) and event.choice in (CANCEL, WITHDRAWN)
    if not ends or not state.revocable or state.quantity.shipped:
        return False
    return sum(named_by(state, each) for each in state.revocable) >= state.quantity.open


def _ends_unless_agreed(policy: Policy, after: State) -> date | None:
    if after.last_day is None:
        law = last_day(policy, after)
        return law + ONE_DAY if law is not None else None
    facts = with_last_day(policy, after, Facts())
    own, ends = facts.last_day, facts.ends_on
    return ends if own is not None and ends is not None and ends <= own else None


def _carried_out(policy: Policy, state: State, event: Event, after: State) -> State:
    """The state before an answer, with what it carries out of earlier ones, which is no part of it."""
    ended = {each.request for each in after.cancellations}
    if not any(each.request in ended for each in state.revocable):
        return state
    builder = DecisionBuilder(policy, state, event.at, event.day)
    make_final(builder)
    return builder.state


def _compared(policy: Policy, before: State, after: State) -> AnswerPreview:
    known = {each.request for each in before.refunds}
    new = next((each for each in after.refunds if each.request not in known), None)
    shipping = shipping_to_come(after) - shipping_to_come(before)
    free = free_shipping_to_come(policy, after) - free_shipping_to_come(policy, before)

    def money(amount: Decimal) -> Money | None:
        return Money(amount, after.payment.currency) if amount > 0 else None

    units = before.quantity.open - after.quantity.open
    return AnswerPreview(
        possible=True,
        units=units,
        left=after.quantity.open,
        refund=money(new.remaining) if new else None,
        refund_by=new.due_by if new and new.remaining > 0 else None,
        refund_sent=money(gone_with(after, new)) if new else None,
        free_shipping=money(free),
        shipping=money(shipping),
        until=after.consent.until,
        agreed=not silence_cancels(after) or len(after.agreements) > len(before.agreements),
        ends_on=_ends_unless_agreed(policy, after),
        reminded=after.last_day is not None and is_to_be_reminded(policy, after, after.last_day),
        late=not units and LEFT_TOO_LATE in after.needs,
    )
