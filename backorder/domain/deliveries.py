"""What became of a message: only what has gone counts as told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from backorder.domain.draft import Draft
from backorder.domain.events import MessageFailed, MessageSent
from backorder.domain.messages import PROMISE_KINDS, Kind
from backorder.domain.policy import Policy
from backorder.domain.promise import fitted
from backorder.domain.state import OPEN, Promise, State
from backorder.domain.step import UNREACHABLE

_STATE_A_DATE = PROMISE_KINDS | {Kind.STILL_WAITING}
_OFFERS = frozenset({Kind.ALTERNATIVES, Kind.COUPON})


def message_sent(draft: Draft, event: MessageSent) -> None:
    """A provider accepted a message: the promise in it stands from now on."""
    _left(draft, event.key)
    marks = {"message": event.day}
    if event.kind in _STATE_A_DATE:
        marks["dated"] = event.day
    if event.kind is Kind.EARLIER:
        marks["earlier"] = event.day
    if event.kind in _OFFERS:
        marks["offer"] = event.day
    draft.mark(**marks)
    draft.need_no_more(UNREACHABLE)
    draft.because(f"{event.kind.value} was sent")
    _count_as_told(draft, event)


def _count_as_told(draft: Draft, event: MessageSent) -> None:
    state = draft.state
    known = state.promise.revision if state.promise else 0
    if event.window is None or event.revision is None or event.revision <= known:
        return
    window = fitted(event.window, state.quantity.open)
    promised, missed = state.promise.by if state.promise else None, state.missed
    if promised is not None and promised < event.day:
        missed = promised
    draft.change(
        missed=missed if window.by is None else None,
        promise=Promise(revision=event.revision, window=window, told_at=event.at, told_on=event.day),
        first_by=state.first_by or window.by,
    )
    if state.status in OPEN:
        draft.publish("promised", revision=event.revision, likely=_iso(window.likely), by=_iso(window.by))


def message_failed(draft: Draft, event: MessageFailed) -> None:
    """No channel could carry a message: nothing more is sent until one gets through."""
    if draft.state.pending is not None and draft.state.pending.key == event.key:
        draft.forget_pending()
        draft.done(event.key)  # another attempt gets a key of its own
    _left(draft, event.key)
    draft.need(UNREACHABLE)
    draft.because(f"no channel reached the customer: {event.reason}")


def _left(draft: Draft, key: str) -> None:
    """A message does not wait any more, whatever became of it."""
    state = draft.state
    if state.pending is not None and state.pending.key == key:
        draft.change(pending=None)
    if key in state.unsent:
        draft.change(unsent=tuple(known for known in state.unsent if known != key))
    if state.around.in_flight:
        draft.change(around=replace(state.around, in_flight=False))


def sending(policy: Policy, state: State, now: datetime) -> MessageSent:
    """The event that the pending promise goes out, as soon as it may. Raises ValueError without one."""
    pending = state.pending
    if pending is None:
        raise ValueError(f"{state.id} has no message waiting to go")
    at = max(now, pending.not_before)
    return MessageSent(
        at=at,
        day=policy.calendar.day(at),
        key=pending.key,
        kind=pending.kind,
        revision=pending.revision,
        window=pending.window,
    )


def told(policy: Policy, state: State, now: datetime) -> State:
    """The state once its pending promise has gone out, with nothing else done about it."""
    event = sending(policy, state, now)
    draft = Draft(policy, state, event.at, event.day)
    message_sent(draft, event)
    return draft.state


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
