"""The days that the law of a line counts to: what was asked, what was agreed, and when it ends without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.delay_notices import ASKED_BEFORE, Asked
from backorder.domain.law.packs import Clock
from backorder.domain.line.ship_window import is_whole
from backorder.domain.line.state import Agreement, Consent, Question, State
from backorder.domain.policy.policy import Policy


def clock_of(state: State) -> Clock:
    """What the law of the line wants by its legal date: "none" where it wants nothing."""
    law = state.terms.law
    return law.clock if law is not None and state.terms.legal_date is not None else "none"


def rule(state: State, id: str) -> str:
    """A rule of the line's law, as reasons name it: us-ftc-435/ship_or_cancel."""
    return f"{state.terms.pack}/{id}"


def silence_cancels(state: State) -> bool:
    """Whether the line is cancelled where its customer does not agree to wait."""
    if state.terms.legal_date is None:
        return False
    law = state.terms.law
    return law is not None and law.silence == "cancels"


def told_questions(state: State) -> tuple[Question, ...]:
    """What was asked and is not known to have come back, the last one asked last."""
    if not state.questions:
        return ()
    return tuple(each for each in state.questions if each.told_at is not None)


def open_question(state: State) -> Question | None:
    """The question that waits for an answer: at most one does. While it is open, nothing is offered."""
    if not state.questions:
        return None
    told = told_questions(state)
    if not told or is_answered(state, told[-1]):
        return None
    return as_agreed_since(state, told[-1])


def is_answered(state: State, question: Question) -> bool:
    """Whether a question was answered for every unit that is open."""
    return question.answered or question.kept >= state.quantity.open


def as_agreed_since(state: State, question: Question) -> Question:
    """A question as it stands by what was agreed to beside it: consent to a day never ends before that day.

    A later day that the customer agreed to for all units makes it one about a date that was agreed before,
    so that an answer counts until the end of that one (16 CFR 435.2(b)(2)).
    """
    if question.silence != "cancelled" or not state.agreements:
        return question
    agreed = [each.until for each in agreements_for_all(state) if each.until is not None]
    last = max(agreed, default=question.answer_by)
    return replace(question, answer_by=last) if last > question.answer_by else question


def kept_beyond(state: State, last: date) -> int:
    """For how many of the open units the customer agreed to wait longer than that day."""
    longer = [each for each in state.agreements if each.until is None or each.until > last]
    open = state.quantity.open
    return max((open if each.units is None else min(each.units, open) for each in longer), default=0)


def staying(state: State, asked: Asked | Question) -> int:
    """Units of a question that are not cancelled without an answer to it: consent to a later day holds.

    After the customer's own last day all of them are.
    """
    own = state.last_day
    if asked.silence != "cancelled" or (own is not None and own <= asked.answer_by):
        return 0
    return max(0, kept_beyond(state, asked.answer_by) - asked.kept)


def units_kept_until(state: State, by: date | None) -> int:
    """For how many of the open units the customer agreed to wait until a day, or longer; None: for ever."""
    return kept_beyond(state, by - ONE_DAY if by is not None else date.max)


def unconfirmed(state: State) -> Question | None:
    """The open question of which nobody has said that it arrived; what it says the law wants told."""
    question = open_question(state)
    if question is None or question.delivered or question.silence == "nothing":
        return None
    return question


def agreements_for_all(state: State) -> Iterator[Agreement]:
    """What was agreed for all units that are open."""
    open = state.quantity.open
    return (each for each in state.agreements if each.units is None or each.units >= open)


def waits_for_ever(state: State) -> bool:
    """Whether the customer agreed to wait as long as it takes."""
    return any(each.until is None for each in agreements_for_all(state))


def was_agreed(state: State) -> bool:
    """Whether a date was agreed to, expressly or by silence: the next notice is a renewed one."""
    by_silence = any(each.silence == "agreed" for each in told_questions(state))
    return by_silence or any(True for _ in agreements_for_all(state))


def legal_date(policy: Policy, state: State) -> date | None:
    """The day by whose end the goods have to have shipped, or, by a clock of delivery, to be there.

    T, or a later day that was agreed. None where the law has none, or the customer waits for ever.
    """
    first = state.terms.legal_date
    if first is None or waits_for_ever(state):
        return None
    agreed = [each.until for each in agreements_for_all(state) if each.until is not None]
    if clock_of(state) == "delivery":
        transit = timedelta(days=policy.promise.transit)
        return max([first, *(day + transit for day in agreed)])
    implied = [each.by for each in told_questions(state) if each.silence == "agreed" and each.by]
    return max([first, *agreed, *implied])


def day_of_delivery(policy: Policy, state: State) -> date | None:
    """The legal date of a line whose customer may have agreed to wait for ever, too: the first one then."""
    return legal_date(policy, state) or state.terms.legal_date


def delivery_notice_on(policy: Policy, state: State) -> date | None:
    """The day on which the customer reads what they may do about a late delivery; None where they did.

    By a clock of delivery: the day after the legal date, or at once where the shop does not deliver.
    """
    told, refused = told_questions(state), state.delivery_refused_at
    if refused is not None and not any(_tells_of(each, refused) for each in told):
        return policy.calendar.day(refused)
    day = legal_date(policy, state)
    if day is None or any(each.answer_by == day for each in told):
        return None
    return day + ONE_DAY


def _tells_of(question: Question, refused: datetime) -> bool:
    """Whether a notice tells of this refusal to deliver; an earlier one, taken back since, is another one."""
    return question.refused and question.told_at is not None and question.told_at >= refused


def last_day(policy: Policy, state: State) -> date | None:
    """The day after which a line that has not shipped is cancelled for want of consent; None for never."""
    if not silence_cancels(state):
        return None
    question = open_question(state)
    if question is not None and question.silence == "cancelled" and not waits_for_ever(state):
        return question.answer_by
    return legal_date(policy, state)


def ends_on(state: State) -> date | None:
    """The day on which a line that has not shipped ends if nothing more is heard; None for none known.

    After the customer's own last day, for want of an answer, or by the policy as it was announced.
    """
    days, question, announced = [], open_question(state), state.automatic_cancellation
    if state.last_day is not None:
        days.append(state.last_day + ONE_DAY)
    if question is not None and question.silence == "cancelled" and not waits_for_ever(state):
        days.append(question.answer_by + ONE_DAY)
    if announced is not None:
        days.append(announced.on)
    return min(days, default=None)


def limits_of(policy: Policy, state: State) -> tuple[date, ...]:
    """The days by which the law wants the customer told of a later one, or to have answered."""
    if clock_of(state) == "none" or waits_for_ever(state):
        return ()
    question = open_question(state)
    asked = question.answer_by if question is not None else None
    days = (state.terms.legal_date, legal_date(policy, state), last_day(policy, state), asked)
    return tuple(day for day in days if day is not None)


def has_to_be_told(policy: Policy, state: State, by: date | None) -> bool:
    """Whether the customer has to be asked before this day (None: no day) may be kept to.

    Units that are all set aside need no day: they are asked about shortly before the legal date.
    """
    if not silence_cancels(state) or (by is None and is_whole(state)):
        return False
    now = legal_date(policy, state)
    if now is None:
        return False
    question = open_question(state)
    if question is not None and question.silence == "cancelled":
        return question.by is not None and (by is None or by > question.by)
    return by is None or by > now


def day_to_measure(state: State, by: date | None, today: date) -> date | None:
    """The day by which it is measured whether a customer has to be asked who is told this one (None: no day).

    Who was passed over for want of a payment is told none, and has a forecast all the same: an authorization
    that ended moves neither dates nor the legal clock. today: a forecast that is over by then says nothing.
    """
    hidden = state.forecast.by if state.passed_over and state.forecast is not None else None
    return hidden if by is None and hidden is not None and hidden >= today else by


def day_to_ask(policy: Policy, state: State) -> date | None:
    """The day on which a line is asked about that has not shipped; None where it was asked already."""
    now = legal_date(policy, state)
    if now is None or not silence_cancels(state):
        return None
    question = open_question(state)
    if question is not None and question.silence == "cancelled":
        return None
    return now - ASKED_BEFORE


def is_over(policy: Policy, state: State, day: date) -> datetime:
    """The instant at which a day is over, at the shop and wherever the customer may be."""
    ends = [policy.calendar.instant(day + ONE_DAY, time())]
    for zone in state.context.zones:
        ends.append(datetime.combine(day + ONE_DAY, time(), ZoneInfo(zone)).astimezone(ends[0].tzinfo))
    return max(ends)


def review_after(policy: Policy, at: datetime) -> datetime:
    """The first daily review at an instant or after it."""
    review = policy.daily_review(policy.calendar.day(at))
    return review if review >= at else policy.daily_review(policy.calendar.day(at) + ONE_DAY)


def consent_of(policy: Policy, state: State) -> Consent:
    """How the customer's consent stands, from what was asked and answered."""
    question = open_question(state)
    if question is not None and question.silence == "cancelled":
        return Consent(state="asked", until=question.by, answer_by=question.answer_by)
    given = list(agreements_for_all(state))
    if any(each.until is None for each in given):
        return Consent(state="indefinite")
    if question is not None and question.silence == "agreed":
        return Consent(state="implied", until=question.by, answer_by=question.answer_by)
    if question is not None:
        return Consent(state="asked", until=question.by)
    if given:
        return Consent(state="given", until=max(each.until for each in given if each.until is not None))
    if was_agreed(state):
        return Consent(state="implied", until=legal_date(policy, state))
    return (
        replace(state.consent, answer_by=None) if state.consent.state in ("refused", "expired") else Consent()
    )
