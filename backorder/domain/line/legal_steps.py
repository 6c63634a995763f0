"""What the law of a line makes due by itself: questions, endings for want of consent, and their warnings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.delay_notices import ASKED_BEFORE
from backorder.domain.line.cancellations import cancel_units
from backorder.domain.line.commands import SecondWay
from backorder.domain.line.consent import refused
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.last_day_reminder import (
    is_reminded,
    own_day_key,
    reminded_at,
    reminder_key,
    with_last_day,
)
from backorder.domain.line.legal_dates import (
    clock_of,
    day_to_ask,
    delivery_notice_on,
    is_over,
    kept_beyond,
    last_day,
    open_question,
    review_after,
    rule,
    unconfirmed,
)
from backorder.domain.line.legal_flags import LEAVES_OR_ENDS, NO_CONSENT, TELL, UNCONFIRMED
from backorder.domain.line.legal_notices import EARLY_BY_HAND, renew_consent
from backorder.domain.line.promise_updates import asking
from backorder.domain.line.state import Consent, Question, State
from backorder.domain.line.step import DUTIES, ENDINGS, Step, after_loss, out_of_reach, supply_changed_at
from backorder.domain.line.units import close_if_done, facts_now
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy

NOTICE_OF_ENDING = timedelta(days=2)
SECOND_WAY = "second_way"
UNREPORTED_FOR = timedelta(hours=24)
"""Business time after which a notice that nobody reports as delivered goes by the second way too."""
REPORTED_WITHIN = timedelta(hours=1)
"""Business time that a provider has for its report before a person is called for the want of it."""


def legal_steps(policy: Policy, state: State) -> Iterator[Step]:
    """The steps that the law of the line owes, and those that the customer's own last day does."""
    if state.last_day is not None:
        yield from _own_day(policy, state, state.last_day)
    if clock_of(state) == "delivery":
        yield from _after_the_day(policy, state)
    elif (last := last_day(policy, state)) is not None:
        yield from _asked_anyway(policy, state)
        if (question := unconfirmed(state)) is not None and question.told_at is not None:
            yield from _not_known_to_arrive(policy, state, question, question.told_at)
        if state.quantity.allocated:
            yield from _leaves_or_ends(policy, state, last)
        yield from _ending(policy, state, last)


def _asked_anyway(policy: Policy, state: State) -> Iterator[Step]:
    """A line that has not shipped shortly before its legal date is asked about, allocated or not."""
    day = day_to_ask(policy, state)
    if day is None or _is_asking(state):
        return
    if state.context.by_hand:
        day -= EARLY_BY_HAND
    at = max(state.opened_at, policy.daily_review(day))
    why = (
        f"its legal date is {ASKED_BEFORE.days} days away and it has not shipped"
        f" ({rule(state, 'delay_notice')})"
    )
    yield from asking(policy, state, at, state.forecast, why)


def _not_known_to_arrive(
    policy: Policy, state: State, question: Question, told_at: datetime
) -> Iterator[Step]:
    """A notice of which nobody reports that it arrived goes by the second way too; then a person calls."""
    second, call = f"{SECOND_WAY}/{question.key}", f"{UNCONFIRMED}/{question.key}"

    def send(builder: DecisionBuilder) -> None:
        builder.done(second)
        builder.do(SecondWay(key=question.key))

    def ask(builder: DecisionBuilder) -> None:
        builder.done(call)
        builder.need(UNCONFIRMED)

    if not state.is_done(second):
        why = f"nobody reports it as delivered after {UNREPORTED_FOR // timedelta(hours=1)} hours"
        yield Step(at=told_at + UNREPORTED_FOR, rank=(DUTIES, 7), what=SECOND_WAY, why=why, act=send)
    if not state.is_done(call):
        limit = question.limit or question.answer_by
        at = max(policy.daily_review(limit - ONE_DAY), told_at + REPORTED_WITHIN)
        why = f"nobody reports the notice as delivered, and it has to be given by {limit.isoformat()}"
        yield Step(at=at, rank=(DUTIES, 8), what=UNCONFIRMED, why=why, act=ask)


def _is_asking(state: State) -> bool:
    """Whether a question is on its way, or the message before it is and cannot be called back."""
    pending = state.pending
    return pending is not None and (pending.kind is Kind.CONSENT_REQUEST or state.context.in_flight)


def _leaves_or_ends(policy: Policy, state: State, last: date) -> Iterator[Step]:
    """Units that are set aside have to leave in time: the order system hears of it, then a person."""
    told, asked = f"ship_by_law/{last.isoformat()}", f"{LEAVES_OR_ENDS}/{last.isoformat()}"

    def tell(builder: DecisionBuilder) -> None:
        builder.done(told)
        builder.publish("ship_by_law", date=last.isoformat(), quantity=builder.state.quantity.allocated)

    def ask(builder: DecisionBuilder) -> None:
        builder.done(asked)
        builder.need(LEAVES_OR_ENDS)

    since = supply_changed_at(state)
    if not state.is_done(told):
        at, why = (
            max(since, policy.daily_review(last - ASKED_BEFORE)),
            f"it ships by {last.isoformat()} or is cancelled",
        )
        yield Step(at=at, rank=(DUTIES, 3), what="ship_by_law", why=why, act=tell)
    if not state.is_done(asked):
        at, why = max(since, policy.daily_review(last - ONE_DAY)), "it leaves today, or is cancelled"
        yield Step(at=at, rank=(DUTIES, 4), what=LEAVES_OR_ENDS, why=why, act=ask)


def ends_at(policy: Policy, state: State, last: date) -> datetime:
    """When a line ends for want of consent: at the first review once its last day is over everywhere."""
    at = review_after(policy, is_over(policy, state, last))
    return max(at, policy.daily_review(state.reviewed_from)) if state.reviewed_from is not None else at


def _ending(policy: Policy, state: State, last: date) -> Iterator[Step]:
    at = ends_at(policy, state, last)
    on = policy.calendar.day(at)
    if state.ending_told != on:
        why = f"without the customer's consent it ends on {on.isoformat()}"
        early = max(state.opened_at, at - NOTICE_OF_ENDING)

        def announce(builder: DecisionBuilder) -> None:
            builder.change(ending_told=on)
            builder.publish("ending_due", stage=NO_CONSENT, on=on.isoformat())

        yield Step(at=early, rank=(DUTIES, 5), what="ending_due", why=why, act=announce)

    def end(builder: DecisionBuilder) -> None:
        _end(builder, last)

    why = f"the law wants consent to wait, and there is none ({rule(state, 'ship_or_cancel')})"
    yield Step(at=at, rank=(ENDINGS, -1), what=NO_CONSENT, why=why, act=end, writes=True)


def _end(builder: DecisionBuilder, last: date) -> None:
    """Cancel what nobody agreed to wait for, as of the end of its last day."""
    state, question = builder.state, open_question(builder.state)
    answered = min(question.kept, state.quantity.open) if question is not None else 0
    kept = max(answered, kept_beyond(state, last))
    over = is_over(builder.policy, state, last)
    key = _next_key(state, f"{NO_CONSENT}/{last.isoformat()}/{state.revision}")
    builder.done(key)
    cancel_units(
        builder,
        request=key,
        key=key,
        count=state.quantity.open - kept if kept else None,
        by=NO_CONSENT,
        received_at=_after_what_left(builder, over),
        deadline=last,
    )
    builder.change(ending_told=None)
    if not builder.state.quantity.open:
        builder.change(consent=Consent(state="expired", answer_by=last))
    else:
        renew_consent(builder)
    close_if_done(builder)


def _after_what_left(builder: DecisionBuilder, over: datetime) -> datetime:
    """The instant that counts: the end of the day, but nothing that has left by now is cancelled."""
    return builder.at if any(each.shipped_at >= over for each in builder.state.shipments) else over


def withdraw_announced_ending(builder: DecisionBuilder) -> None:
    """Tell the order system that an ending for want of consent that it was told of is off."""
    on = builder.state.ending_told
    if on is None:
        return
    last = last_day(builder.policy, builder.state) if builder.state.quantity.open else None
    if last is None or builder.policy.calendar.day(ends_at(builder.policy, builder.state, last)) > on:
        builder.change(ending_told=None)
        builder.publish("ending_withdrawn", stage=NO_CONSENT, on=on.isoformat())
        builder.because("the announced ending is off")


def _after_the_day(policy: Policy, state: State) -> Iterator[Step]:
    """The day of delivery passed, or will in vain: the customer reads once what they may do now."""
    day, refused = delivery_notice_on(policy, state), state.delivery_refused_at
    if day is None or _is_asking(state):
        return
    if refused is not None and day == policy.calendar.day(refused):
        why = f"the shop does not deliver it ({rule(state, 'delivery_notice')})"
        yield from asking(policy, state, refused, None, why)
        return
    if state.context.by_hand:
        day -= EARLY_BY_HAND
    at = max(state.opened_at, policy.daily_review(day))
    why = f"the day of delivery passed ({rule(state, 'delivery_notice')})"
    yield from asking(policy, state, at, state.forecast, why)


def _next_key(state: State, key: str) -> str:
    """The key of an ending, numbered where one was withdrawn: a message of the same key goes only once."""
    before = sum(known == key or known.startswith(f"{key}/") for known, _ in state.done)
    return f"{key}/{before + 1}" if before else key


def _end_as_named(builder: DecisionBuilder, last: date, over: datetime) -> None:
    """Cancel what has not shipped by the last day that the customer named. over: the end of that day."""
    key = _next_key(builder.state, own_day_key(last))
    builder.done(key)
    cancel_units(
        builder,
        request=key,
        key=f"cancelled/{key}",
        count=None,
        by="customer",
        received_at=_after_what_left(builder, over),
        deadline=last,
    )
    refused(builder)
    if builder.state.context.by_hand:
        builder.need(TELL)  # they named the day; that it came to that nobody has told them
    close_if_done(builder)


def is_to_be_reminded(policy: Policy, state: State, last: date) -> bool:
    """Whether a reminder of the last day that the customer named is still to come."""
    said_at = state.last_day_said_at
    known = said_at is not None and said_at >= reminded_at(policy, last)  # they have just said so
    unheard = out_of_reach(state) and not state.context.by_hand  # else a person says it
    return not known and not is_reminded(state, last) and not unheard


def _own_day(policy: Policy, state: State, last: date) -> Iterator[Step]:
    """The customer named a day after which they do not want it: a reminder, then it is cancelled for them."""
    key, over = own_day_key(last), is_over(policy, state, last)

    def remind(builder: DecisionBuilder) -> None:
        reminder = reminder_key(builder.state, last)
        builder.done(reminder)
        facts = with_last_day(builder.policy, builder.state, facts_now(builder))
        builder.tell(reminder, Kind.LAST_DAY_REMINDER, facts, last_contacts={"dated": builder.day})

    def end(builder: DecisionBuilder) -> None:
        _end_as_named(builder, last, over)

    if is_to_be_reminded(policy, state, last):
        why = f"the customer wants it until {last.isoformat()}"
        yield Step(
            at=after_loss(state, reminded_at(policy, last)),
            rank=(DUTIES, 6),
            what=Kind.LAST_DAY_REMINDER.value,
            why=why,
            act=remind,
            writes=not state.context.by_hand,
        )
    why = "it has not shipped by the last day that the customer named"
    yield Step(at=review_after(policy, over), rank=(ENDINGS, -2), what=key, why=why, act=end, writes=True)
