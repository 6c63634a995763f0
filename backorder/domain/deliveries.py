"""What became of a message: only what has gone counts as told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from backorder.domain.draft import Draft
from backorder.domain.events import ContactChanged, MessageFailed, MessageNotSent, MessageSent, MessageUnknown
from backorder.domain.messages import PROMISE_KINDS, Kind
from backorder.domain.policy import Policy
from backorder.domain.promise import fitted
from backorder.domain.state import OPEN, Promise, State
from backorder.domain.step import UNDELIVERED, UNREACHABLE

_STATE_A_DATE = PROMISE_KINDS | {Kind.STILL_WAITING}
_OFFERS = frozenset({Kind.ALTERNATIVES, Kind.COUPON})
_A_PERSON_AFTER = 3
"""Promises and updates in a row that did not arrive, after which a person is called."""


def message_sent(draft: Draft, event: MessageSent) -> None:
    """A provider accepted a message: the promise in it stands from now on."""
    pending = draft.state.pending
    if pending is not None and event.revision is not None and event.revision < pending.revision:
        draft.withdraw_pending()  # it was put into words without knowing that the older one had gone
    if pending is not None and pending.key == event.key and pending.guess:
        draft.change(guesses=draft.state.guesses + 1)
    _left(draft, event.key)
    if event.kind is Kind.STILL_WAITING:
        _overtake_updates(draft)
    marks = {"message": event.day}
    if event.kind in _STATE_A_DATE:
        marks["dated"] = event.day
    if event.kind is Kind.EARLIER:
        marks["earlier"] = event.day
    if event.kind is Kind.DELAYED:
        marks["delayed"] = event.day
    if event.kind in _OFFERS:
        marks["offer"] = event.day
    draft.went(event.key, **marks)
    draft.need_no_more(UNREACHABLE)
    draft.need_no_more(UNDELIVERED)
    draft.change(lost=0, lost_at=None)
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
    _give_up_promise(draft, event.key)
    _left(draft, event.key)
    draft.need(UNREACHABLE)
    draft.because(f"no channel reached the customer: {event.reason}")


def message_unknown(draft: Draft, event: MessageUnknown) -> None:
    """Nobody knows whether a message went: a promise is told anew, under another revision.

    Another message stays as it is; whoever sends it tries once more.
    """
    draft.because("nobody knows whether the message went")
    if _give_up_promise(draft, event.key):
        _lost(draft)


def message_not_sent(draft: Draft, event: MessageNotSent) -> None:
    """A message did not go and never will: what there is to say is decided anew."""
    draft.because(f"the message did not go: {event.reason}")
    if _give_up_promise(draft, event.key):
        _lost(draft)
    elif event.key in draft.state.unsent and event.key.startswith(f"{Kind.STILL_WAITING.value}/"):
        _lost(draft)
        _update_again(draft, event.key)
    elif _is_owed(draft.policy, event.key):
        draft.need(UNDELIVERED)
    _left(draft, event.key)


def contact_changed(draft: Draft, event: ContactChanged) -> None:
    """Somebody corrected how the customer is reached: what did not arrive is said anew, to there."""
    draft.because(f"{', '.join(event.fields)} changed by {event.by}")
    if event.reached:
        draft.need_no_more(UNREACHABLE)
        draft.need_no_more(UNDELIVERED)
        draft.change(lost=0, lost_at=None)


def _give_up_promise(draft: Draft, key: str) -> bool:
    """Forget the pending promise if it is in that message; what is told next gets a key of its own."""
    pending = draft.state.pending
    if pending is None or pending.key != key:
        return False
    draft.forget_pending()
    draft.done(key)
    _left(draft, key)
    return True


def _lost(draft: Draft) -> None:
    """News did not arrive: it is told again at once, then after a growing rest, and a person looks too."""
    lost = draft.state.lost + 1
    draft.change(lost=lost, lost_at=draft.at)
    if lost >= _A_PERSON_AFTER:
        draft.need(UNDELIVERED)


def _is_owed(policy: Policy, key: str) -> bool:
    """Whether a message says what happened, once: nothing the line says later makes good for it."""
    head, _, rest = key.partition("/")
    if head == "stage":
        stage = policy.stage(rest)
        return stage is not None and stage.do == "cancel"
    return head not in _STATE_A_DATE


def _update_again(draft: Draft, key: str) -> None:
    """A regular update that did not go is owed today, under another key."""
    draft.done(key)
    before = draft.day - timedelta(days=draft.policy.updates.every)
    draft.change(marks=replace(draft.state.marks, dated=before))


def _overtake_updates(draft: Draft) -> None:
    """A later update has gone: an earlier one of which nobody knows is not sent any more."""
    prefix = f"{Kind.STILL_WAITING.value}/"
    draft.change(unsent=tuple(key for key in draft.state.unsent if not key.startswith(prefix)))


def _left(draft: Draft, key: str) -> None:
    """A message does not wait any more, whatever became of it."""
    state = draft.state
    if state.pending is not None and state.pending.key == key:
        draft.change(pending=None)
    if key in state.unsent:
        draft.change(unsent=tuple(known for known in state.unsent if known != key))
    if state.around.in_flight and draft.state.pending is None:
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
