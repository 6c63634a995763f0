"""What a person was to tell because a message did not arrive, and what tells it in the place of that."""

from __future__ import annotations

from backorder.domain.line.events import (
    Answered,
    Event,
    MessageDelivered,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
    NoticeGiven,
)
from backorder.domain.line.legal_dates import is_answered, told_questions
from backorder.domain.line.message_keys import original_key
from backorder.domain.line.state import State
from backorder.domain.notifications import Kind

NOTICE = "notice_undelivered"
"""The task to tell a legal notice by other means."""
COMPLAINT = "complaint_undelivered"
"""The task to tell by other means what came of a complaint, or that it is known."""


def told_since(event: Event, state: State) -> tuple[str, ...]:
    """The tasks of which nothing is left to tell once a line has heard an event. state: as it stands then."""
    told = [NOTICE] if state.questions and _is_question_over(event, state) else []
    # A call that offered nothing is no legal notice (16 CFR 435.2(c)), but says what any words can say.
    if (isinstance(event, NoticeGiven) and not event.offered) or _is_complaint_told(event):
        told.append(COMPLAINT)
    return tuple(told)


def _is_question_over(event: Event, state: State) -> bool:
    if not state.quantity.open:
        return True
    match event:
        case NoticeGiven():
            return event.offered
        case Answered():
            kept = event.choice == "keep" and (event.rest or (event.quantity or 0) >= state.quantity.open)
            return event.quantity is None or bool(kept)
        case MessageSent():
            return event.kind is Kind.CONSENT_REQUEST and bool(told_questions(state))
        case MessageDelivered():
            return True
        case MessageFailed() | MessageNotSent() | MessageUnknown():
            return _is_overtaken(event.key, state)
    return False


def _is_overtaken(key: str, state: State) -> bool:
    """Whether a question that did not arrive was answered all the same, or another one was told since."""
    mine = [number for number, each in enumerate(state.questions) if each.key == original_key(key)]
    if not mine:
        return False
    last = mine[-1]
    later = state.questions[last + 1 :]
    return is_answered(state, state.questions[last]) or any(each.told_at is not None for each in later)


def _is_complaint_told(event: Event) -> bool:
    return isinstance(event, MessageSent) and event.kind is Kind.COMPLAINT_CLOSED
