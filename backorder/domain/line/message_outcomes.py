"""What became of a message: only what has gone counts as told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.notice_parts import is_lacking
from backorder.domain.line.authorizations import blame_the_supply
from backorder.domain.line.complaints import acknowledged, is_unacknowledged
from backorder.domain.line.decision_builder import NOTHING_WRITTEN, RECALLED, DecisionBuilder
from backorder.domain.line.events import (
    ContactChanged,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
)
from backorder.domain.line.last_day_reminder import is_reminder, lose_reminder
from backorder.domain.line.legal_flags import CALL, INCOMPLETE, TELL
from backorder.domain.line.legal_notices import ask_again, untold, was_told
from backorder.domain.line.message_keys import is_resend, is_to_new_address
from backorder.domain.line.promise_updates import KINDS_OF_CONTACT
from backorder.domain.line.saying import Saying
from backorder.domain.line.ship_window import fitted
from backorder.domain.line.state import OPEN, Promise, State, Window
from backorder.domain.line.step import UNDELIVERED, UNREACHABLE
from backorder.domain.line.still_true import HOLDS_NO_MORE, as_it_stands
from backorder.domain.line.told_promises import (
    is_told,
    newest_told,
    number_of_restored,
    publish_promise,
    stated_once_told,
    take_back,
    told_by,
    with_told,
    with_told_before,
)
from backorder.domain.notifications import DATED_KINDS, OFFER_KINDS, OWED_KINDS, Kind
from backorder.domain.policy.policy import Policy
from backorder.domain.update_frequency import days_between

_WAS_SENT = {kind: f"{kind.value} was sent" for kind in Kind}
_SAYS_WHAT_HAPPENED = OWED_KINDS - DATED_KINDS - OFFER_KINDS
_A_PERSON_AFTER = 3
"""Promises and updates in a row that did not arrive, after which a person is called."""


def message_sent(builder: DecisionBuilder, event: MessageSent) -> None:
    """A provider accepted a message: the promise in it stands from now on."""
    pending, revision = builder.state.pending, event.revision
    counts = revision is not None and not (event.again and is_told(builder.state, revision))
    if pending is not None and counts and (revision or 0) < pending.revision:
        builder.withdraw_pending()  # it was put into words without knowing that the older one had gone
    guess = pending is not None and pending.key == event.key and pending.guess
    changed = _without(builder.state, event.key)
    if guess:
        changed["guesses"] = builder.state.guesses + 1
    builder.went(event.key, _last_contacts(event), changed)
    if event.kind is Kind.STILL_WAITING:
        _overtake_updates(builder)
    if builder.state.needs:
        builder.need_no_more(UNREACHABLE)
        builder.need_no_more(UNDELIVERED)
    _found(builder)
    builder.because(was_sent(event))
    acknowledged(builder, event.key, arrived=True)
    _count_as_told(builder, event, guess=guess)
    if event.kind is Kind.CONSENT_REQUEST and event.revision is not None:
        was_told(builder, event.revision, event.at, delivered=event.delivered)


def was_sent(event: MessageSent) -> str:
    """What the case says of a message that went."""
    return _WAS_SENT[event.kind]


def changes_nothing(state: State, event: MessageSent) -> bool:
    """Whether a line that has ended stays as it is, and nobody hears of it, once a last message has gone.

    It says what happened, names no day that is to come, and went on the day on which it was planned.
    """
    told_on = state.last_contacts.message
    return (
        state.closed is not None
        and event.kind in _SAYS_WHAT_HAPPENED
        and event.revision is None
        and told_on is not None
        and told_on >= event.day
        and not (state.pending or state.unsent or state.needs or state.lost or state.lost_at)
        and not (state.automatic_cancellation or state.ending_told or state.context.in_flight)
        and not is_unacknowledged(state, event.key)
    )


def _last_contacts(event: MessageSent) -> dict[str, date]:
    """What is remembered of the day on which a message went."""
    last_contacts = {"message": event.day}
    if event.kind in DATED_KINDS:
        last_contacts["dated"] = event.day
    contact = (
        event.kind.value if event.kind in KINDS_OF_CONTACT else "offer" if event.kind in OFFER_KINDS else ""
    )
    # What is said once more was offered, or delayed, when it was said first.
    if contact and not is_resend(event.key):
        last_contacts[contact] = event.day
    return last_contacts


def _count_as_told(builder: DecisionBuilder, event: MessageSent, *, guess: bool) -> None:
    state = builder.state
    if event.window is None or event.revision is None:
        return
    window = fitted(event.window, state.quantity.open)
    newest = newest_told(state)
    key = event.key if event.kind is Kind.ANSWER_RECEIVED else ""
    if event.again and event.revision > newest:
        _count_once_more(builder, event, window, key)
        return
    if event.revision <= newest:
        late = Promise(revision=event.revision, window=window, told_at=event.at, told_on=event.day)
        builder.change(told=with_told_before(state, late, event.kind, key=key))
        return
    before = state.promise.window if state.promise else None
    promised, missed = before.by if before else None, state.missed
    if promised is not None and promised < event.day:
        missed = promised
    promise = Promise(revision=event.revision, window=window, told_at=event.at, told_on=event.day)
    builder.change(
        missed=missed if window.by is None else None,
        promise=promise,
        stated=stated_once_told(state, window),
        told=with_told(state, promise, event.kind, guess=guess),
        first_by=state.first_by or window.by,
    )
    blame_the_supply(builder)
    if state.status in OPEN:
        publish_promise(builder, event.revision, window, before)


def _count_once_more(builder: DecisionBuilder, event: MessageSent, window: Window, key: str) -> None:
    """A promise that had come back stands again, under a revision of its own. key: of an answer."""
    state, number = builder.state, number_of_restored(builder.state)
    before = state.promise.window if state.promise else None
    told = Promise(revision=event.revision or number, window=window, told_at=event.at, told_on=event.day)
    builder.change(
        promise=replace(told, revision=number),
        stated=stated_once_told(state, window),
        told=with_told(state, told, event.kind, guess=False, stands_as=number, key=key),
        revision=number,
        first_by=state.first_by or window.by,
    )
    blame_the_supply(builder)
    if state.status in OPEN:
        publish_promise(builder, number, window, before)


def message_failed(builder: DecisionBuilder, event: MessageFailed) -> None:
    """No channel could carry a message: nothing more is sent until one gets through.

    A legal notice whose words lack what the law wants said is a person's, and does not go.
    """
    _give_up_promise(builder, event.key)
    _take_back(builder, event.key, event.revision)
    acknowledged(builder, event.key, arrived=False)
    _left(builder, event.key)
    if is_reminder(event.key):
        lose_reminder(builder, event.key)
    if is_lacking(event.reason):
        # Its words were at fault, and no way to the customer: other messages go on.
        builder.need(INCOMPLETE)
        builder.because(event.reason)
        return
    if builder.state.context.by_hand:
        _left_to_a_person(builder, event.key)
        return
    if event.narrow:
        builder.because(f"it reached nobody by a way that was open to it: {event.reason}")
        return
    builder.need(UNREACHABLE)
    builder.because(f"no channel reached the customer: {event.reason}")


def message_unknown(builder: DecisionBuilder, event: MessageUnknown) -> None:
    """Nobody knows whether a message went: a promise is told anew, under another revision.

    Another message stays as it is; whoever sends it tries once more.
    """
    builder.because("nobody knows whether the message went")
    if _give_up_promise(builder, event.key):
        _lost(builder)


def message_not_sent(builder: DecisionBuilder, event: MessageNotSent) -> None:
    """A message did not go and never will: what there is to say is decided anew."""
    _take_back(builder, event.key, event.revision)
    acknowledged(builder, event.key, arrived=False)
    if event.by:
        _taken_back(builder, event)
        return
    if event.key in builder.state.recalled:
        _came_back(builder, event.key)
        return
    if builder.state.context.by_hand:
        _give_up_promise(builder, event.key)
        _left(builder, event.key)
        _left_to_a_person(builder, event.key)
        return
    builder.because(f"the message did not go: {event.reason}")
    if _give_up_promise(builder, event.key):
        _lost(builder)
    elif event.key in builder.state.unsent and event.key.startswith(f"{Kind.STILL_WAITING.value}/"):
        _lost(builder)
        _update_again(builder, event.key)
    elif event.reason == HOLDS_NO_MORE:
        pass  # it tells of nothing that anybody would miss
    elif is_reminder(event.key):
        _lost(builder)
        lose_reminder(builder, event.key)
    elif is_to_new_address(event.key):
        builder.because("what it asked was answered, or is asked anew")
    elif is_resend(event.key) or _is_owed(builder.policy, event.key):
        builder.need(UNDELIVERED)
    _left(builder, event.key)


def _left_to_a_person(builder: DecisionBuilder, key: str) -> None:
    """By now nothing can be written to the customer; what they have to hear, a person says."""
    builder.because(f"the message did not go: {NOTHING_WRITTEN}")
    if _is_owed(builder.policy, key):
        builder.need(TELL)


def _taken_back(builder: DecisionBuilder, event: MessageNotSent) -> None:
    """A person took it back before it went: what still holds of its news is told anew on the next day."""
    builder.because(event.reason)
    untold = _give_up_promise(builder, event.key)
    if event.key in builder.state.unsent and event.key.startswith(f"{Kind.STILL_WAITING.value}/"):
        _update_again(builder, event.key)
        untold = True
    if is_reminder(event.key):
        lose_reminder(builder, event.key)
        untold = True
    if untold:
        builder.change(told_anew_from=builder.policy.daily_review(builder.day + ONE_DAY))
    _left(builder, event.key)


def _came_back(builder: DecisionBuilder, key: str) -> None:
    """It was taken back while it was on its way: what there is to say is decided as if it had never been."""
    builder.because(f"the message did not go: {RECALLED}")
    pending = builder.state.pending
    if pending is not None and pending.key == key:
        builder.forget_pending()
    builder.done(key)  # what is told next gets a key of its own
    _left(builder, key)


def contact_changed(builder: DecisionBuilder, event: ContactChanged) -> None:
    """Somebody corrected how the customer is reached: what did not arrive is said anew, to there."""
    builder.because(f"{', '.join(event.fields)} changed by {event.by}")
    if event.reached:
        builder.need_no_more(UNREACHABLE)
        builder.need_no_more(UNDELIVERED)
        _found(builder)
    if builder.state.context.by_hand:
        builder.withdraw_pending()
        builder.withdraw_unsent()
        return
    if event.reached:
        builder.need_no_more(CALL)
    for saying in event.failed:
        _say_anew(builder, saying)
    if event.channel:
        ask_again(builder, event.channel)


def _say_anew(builder: DecisionBuilder, saying: Saying) -> None:
    """What did not arrive goes out, as it is true by now."""
    now = as_it_stands(builder, saying)
    if now is None:
        builder.because(f"{saying.kind.value} does not go any more: {HOLDS_NO_MORE}")
    else:
        builder.tell(now.key, now.kind, now.facts)


def _give_up_promise(builder: DecisionBuilder, key: str) -> bool:
    """Forget the pending promise if it is in that message; what is told next gets a key of its own."""
    pending = builder.state.pending
    if pending is None or pending.key != key:
        return False
    builder.forget_pending()
    builder.done(key)
    _left(builder, key)
    return True


def _take_back(builder: DecisionBuilder, key: str, revision: int | None) -> None:
    """Its promise counted as told, and came back; what is told instead gets a key of its own."""
    revision = revision or told_by(builder.state, key)
    if builder.state.questions:
        untold(builder, revision)
    if revision is not None and take_back(builder, revision):
        blame_the_supply(builder)
        builder.done(key)


def _lost(builder: DecisionBuilder) -> None:
    """News did not arrive: it is told again at once, then after a growing rest, and a person looks too."""
    lost = builder.state.lost + 1
    builder.change(lost=lost, lost_at=builder.at)
    if lost >= _A_PERSON_AFTER:
        builder.need(UNDELIVERED)


def _found(builder: DecisionBuilder) -> None:
    """The customer is reached again: the losses before do not count any more."""
    if builder.state.lost or builder.state.lost_at is not None:
        builder.change(lost=0, lost_at=None)


def _is_owed(policy: Policy, key: str) -> bool:
    """Whether a message says what happened, once: nothing the line says later makes good for it."""
    head, _, rest = key.partition("/")
    if head == "stage":
        stage = policy.stage(rest)
        return stage is not None and stage.do == "cancel"
    return head not in DATED_KINDS


def _update_again(builder: DecisionBuilder, key: str) -> None:
    """A regular update that did not go is owed today, under another key."""
    builder.done(key)
    every = days_between(builder.policy.updates.every, builder.state.context.update_days)
    before = builder.day - timedelta(days=every)
    builder.change(last_contacts=builder.state.last_contacts.replace(dated=before))


def _overtake_updates(builder: DecisionBuilder) -> None:
    """A later update has gone: an earlier one of which nobody knows is not sent any more."""
    prefix = f"{Kind.STILL_WAITING.value}/"
    unsent = builder.state.unsent
    if any(key.startswith(prefix) for key in unsent):
        builder.change(unsent=tuple(key for key in unsent if not key.startswith(prefix)))


def _left(builder: DecisionBuilder, key: str) -> None:
    """A message does not wait any more, whatever became of it."""
    changed = _without(builder.state, key)
    if changed:
        builder.change(**changed)


def _without(state: State, key: str) -> dict[str, object]:
    """What changes of the state where a message does not wait any more."""
    pending, changed = state.pending, dict[str, object]()
    if pending is not None and pending.key == key:
        changed["pending"] = pending = None
    for name in ("unsent", "recalled"):
        keys: tuple[str, ...] = getattr(state, name)
        if key in keys:
            changed[name] = tuple(known for known in keys if known != key)
    if state.context.in_flight and pending is None:
        changed["context"] = state.context.replace(in_flight=False)
    return changed


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
    builder = DecisionBuilder(policy, state, event.at, event.day)
    message_sent(builder, event)
    return builder.state


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
