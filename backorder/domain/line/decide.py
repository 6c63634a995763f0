"""decide: one event, one state, one decision. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Never, cast

from backorder.domain.line.alternatives import TermsChangedError
from backorder.domain.line.authorizations import publish_anew
from backorder.domain.line.automatic_cancellation import revoke_automatic_cancellation
from backorder.domain.line.commands import Decision, Verdict
from backorder.domain.line.complaints import complained, complaint_closed
from backorder.domain.line.coupons import coupon_claimed
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.delivery_refusals import delivery_refused
from backorder.domain.line.due_steps import first_due, steps
from backorder.domain.line.events import (
    Answered,
    CancellationTakenBack,
    CancelRequested,
    Complained,
    ComplaintClosed,
    ContactChanged,
    CouponClaimed,
    DeliveryRefused,
    Event,
    FlagCleared,
    ForceMajeureDecided,
    Held,
    MessageDelivered,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
    NoticeGiven,
    PaymentChanged,
    PolicyMoved,
    PromiseMade,
    RefundSent,
    ResendRequested,
    SendNowRequested,
    Shipped,
    Started,
    SubstitutionRuled,
    SupplyChanged,
    Ticked,
)
from backorder.domain.line.force_majeure import force_majeure_decided
from backorder.domain.line.impossible_instants import refuse_before_the_order
from backorder.domain.line.kept_after_all import cancellation_taken_back
from backorder.domain.line.legal_notices import message_delivered, notice_given
from backorder.domain.line.legal_steps import withdraw_announced_ending
from backorder.domain.line.message_outcomes import (
    contact_changed,
    message_failed,
    message_not_sent,
    message_sent,
    message_unknown,
    sending,
    told,
)
from backorder.domain.line.payments import payment_changed, refund_sent
from backorder.domain.line.policy_changes import policy_moved
from backorder.domain.line.promises_made import promise_made
from backorder.domain.line.refusals import why_over
from backorder.domain.line.requests import answered, cancel_requested, held
from backorder.domain.line.resend import resend_requested
from backorder.domain.line.shipments import shipped
from backorder.domain.line.split_shipments import send_now_requested
from backorder.domain.line.state import OPEN, State
from backorder.domain.line.step import Step
from backorder.domain.line.substitutions import substitution_ruled
from backorder.domain.line.supply_changes import started, supply_changed
from backorder.domain.line.table import TABLE
from backorder.domain.line.units import (
    KnownError,
    NothingDoneError,
    UnacceptableError,
    WithoutEffectError,
    announce,
)
from backorder.domain.policy.policy import Policy
from backorder.domain.tasks import over

__all__ = ["decide", "sending", "told"]


def decide(policy: Policy, state: State, event: Event, owed: Sequence[Step] | None = None) -> Decision:
    """What an event leads to: the new state, what to do about it, and why.

    Total: every event is answered in every status. One that is not accepted leaves the state as it was, but
    for a word that may count once more is told.
    policy: the one that holds afterwards. owed: the steps of that state, where an earlier decision has them.
    Raises LackingError where it asks for what was left out of the state's context.
    """
    row = TABLE[state.status][type(event)]
    if row.verdict is not _ACCEPTED:
        refusal = row.refusal or (why_over(state) if row.verdict is Verdict.REJECTED else None)
        return Decision(state=state, commands=(), reason=row.reason, verdict=row.verdict, refusal=refusal)
    builder = DecisionBuilder(policy, state, event.at, event.day, owed)
    try:
        refuse_before_the_order(state, event)
        _HANDLERS[type(event)](builder, event)
    except NothingDoneError as nothing:
        return _nothing_done(state, nothing)
    if builder.state.status in OPEN:
        announce(builder)
    _review(builder)
    if builder.state.payment_due is not None:
        publish_anew(builder, builder.state.payment_due)
    for flag in over(builder.state) if builder.state.needs else ():
        builder.need_no_more(flag)
        builder.because(f"{flag} needs nobody any more")
    commands, reason = tuple(builder.commands), builder.words("nothing is due")
    return Decision(builder.state, commands, reason, owed=builder.owed)


_ACCEPTED = Verdict.ACCEPTED
_VERDICTS: Mapping[type[NothingDoneError], Verdict] = {
    TermsChangedError: Verdict.REJECTED,
    UnacceptableError: Verdict.REJECTED,
    KnownError: Verdict.IGNORED,
    WithoutEffectError: Verdict.RECORDED,
}


def _nothing_done(state: State, nothing: NothingDoneError) -> Decision:
    """What is decided where a handler says that nothing is done."""
    return Decision(
        state=nothing.noted or state,
        commands=(),
        reason=str(nothing),
        verdict=_VERDICTS[type(nothing)],
        terms=nothing.terms if isinstance(nothing, TermsChangedError) else None,
        refusal=nothing.refusal,
    )


def _review(builder: DecisionBuilder) -> None:
    """Do everything that is due, one step at a time: each changes what the next one sees."""
    now = builder.at
    for _ in range(20 + 2 * len(builder.policy.stages)):  # more than one turn can hold
        if builder.state.automatic_cancellation is not None:
            revoke_automatic_cancellation(builder)
        if builder.state.ending_told is not None:
            withdraw_announced_ending(builder)
        if builder.owed is None:
            builder.owed = steps(builder.policy, builder.state, now)
        due = first_due(builder.owed, now)
        if due is None:
            return
        builder.because(f"{due.what}: {due.why}")
        due.act(builder)
        builder.owed = None
    raise RuntimeError(f"the steps of {builder.state.id} never come to rest: {builder.reasons[-3:]}")


def _ticked(builder: DecisionBuilder, event: Ticked) -> None:
    """Time passed; the review does the rest."""


def _flag_cleared(builder: DecisionBuilder, event: FlagCleared) -> None:
    """A person saw to it. What they write is shown with the case, and no part of the decision."""
    if event.flag not in builder.state.needs:
        raise KnownError(f"{event.flag} does not wait for a person; nothing to clear")
    builder.need_no_more(event.flag)
    builder.because(f"{event.flag} is done")


_ROWS: dict[type[Event], Callable[[DecisionBuilder, Never], None]] = {
    Started: started,
    Ticked: _ticked,
    SupplyChanged: supply_changed,
    CancelRequested: cancel_requested,
    Shipped: shipped,
    Answered: answered,
    CancellationTakenBack: cancellation_taken_back,
    CouponClaimed: coupon_claimed,
    SubstitutionRuled: substitution_ruled,
    SendNowRequested: send_now_requested,
    DeliveryRefused: delivery_refused,
    Held: held,
    PolicyMoved: policy_moved,
    Complained: complained,
    ComplaintClosed: complaint_closed,
    RefundSent: refund_sent,
    ForceMajeureDecided: force_majeure_decided,
    PaymentChanged: payment_changed,
    MessageSent: message_sent,
    MessageDelivered: message_delivered,
    MessageFailed: message_failed,
    MessageUnknown: message_unknown,
    MessageNotSent: message_not_sent,
    ContactChanged: contact_changed,
    FlagCleared: _flag_cleared,
    ResendRequested: resend_requested,
    NoticeGiven: notice_given,
    PromiseMade: promise_made,
}
_HANDLERS = cast("Mapping[type[Event], Callable[[DecisionBuilder, Event], None]]", _ROWS)
"""A handler takes the events of its own row alone, which no type of a table can say."""
