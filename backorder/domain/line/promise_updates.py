"""Telling a promise: the first one, a later or an earlier date, and that a date is not known any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.delay_notices import ASKED_BEFORE
from backorder.domain.line.decision_builder import RECALLED, DecisionBuilder
from backorder.domain.line.last_day_reminder import with_ending
from backorder.domain.line.legal_dates import (
    day_to_measure,
    has_to_be_told,
    last_day,
    legal_date,
    rule,
    silence_cancels,
)
from backorder.domain.line.legal_flags import CALL, INCOMPLETE
from backorder.domain.line.legal_notices import fault_of, key_of, remember, wanted, with_question
from backorder.domain.line.part_dates import (
    found_part,
    set_aside,
    why_in_part,
    without_late_parts,
)
from backorder.domain.line.promise_reasons import cause_of, window_to_tell
from backorder.domain.line.ship_window import is_guessing, is_whole, leaves_since_paid, silent_from
from backorder.domain.line.slip_timing import part_overdue, part_slips, slip_told_at, unpaid_slips
from backorder.domain.line.state import Pending, Promise, State, Window
from backorder.domain.line.step import (
    DUTIES,
    PROMISES,
    Step,
    after_hold,
    after_loss,
    out_of_reach,
    supply_changed_at,
)
from backorder.domain.line.told_promises import kind_for, was_told_twice
from backorder.domain.line.unpaid_facts import (
    in_parts,
    is_day_sure,
    is_told_to_pay,
    pay_by,
    waits_for_payment,
)
from backorder.domain.line.unpaid_parts import as_promised
from backorder.domain.notifications import Facts, Kind
from backorder.domain.policy.policy import Policy
from backorder.domain.texts import how_many

BETWEEN_GOOD_NEWS = timedelta(days=14)
KINDS_OF_CONTACT = frozenset({Kind.EARLIER, Kind.DELAYED})
"""Kinds whose last day is remembered by itself."""


def promise_steps(policy: Policy, state: State) -> Sequence[Step]:
    """The promise that the customer has to be told next.

    A legal notice takes the place of one that the customer has to agree to.
    """
    if state.pending is not None:
        return _replacing(policy, state, state.pending)
    by_hand = state.context.by_hand
    if out_of_reach(state) and not by_hand:
        return ()
    by = state.forecast.by if state.forecast else None
    if silence_cancels(state) and has_to_be_told(policy, state, by):
        why = f"the law wants the customer to agree to the new date ({rule(state, 'delay_notice')})"
        return list(asking(policy, state, _asked_at(policy, state, by), state.forecast, why))
    found = () if by_hand else _next_promise(policy, state)
    if state.lost_at is not None or state.told_anew_from is not None:
        for step in found:
            step.at = after_loss(state, step.at)
    return found


def _asked_at(policy: Policy, state: State, by: date | None) -> datetime:
    """When a customer is asked about a date that moved: at once, or for a small move before the day."""
    promised, at = state.promise.by if state.promise else None, supply_changed_at(state)
    if promised is None or by is None:
        return at
    days = (by - promised).days
    if days > 0 and (state.moved_by_time_alone or days < policy.promise.min_slip):
        late = legal_date(policy, state) or promised
        day = min(promised - timedelta(days=policy.promise.tell_before), late - ASKED_BEFORE)
        at = max(at, policy.daily_review(day))
    return at


def asking(policy: Policy, state: State, at: datetime, window: Window | None, why: str) -> Iterator[Step]:
    """Asking the customer to wait, as the law wants it: no hold and no distance between messages puts it off.

    Where nothing can be written to the customer, a person is asked to call.
    """
    if CALL in state.needs or INCOMPLETE in state.needs:
        return
    last = last_day(policy, state)
    # Later it would count for nothing, also where the customer's day is not over and they may still answer.
    until = policy.calendar.instant(last + ONE_DAY, time()) if last is not None else None
    if out_of_reach(state):
        yield Step(at=at, rank=(DUTIES, 2), what=CALL, why=why, act=_have_called, until=until)
        return

    def act(builder: DecisionBuilder) -> None:
        builder.withdraw_pending()
        tell_promise(builder, Kind.CONSENT_REQUEST, window, debounced=not state.moved_by_time_alone)

    yield Step(
        at=after_loss(state, at),
        rank=(DUTIES, 2),
        what=Kind.CONSENT_REQUEST.value,
        why=why,
        act=act,
        writes=True,
        until=until,
    )


def _have_called(builder: DecisionBuilder) -> None:
    """Nothing can be written to the customer."""
    builder.need(CALL)


def stale_at(policy: Policy, pending: Pending) -> datetime | None:
    """The look from which a promise that has not gone names a day that is over."""
    window = pending.window
    days = [window.likely, window.by]
    for part in window.parts:
        days += (part.likely, part.by)
    known = [day for day in days if day is not None]
    return policy.daily_review(min(known) + ONE_DAY) if known else None


def _replacing(policy: Policy, state: State, pending: Pending) -> Sequence[Step]:
    """A promise that is not on its way is not left to wait until it is not true any more."""
    recalled = pending.key in state.recalled
    at = state.opened_at if recalled else stale_at(policy, pending)
    if at is None or state.context.in_flight:
        return ()

    def act(builder: DecisionBuilder) -> None:
        builder.withdraw_pending()

    why = RECALLED if recalled else "it names a day that is over"
    return (Step(at, (PROMISES, 0), _WHATS[pending.kind], why, act, writes=True),)


def _next_promise(policy: Policy, state: State) -> Sequence[Step]:
    window, promise, now = state.forecast, state.promise, supply_changed_at(state)
    if promise is None:
        return (_telling(policy, state, Kind.CONFIRMED, state.opened_at, window, "the line is new"),)
    if state.withdrawn:
        why = "units set aside were not there"
        told = None if state.passed_over else window
        return (_telling(policy, state, Kind.APOLOGY, now, told, why, debounced=True),)
    if owed := _untold_by_a_person(policy, state):
        return owed
    if state.passed_over:
        return _unpaid_steps(policy, state, promise)
    sure = is_day_sure(state)
    parts = _part_steps(policy, state, promise) if promise.window.parts and sure else ()
    promised = promise.by
    if promised is None:
        return (*(() if waits_for_payment(state) else _date_at_last(policy, state, promise)), *parts)
    if window is None or window.by is None:
        why = "no date can be said any more"
        return (_telling(policy, state, Kind.DELAYED, now, None, why, debounced=True),)
    if window.by > promised and sure and not leaves_since_paid(state):
        return (_slip(policy, state, window, (window.by - promised).days), *parts)
    earlier, silence = (promised - window.by).days, _silence(policy, state)
    if earlier >= policy.promise.good_news and not waits_for_payment(state):
        return (_good_news(policy, state, window, window.by, earlier), *parts, *silence)
    return (*parts, *silence) if parts else silence


def _untold_by_a_person(policy: Policy, state: State) -> Sequence[Step]:
    """The day that a person promised and that the customer was not told: at once, however near it is to what
    was promised before.
    """
    stated, told = state.stated, state.promise.by if state.promise else None
    if stated is None or not stated.untold or stated.window.by in (None, told):
        return ()
    by = stated.window.by
    until = policy.calendar.instant(by + ONE_DAY, time())
    why = "a person promised that day, and it is not told yet"
    at = supply_changed_at(state)
    return (_telling(policy, state, kind_for(state, by), at, stated.window, why, until=until),)


def _unpaid_steps(policy: Policy, state: State, promise: Promise) -> Sequence[Step]:
    """What is told while nothing ships before it is paid for; the new day is told once it is."""
    debounced = not state.moved_by_time_alone
    steps = [
        _telling(policy, state, Kind.DELAYED, at, None, why, debounced=debounced)
        for at, why in unpaid_slips(policy, state)
    ]
    return (*steps, *(_silence(policy, state) if promise.by is not None else ()))


def _date_at_last(policy: Policy, state: State, promise: Promise) -> Sequence[Step]:
    window, at = state.forecast, supply_changed_at(state)
    if window is None or window.by is None or window.by < promise.told_on or is_guessing(state):
        return ()
    why, until = "a date is known at last", _while_ahead(policy, window.by)
    return (_telling(policy, state, Kind.EARLIER, at, window, why, debounced=True, until=until),)


def _slip(policy: Policy, state: State, window: Window, days: int) -> Step:
    """A slip that somebody reported is told at once; a small or a creeping one shortly before the day."""
    promised = state.promise.by if state.promise else None
    at, why = slip_told_at(policy, state, promised, days)
    if is_guessing(state):
        return _telling(
            policy, state, Kind.DELAYED, at, None, "the date was moved often enough without a word"
        )
    return _telling(policy, state, Kind.DELAYED, at, window, why, debounced=not state.moved_by_time_alone)


def _part_steps(policy: Policy, state: State, promise: Promise) -> Sequence[Step]:
    """What is told of a part alone: that it slips, that its day passed, that a date is known at last."""
    window, found = state.forecast, []
    for at, why in part_slips(policy, state):
        if is_guessing(state):
            guessed = without_late_parts(policy, state, promise.window)
            found.append(_telling(policy, state, Kind.DELAYED, at, guessed, why))
        else:
            debounced = not state.moved_by_time_alone
            found.append(
                _telling(policy, state, Kind.DELAYED, at, window, f"of a part: {why}", debounced=debounced)
            )
    if (overdue := part_overdue(policy, state)) is not None:
        at, why = overdue
        found.append(_telling(policy, state, Kind.DELAYED, at, promise.window, why))
    if (by := found_part(policy, state)) is not None and not waits_for_payment(state):
        why, at, until = (
            "a date of a part is known at last",
            _good_at(policy, state),
            _while_ahead(policy, by),
        )
        found.append(_telling(policy, state, Kind.EARLIER, at, window, why, debounced=True, until=until))
    return found


@lru_cache(maxsize=512)
def _earlier_by(days: int) -> str:
    return f"the date is {how_many(days, 'day')} earlier"


def _good_news(policy: Policy, state: State, window: Window, by: date, days: int) -> Step:
    at, why = _good_at(policy, state), _earlier_by(days)
    until = _while_ahead(policy, by)
    return _telling(policy, state, Kind.EARLIER, at, window, why, debounced=True, until=until)


def _good_at(policy: Policy, state: State) -> datetime:
    """When the customer hears good news: at its distance from the last."""
    last, at = state.last_contacts.earlier, supply_changed_at(state)
    return at if last is None else max(at, policy.daily_review(last + BETWEEN_GOOD_NEWS))


def _silence(policy: Policy, state: State) -> Sequence[Step]:
    silent, why = silent_from(state), "the promised day passed without news"
    if silent is None or is_told_to_pay(state):
        return ()
    return (_telling(policy, state, Kind.DELAYED, policy.daily_review(silent), None, why),)


def _while_ahead(policy: Policy, by: date) -> datetime:
    """The instant from which a message that settles would come after the day that it names."""
    return policy.calendar.instant(by + ONE_DAY, time()) - policy.promise.settle


_WHATS = {kind: kind.value for kind in Kind}


def _telling(
    policy: Policy,
    state: State,
    kind: Kind,
    at: datetime,
    window: Window | None,
    why: str,
    *,
    debounced: bool = False,
    until: datetime | None = None,
) -> Step:
    def act(builder: DecisionBuilder) -> None:
        tell_promise(builder, kind, window, debounced=debounced)

    hidden = day_to_measure(state, None, policy.calendar.day(at))
    legal = window is None and has_to_be_told(policy, state, hidden)
    at = at if legal else after_hold(state, at)
    return Step(at, (PROMISES, 0), _WHATS[kind], why, act, writes=True, until=until)


def tell_promise(builder: DecisionBuilder, kind: Kind, window: Window | None, *, debounced: bool) -> None:
    """Plan the message of a promise, or of the question that takes its place. window: None for no date.

    debounced: it waits until what it tells has stood for the debounce time.
    """
    state = builder.state
    at = (
        max(builder.at, supply_changed_at(state) + builder.policy.promise.settle) if debounced else builder.at
    )
    if kind is Kind.CONSENT_REQUEST and (late := last_day(builder.policy, state)) is not None:
        at = builder.at if builder.day_of(at) > late else at
    day = builder.day_of(at)
    window = window_to_tell(builder.policy, state, window, day)
    if has_to_be_told(builder.policy, state, day_to_measure(state, window.by, day)):
        kind = Kind.CONSENT_REQUEST
    window = as_promised(state, window)
    revision, facts = state.revision + 1, _facts(builder.policy, state, kind, window)
    first = kind is Kind.CONFIRMED and not state.is_done(_WHATS[kind])
    key = _WHATS[kind] if first else f"{_WHATS[kind]}/{revision}"
    if kind is Kind.CONSENT_REQUEST:
        question = wanted(builder.policy, state, window.by, day)
        if question is None:
            return
        key = key_of(builder.policy, state, revision)
        facts = with_question(builder.policy, state, facts, question)
        if fault := fault_of(facts):
            builder.need(INCOMPLETE)
            builder.because(fault)
            return
        remember(builder, key, revision, question)
    _plan(builder, kind, key, facts, window, at, day)


def _facts(policy: Policy, state: State, kind: Kind, window: Window) -> Facts:
    previous = state.promise.by if state.promise else None
    if kind in (Kind.DELAYED, Kind.EARLIER) and previous == window.by:
        previous = None  # news of a part alone
    facts = Facts(
        quantity=state.quantity.open,
        likely=window.likely,
        by=window.by,
        ready=is_whole(state),
        previous_by=previous,
        parts=window.parts,
        set_aside=set_aside(state, window.parts),
        why=window.why or why_in_part(state, window.parts),
    )
    # A new date is a promise, and no ending by the policy comes before it is broken.
    kept = state if window.by is None else state.replace(automatic_cancellation=None)
    if kind is not Kind.CONSENT_REQUEST and waits_for_payment(state):
        until = pay_by(policy, state) if window.by is None else None
        facts = in_parts(policy, state, facts.replace(unpaid=True, pay_by=until))
    facts = facts.replace(why=facts.why or cause_of(kind, state))
    return with_ending(policy, kept, facts)


def _plan(
    builder: DecisionBuilder, kind: Kind, key: str, facts: Facts, window: Window, at: datetime, day: date
) -> None:
    state = builder.state
    if was_told_twice(state, kind, window, day):
        raise RuntimeError(f"{state.id} would be told the same {kind} a third time in a day")
    before, revision = state.last_contacts, state.revision + 1
    builder.withdraw_unsent(Kind.STILL_WAITING)
    last_contacts = {"dated": day} | ({_WHATS[kind]: day} if kind in KINDS_OF_CONTACT else {})
    not_before = builder.tell(
        key, kind, facts, not_before=at, revision=revision, window=window, last_contacts=last_contacts
    )
    pending = Pending(
        key=key,
        kind=kind,
        revision=revision,
        window=window,
        not_before=not_before,
        before=before,
        guess=kind in (Kind.DELAYED, Kind.CONSENT_REQUEST)
        and state.moved_by_time_alone
        and window.by is not None,
    )
    builder.change(revision=revision, withdrawn=False, pending=pending)
