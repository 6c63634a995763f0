"""decide: one event, one state, one decision. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backorder.domain.answers import answered, cancel_requested, held
from backorder.domain.commands import Decision, Verdict
from backorder.domain.deliveries import (
    contact_changed,
    message_failed,
    message_not_sent,
    message_sent,
    message_unknown,
    sending,
    told,
)
from backorder.domain.draft import Draft
from backorder.domain.endings import drop_ending
from backorder.domain.events import (
    Answered,
    CancelRequested,
    ContactChanged,
    Event,
    FlagCleared,
    Held,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
    PaymentChanged,
    RefundSent,
    Shipped,
    Started,
    SupplyChanged,
    Ticked,
)
from backorder.domain.payments import payment_changed, refund_sent
from backorder.domain.policy import Policy
from backorder.domain.shipments import shipped
from backorder.domain.state import OPEN, State
from backorder.domain.steps import steps
from backorder.domain.supply import started, supply_changed
from backorder.domain.table import TABLE
from backorder.domain.tasks import over
from backorder.domain.units import KnownError, RefusedError, WithoutEffectError, announce

__all__ = ["decide", "sending", "told"]


def decide(policy: Policy, state: State, event: Event) -> Decision:
    """What an event leads to: the new state, what to do about it, and why.

    Total: every event is answered in every status. A rejected or ignored event leaves the state as it was.
    """
    row = TABLE[state.status][type(event)]
    if row.verdict is not Verdict.ACCEPTED:
        return Decision(state=state, commands=(), reason=row.reason, verdict=row.verdict)
    draft = Draft(policy, state, event.at, event.day)
    try:
        _HANDLERS[type(event)](draft, event)
    except RefusedError as refusal:
        return Decision(state=state, commands=(), reason=str(refusal), verdict=Verdict.REJECTED)
    except KnownError as known:
        return Decision(state=state, commands=(), reason=str(known), verdict=Verdict.IGNORED)
    except WithoutEffectError as vain:
        return Decision(state=state, commands=(), reason=str(vain), verdict=Verdict.RECORDED)
    if draft.state.status in OPEN:
        announce(draft)
    _review(draft)
    for flag in over(draft.state):
        draft.need_no_more(flag)
        draft.because(f"{flag} needs nobody any more")
    return Decision(state=draft.state, commands=tuple(draft.commands), reason=draft.words("nothing is due"))


def _review(draft: Draft) -> None:
    """Do everything that is due, one step at a time: each changes what the next one sees."""
    now = draft.at
    for _ in range(20 + 2 * len(draft.policy.stages)):  # more than one turn can hold
        drop_ending(draft)
        due = [step for step in steps(draft.policy, draft.state) if step.at <= now and step.alive(now)]
        if not due:
            return
        draft.because(f"{due[0].what}: {due[0].why}")
        due[0].act(draft)
    raise RuntimeError(f"the steps of {draft.state.id} never come to rest: {draft.reasons[-3:]}")


def _ticked(draft: Draft, event: Ticked) -> None:
    """Time passed; the review does the rest."""


def _flag_cleared(draft: Draft, event: FlagCleared) -> None:
    """A person saw to it. What they write is shown with the case, and no part of the decision."""
    if event.flag not in draft.state.needs:
        raise KnownError(f"{event.flag} does not wait for a person; nothing to clear")
    draft.need_no_more(event.flag)
    draft.because(f"{event.flag} is done")


_HANDLERS: dict[type[Event], Callable[[Draft, Any], None]] = {
    Started: started,
    Ticked: _ticked,
    SupplyChanged: supply_changed,
    CancelRequested: cancel_requested,
    Shipped: shipped,
    Answered: answered,
    Held: held,
    RefundSent: refund_sent,
    PaymentChanged: payment_changed,
    MessageSent: message_sent,
    MessageFailed: message_failed,
    MessageUnknown: message_unknown,
    MessageNotSent: message_not_sent,
    ContactChanged: contact_changed,
    FlagCleared: _flag_cleared,
}
