"""What people ask for: to cancel, to keep waiting, to take something else, to be left in peace."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from backorder.domain.line.agreed_in_time import agreed_before_it_ended, ended_too_early
from backorder.domain.line.authorizations import asked_after_hold
from backorder.domain.line.cancellations import cancel_units
from backorder.domain.line.commands import HoldBack
from backorder.domain.line.consent import keep, refused
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered, CancelRequested, Held
from backorder.domain.line.kept_after_all import kept_after_all, remember
from backorder.domain.line.late_shipments import left_too_late
from backorder.domain.line.legal_flags import TAKEN_BACK_LATE
from backorder.domain.line.refusals import Refusal, why_over
from backorder.domain.line.revocable_cancellations import (
    cancel_by_answer,
    carry_out,
    concerned,
    make_final,
    said_again,
)
from backorder.domain.line.sent_back import CANCEL, WITHDRAWN
from backorder.domain.line.state import Hold, State
from backorder.domain.line.substitutions import choose, chose_before
from backorder.domain.line.units import KnownError, UnacceptableError, WithoutEffectError, close_if_done
from backorder.domain.line.wanted_since import as_wanted_since
from backorder.domain.line.withdrawals import only_sends_back, send_back, withdraw
from backorder.domain.line.withdrawn_cancellations import tell_the_rest

LONGEST_HOLD = timedelta(days=30)


def cancel_requested(builder: DecisionBuilder, event: CancelRequested) -> None:
    """Somebody cancels the line or a part of it."""
    before = builder.state
    try:
        _cancel_requested(builder, event)
    except (WithoutEffectError, UnacceptableError) as nothing:
        noted = DecisionBuilder(builder.policy, nothing.noted or before, builder.at, builder.day)
        _note_again(noted, event)
        nothing.noted = noted.state
        raise


def _cancel_requested(builder: DecisionBuilder, event: CancelRequested) -> None:
    key = f"cancelled/{event.request}"
    _once(builder, key)
    if event.by == "customer" and _withdraws(builder, event, key, event.reason):
        close_if_done(builder)
        return
    if event.by == "customer" and _left_too_late(builder, event, key):
        close_if_done(builder)
        return
    state = builder.state
    about = concerned(state, event.quantity) if event.by == "customer" else ()
    count, left = carry_out(builder, event, about)
    if not left and builder.state.quantity.open < state.quantity.open:
        builder.because("the customer had cancelled it by link, which cannot be taken back any more")
        close_if_done(builder)
        return
    before = builder.state
    cancel_units(
        builder,
        request=event.request,
        key=key,
        count=count,
        by=event.by,
        received_at=event.received_at,
        reason=event.reason,
        answer=CANCEL if event.by == "customer" else "",
    )
    if event.by == "customer":
        refused(builder)
    make_final(builder, about if builder.state.quantity.open else None, meant=True)
    send_back(builder, before)
    close_if_done(builder)


def answered(builder: DecisionBuilder, event: Answered) -> None:
    """The customer answered; every answer is acknowledged, with what it led to.

    Also one without effect is remembered for a word that came in before it, or after it, and is heard later.
    """
    before = builder.state
    try:
        _answered(builder, event)
    except (WithoutEffectError, UnacceptableError) as nothing:
        noted = DecisionBuilder(builder.policy, nothing.noted or before, builder.at, builder.day)
        if event.choice in (CANCEL, WITHDRAWN):
            _note_again(noted, event)
        elif isinstance(nothing, WithoutEffectError):
            remember(noted, event)
        nothing.noted = noted.state
        raise


def _note_again(noted: DecisionBuilder, event: Answered | CancelRequested) -> None:
    """Remember a cancellation of what had been cancelled by link, and carried out."""
    if not noted.state.quantity.open:
        said_again(noted, event.received_at)


def _answered(builder: DecisionBuilder, event: Answered) -> None:
    key = f"answer/{event.request}"
    _once(builder, key)
    ends = event.choice in (CANCEL, WITHDRAWN)
    if not ends and (event.revision or 0) > builder.state.revision:
        raise UnacceptableError(f"revision {event.revision} was never told: consent covers what was shown")
    before = builder.state.quantity.open
    withdrawn = kept_after_all(builder, event) if not ends else None
    if ends and (_withdraws(builder, event, key, "") or _left_too_late(builder, event, key)):
        pass
    elif ends:
        cancel_by_answer(builder, as_wanted_since(builder, event), key)
        refused(builder)
    elif event.choice == "keep" and agreed_before_it_ended(builder, event, key):
        pass
    elif not builder.state.quantity.open:
        helped = withdrawn is not None or TAKEN_BACK_LATE in builder.state.needs
        if not ended_too_early(builder, event) and not helped:
            words = f"the line is {builder.state.status}; noted on the case"
            raise WithoutEffectError(words, why_over(builder.state))
    elif event.choice == "alternative":
        choose(builder, event)
    else:
        ended_too_early(builder, event)
        chose_before(builder, event)
        event = _as_far_as_open(builder.state, event)
        keep(builder, event, key, withdrawn.read if withdrawn is not None else None, of=before)
    if withdrawn is not None:
        tell_the_rest(builder, withdrawn)
    close_if_done(builder)


def _as_far_as_open(state: State, event: Answered) -> Answered:
    """A word to keep more than is open keeps that, where the others ended later, or a person sees to them."""
    most, count = state.quantity.open, event.quantity
    since = sum(each.units for each in state.cancellations if each.received_at > event.received_at)
    if TAKEN_BACK_LATE in state.needs:
        since = state.quantity.ordered
    return replace(event, quantity=most) if count is not None and most < count <= most + since else event


def _withdraws(builder: DecisionBuilder, event: CancelRequested | Answered, key: str, reason: str) -> bool:
    """Take a cancellation for a withdrawal, where it comes after the shipment. Returns whether it was one."""
    if not only_sends_back(builder.state, event.request, event.received_at):
        return False
    withdraw(
        builder,
        request=event.request,
        key=key,
        count=event.quantity,
        received_at=event.received_at,
        reason=reason,
    )
    return True


def _left_too_late(builder: DecisionBuilder, event: CancelRequested | Answered, key: str) -> bool:
    """Whether it is about what had left by then, and too late, so that a person looks at it."""
    return left_too_late(
        builder, request=event.request, key=key, count=event.quantity, received_at=event.received_at
    )


def fault_of_hold(until: datetime, at: datetime) -> str | None:
    """Why nobody is held so long, from an instant on."""
    if until <= at:
        return "a hold must end in the future"
    return f"a hold lasts {LONGEST_HOLD.days} days at most" if until > at + LONGEST_HOLD else None


def held(builder: DecisionBuilder, event: Held) -> None:
    """No messages and no stages of the policy until then."""
    if fault := fault_of_hold(event.until, event.at):
        raise UnacceptableError(fault)
    before = builder.state.hold
    builder.change(hold=Hold(until=event.until, reason=event.reason))
    asked_after_hold(builder)
    builder.withdraw_pending()
    builder.withdraw_unsent()
    builder.do(HoldBack(until=event.until, instead_of=before.until if before is not None else None))
    builder.because("no messages until the hold is over")


def _once(builder: DecisionBuilder, key: str) -> None:
    if builder.state.is_done(key):
        raise KnownError("this was asked for before and is done", Refusal.DONE)
    builder.done(key)
