"""What a person was to tell because a message did not arrive, and what tells it in the place of that."""

from __future__ import annotations

from backorder.domain.calendar import ONE_DAY
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
from backorder.domain.line.legal_dates import is_answered
from backorder.domain.line.message_keys import original_key
from backorder.domain.line.state import Question, State
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
    last = state.questions[-1]
    match event:
        case NoticeGiven():
            return event.offered and (_is_later(event, state, last) or _asks_for_all(event, last))
        case Answered():
            return is_answered(state, last) or _answers_for_all(event, state, last)
        case MessageSent():
            is_last = original_key(event.key) == last.key or last.told_at is not None
            return event.kind is Kind.CONSENT_REQUEST and is_last
        case MessageDelivered():
            return original_key(event.key) == last.key
        case MessageFailed() | MessageNotSent() | MessageUnknown():
            return _is_overtaken(event.key, state)
    return False


def _is_later(event: NoticeGiven, state: State, last: Question) -> bool:
    """Whether a call or a letter came after the last question was asked: what it named is true since.

    Of a question without its instant the day is known on which it was asked, in the zone of the shop.
    """
    if (asked := last.asked_at or last.told_at) is not None:
        return event.as_of >= asked
    day = dict(state.done).get(last.key)
    return day is not None and event.as_of.date() > day + ONE_DAY


def _asks_for_all(event: NoticeGiven, last: Question) -> bool:
    """Whether a call or a letter asked the last question itself, or named no earlier day than that one does.

    One from before that question, with an earlier day, told nobody of the later one.
    """
    if last.key == f"notice/{event.request}":
        return True
    return event.by_date is None or (last.by is not None and event.by_date >= last.by)


def _answers_for_all(event: Answered, state: State, last: Question) -> bool:
    """Whether an answer decides about all that is open, and is not to a notice before the last one."""
    if event.revision is not None and event.revision < last.revision:
        return False
    kept = event.choice == "keep" and (event.rest or (event.quantity or 0) >= state.quantity.open)
    return event.quantity is None or bool(kept)


def _is_overtaken(key: str, state: State) -> bool:
    """Whether a question that did not arrive was answered all the same, or another one was told since."""
    mine = [number for number, each in enumerate(state.questions) if each.key == original_key(key)]
    if not mine:
        return False
    last = mine[-1]
    later = state.questions[last + 1 :]
    return is_answered(state, state.questions[last]) or any(each.told_at is not None for each in later)


def _is_complaint_told(event: Event) -> bool:
    if isinstance(event, MessageDelivered):
        return original_key(event.key).startswith(f"{Kind.COMPLAINT_CLOSED.value}/")
    return isinstance(event, MessageSent) and event.kind is Kind.COMPLAINT_CLOSED
